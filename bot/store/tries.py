"""Tries at a proof, counted by mailbox before they are looked at: whoever guesses in many talks at once gains nothing.

Law: a try is taken in a transaction of its own, under the lock of its mailbox's row; a message that is handled again
does not pay twice, and one that proved right pays nothing.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.keys import Keys
from bot.store.database import Database
from bot.store.schema import Tried

#: How long a try counts.
DAY = timedelta(hours=24)
#: What may be tried; codes of chats are counted apart, so that nobody who opens chats uses up those of mail.
PURPOSES = ("code", "code in a chat", "match")
_STRAY = "stray"


class Tries:
    """The tries at proofs of all mailboxes."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database, self._keys = database, keys

    async def take(
        self,
        purpose: str,
        address: str,
        inbox_id: str,
        *,
        wanted: int,
        most: int,
        now: datetime,
        most_strays: int | None = None,
    ) -> tuple[int, int]:
        """How many of `wanted` tries the message may have, and how many are left to the mailbox for today.

        `purpose` is one of `PURPOSES`, `inbox_id` the message. Of all tries only `most_strays` may be such as this one.
        """
        while True:
            # On PostgreSQL another transaction may make the mailbox's row between our look and our insert.
            with suppress(IntegrityError):
                async with self._database.writing() as connection:
                    return await take(
                        connection,
                        self._keys,
                        purpose,
                        address,
                        inbox_id,
                        wanted=wanted,
                        most=most,
                        now=now,
                        most_strays=most_strays,
                    )


async def take(
    connection: AsyncConnection,
    keys: Keys,
    purpose: str,
    address: str,
    inbox_id: str,
    *,
    wanted: int,
    most: int,
    now: datetime,
    most_strays: int | None = None,
) -> tuple[int, int]:
    """As in `Tries`. Raises `IntegrityError` where another transaction has just made the row."""
    row = await _locked(connection, keys, purpose, address)
    tries = [entry for entry in (row.tries if row else []) if datetime.fromisoformat(entry[1]) > now - DAY]
    before = sum(entry[2] for entry in tries if entry[0] == inbox_id)
    others = sum(entry[2] for entry in tries if entry[0] != inbox_id)
    strays = sum(entry[2] for entry in tries if entry[3:] == [_STRAY] and entry[0] != inbox_id)
    room = most - others if most_strays is None else min(most - others, most_strays - strays)
    granted = before or max(0, min(wanted, room))
    if granted and not before:
        tries.append([inbox_id, now.isoformat(), granted, *([] if most_strays is None else [_STRAY])])
    values = {"tries": tries, "changed_at": now}
    if row is None:
        digest = keys.digest("tried", purpose, _mailbox(address))
        await connection.execute(insert(Tried).values(digest=digest, **values))
    else:
        await connection.execute(update(Tried).where(Tried.digest == row.digest).values(**values))
    return granted, max(0, most - others - granted)


async def give_back(connection: AsyncConnection, keys: Keys, address: str, inbox_id: str) -> None:
    """What this message has paid: it was right."""
    for purpose in PURPOSES:
        row = await _locked(connection, keys, purpose, address)
        if row is not None and any(entry[0] == inbox_id for entry in row.tries):
            tries = [entry for entry in row.tries if entry[0] != inbox_id]
            await connection.execute(update(Tried).where(Tried.digest == row.digest).values(tries=tries))


async def _locked(
    connection: AsyncConnection, keys: Keys, purpose: str, address: str
) -> Row[tuple[str, list[Any]]] | None:
    digests = keys.digests("tried", purpose, _mailbox(address))
    found = await connection.execute(
        select(Tried.digest, Tried.tries).where(Tried.digest.in_(digests)).limit(1).with_for_update()
    )
    return found.one_or_none()


def _mailbox(address: str) -> str:
    """Letter case and +tag make no other mailbox; for counting alone (RELIABILITY T10)."""
    name, _, domain = address.lower().rpartition("@")
    return f"{name.partition('+')[0]}@{domain}"
