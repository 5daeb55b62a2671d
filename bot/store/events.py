"""Events for other programs: written in the transaction in which something happened, sent on later.

Law: an event names a request or a suppression and holds words out of closed lists; no text, address or code.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.ids import new_id
from bot.store.schema import Event

_NOTHING: Mapping[str, str] = {}


async def write(
    connection: AsyncConnection,
    kind: str,
    *,
    brand: str,
    now: datetime,
    reference: str = "",
    digest: str = "",
    details: Mapping[str, str] = _NOTHING,
) -> None:
    """Let the receivers know of it once the transaction is committed; `kind` is e.g. "request.open"."""
    await connection.execute(
        insert(Event).values(
            id=new_id(),
            kind=kind,
            brand=brand,
            reference=reference,
            digest=digest,
            details=dict(details),
            at=now,
            spread=False,
        )
    )
