"""The suppression list: who gets no more marketing, or whose data is not sold, by brand, channel and purpose.

Law: an entry is a keyed digest, looked up with every key there is. The address stays beside it only until the shop has
confirmed that its own lists know; an entry goes only by its owner's word, or a clerk's with a reason.
"""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.keys import Keys
from bot.store import audit, calling, events
from bot.store.database import Database
from bot.store.ids import new_id
from bot.store.schema import Note, Request, Suppression

#: By which ways a shop may write to somebody; what the bot hears of itself is always a mailbox.
CHANNELS = ("email", "sms", "phone", "post")
PURPOSES = ("marketing", "sale")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Whom, and for what."""

    brand: str
    purpose: str
    address: str
    channel: str = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionRow:
    """An entry that the shop has not confirmed yet."""

    digest: str
    brand: str
    channel: str
    purpose: str
    address: str
    created_at: datetime


class SuppressionList:
    """The list of one database; each method is one transaction."""

    def __init__(self, database: Database, keys: Keys, clock: Callable[[], datetime]) -> None:
        self._database, self._keys, self._clock = database, keys, clock

    async def has(self, entry: Entry) -> bool:
        async with self._database.reading() as connection:
            known = exists().where(Suppression.digest.in_(digests_of(self._keys, entry)))
            return bool(await connection.scalar(select(known)))

    async def digests(self, brand: str, channel: str, purpose: str) -> frozenset[bytes]:
        """Every entry of one list, for looking up many addresses at once."""
        async with self._database.reading() as connection:
            found = await connection.stream_scalars(
                select(Suppression.digest).where(
                    Suppression.brand == brand, Suppression.channel == channel, Suppression.purpose == purpose
                )
            )
            return frozenset([bytes.fromhex(digest) async for digest in found])

    async def unconfirmed(self, brand: str | None = None) -> list[SuppressionRow]:
        """What the shop must still take into its own lists, oldest first."""
        columns = (Suppression.digest, Suppression.brand, Suppression.channel, Suppression.purpose)
        wanted = select(*columns, Suppression.address, Suppression.created_at).where(Suppression.address.is_not(None))
        if brand is not None:
            wanted = wanted.where(Suppression.brand == brand)
        async with self._database.reading() as connection:
            found = await connection.execute(wanted.order_by(Suppression.created_at, Suppression.digest))
            return [SuppressionRow(**row) for row in found.mappings()]

    async def confirm(self, digests: Iterable[str], *, by: str) -> int:
        """The shop's own lists know of these: their addresses go, the digests stay. How many had one."""
        now, count = self._clock(), 0
        async with self._database.writing() as connection:
            for digest in dict.fromkeys(digests):
                changed = await connection.execute(
                    update(Suppression)
                    .where(Suppression.digest == digest, Suppression.address.is_not(None))
                    .values(address=None, confirmed_at=now)
                )
                if changed.rowcount:
                    count += 1
                    await _note(connection, self._keys, digest, "suppression_confirmed", at=now, actor=by)
        await self._database.tidy()
        return count

    async def call_staff(self) -> int:
        """Where the shop has not confirmed for days: one item for each brand; how many were made."""
        async with self._database.writing() as connection:
            return await calling.unconfirmed(connection, now=self._clock())

    async def undo(self, entry: Entry, *, by: str, reason: str) -> bool:
        """Take the entry away: False where there is none.

        `reason` is kept as a note of the request that made the entry, which may be erased; the audit has its digest.
        """
        async with self._database.writing() as connection:
            found = await leave(connection, self._keys, entry, by=by, reason=reason, now=self._clock())
        await self._database.tidy()
        return found


async def leave(connection: AsyncConnection, keys: Keys, entry: Entry, *, by: str, reason: str, now: datetime) -> bool:
    """As `SuppressionList.undo`."""
    found = await connection.execute(
        select(Suppression.digest, Suppression.inbox_id)
        .where(Suppression.digest.in_(digests_of(keys, entry)))
        .with_for_update()
    )
    rows = found.all()
    known = [row.digest for row in rows]
    await connection.execute(delete(Suppression).where(Suppression.digest.in_(known)))
    for row in rows:
        await _write_down(connection, row.inbox_id, reason, by=by, now=now)
    kept = keys.digest("reason", reason)
    for digest in known:
        await _note(connection, keys, digest, "suppression_undone", at=now, actor=by, reason=kept)
        await events.write(connection, "suppression.undone", brand=entry.brand, now=now, digest=digest)
    return bool(known)


async def enter(
    connection: AsyncConnection, keys: Keys, entry: Entry, *, inbox_id: str, now: datetime, actor: str
) -> str:
    """Put `entry` on the list, unless it is there; gives its digest."""
    digests = digests_of(keys, entry)
    known = await connection.scalar(select(Suppression.digest).where(Suppression.digest.in_(digests)).limit(1))
    if known is not None:
        return str(known)
    await connection.execute(
        insert(Suppression).values(
            digest=digests[0],
            brand=entry.brand,
            channel=entry.channel,
            purpose=entry.purpose,
            address=entry.address,
            inbox_id=inbox_id,
            created_at=now,
        )
    )
    await _note(connection, keys, digests[0], "suppressed", at=now, actor=actor, purpose=entry.purpose)
    details = {"purpose": entry.purpose, "channel": entry.channel}
    await events.write(connection, "suppression.added", brand=entry.brand, now=now, digest=digests[0], details=details)
    return digests[0]


def digests_of(keys: Keys, entry: Entry) -> tuple[str, ...]:
    """What an entry is found by, with the current key first."""
    parts = (entry.brand, entry.channel, entry.purpose, plain_address(entry.address))
    return keys.digests("suppression", *parts)


def plain_address(address: str) -> str:
    """Letter case, blanks and wide forms are nothing, so that nobody slips through by them."""
    return unicodedata.normalize("NFKC", address).strip().casefold()


async def _write_down(connection: AsyncConnection, inbox_id: str, reason: str, *, by: str, now: datetime) -> None:
    """On the request that was made by the same message, where there is one."""
    reference = await connection.scalar(
        select(Request.reference).where(Request.inbox_id == inbox_id).order_by(Request.ordinal).limit(1)
    )
    if reference is not None:
        values = {"id": new_id(), "reference": reference, "at": now, "written_by": by, "words": reason}
        await connection.execute(insert(Note).values(**values))


async def _note(
    connection: AsyncConnection, keys: Keys, digest: str, event: str, *, at: datetime, actor: str, **details: str
) -> None:
    """The row of the entry is locked or new."""
    await audit.note(connection, keys, f"suppression {digest}", event, at=at, actor=actor, details=details)
