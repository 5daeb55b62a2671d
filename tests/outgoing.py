"""What a desk has to say, and its requests, read from its folder with its own keys: the database holds it sealed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.keys import load_keys
from bot.store import Store
from bot.store.rows import RequestRow
from bot.store.schema import Outbox


def outgoing_of(folder: Path) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """Recipient, state and parts of everything that was to leave, oldest first."""
    return asyncio.run(_outgoing_of(folder))


def requests_of(folder: Path) -> Sequence[RequestRow]:
    """Its requests, the hundred most urgent."""
    return asyncio.run(_requests_of(folder))


async def _outgoing_of(folder: Path) -> list[tuple[str, str, list[dict[str, Any]]]]:
    async with _opened(folder) as store, store.database.reading() as connection:
        found = await connection.execute(select(Outbox.recipient, Outbox.state, Outbox.parts).order_by(Outbox.id))
        return [(row.recipient, row.state, row.parts) for row in found]


async def _requests_of(folder: Path) -> Sequence[RequestRow]:
    async with _opened(folder) as store:
        return await store.requests()


@asynccontextmanager
async def _opened(folder: Path) -> AsyncIterator[Store]:
    store = Store.open(f"sqlite:///{folder / 'desk.sqlite3'}", load_keys(folder / "keys", {}))
    try:
        yield store
    finally:
        await store.close()
