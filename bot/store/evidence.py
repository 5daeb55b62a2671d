"""Proof that the record is whole: the audit's chains are verified, and their heads anchored day by day.

Law: a chain alone cannot show that its end was cut off; an anchor can, and an anchor kept elsewhere shows it even where
somebody has the key and the database.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.keys import Keys
from bot.store import audit, conversations
from bot.store.audit import ANCHOR, CUT_OFF, AuditRow, Fault
from bot.store.database import Database
from bot.store.ids import new_id
from bot.store.schema import Anchor, AnchoredHead, Audit, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorRow:
    """One day's anchor."""

    day: str
    at: datetime
    #: How many chains had moved.
    heads: int
    digest: str


class Evidence:
    """The record of one database; each method is one transaction."""

    def __init__(self, database: Database, keys: Keys, clock: Callable[[], datetime]) -> None:
        self._database, self._keys, self._clock = database, keys, clock

    async def faults(self, kept_elsewhere: Mapping[str, str] | None = None) -> list[Fault]:
        """Every place at which the record is not what was written; `kept_elsewhere` are digests of anchors by day."""
        async with self._database.reading() as connection:
            found = [fault async for fault in audit.faults(connection, self._keys)]
            found += await _cut_off(connection)
            return found + await _broken_anchors(connection, self._keys, kept_elsewhere or {})

    async def faults_in(self, chains: Sequence[str]) -> list[Fault]:
        """The same for some chains alone."""
        async with self._database.reading() as connection:
            found = [fault async for fault in audit.faults(connection, self._keys, chains)]
            return found + [fault for fault in await _cut_off(connection) if fault.chain in chains]

    async def rows(self, chain: str) -> tuple[AuditRow, ...]:
        """Oldest first."""
        async with self._database.reading() as connection:
            return await audit.rows_of(connection, chain)

    async def size(self) -> tuple[int, int]:
        """How many chains and rows there are."""
        async with self._database.reading() as connection:
            counted = select(func.count(func.distinct(Audit.chain)), func.count())
            row = (await connection.execute(counted.select_from(Audit))).one()
            return row[0], row[1]

    async def anchor(self) -> AnchorRow | None:
        """Anchor all heads, once a day; None where today has its anchor."""
        now = self._clock()
        day = now.astimezone(UTC).date().isoformat()
        async with self._database.reading() as connection:
            if await connection.scalar(select(Anchor.day).where(Anchor.day == day)) is not None:
                return None
        async with self._database.writing() as connection:
            if await connection.scalar(select(Anchor.day).where(Anchor.day == day)) is not None:
                return None
            return await _anchor(connection, self._keys, day, now=now)

    async def anchors(self) -> list[AnchorRow]:
        """Oldest first."""
        async with self._database.reading() as connection:
            found = await connection.execute(select(*Anchor.__table__.columns).order_by(Anchor.day))
            return [AnchorRow(**row) for row in found.mappings()]

    async def viewed(self, reference: str, *, by: str, what: str) -> None:
        """Somebody of the staff has looked at a request, or, with no reference, at many; `what` is e.g. "case"."""
        async with self._database.writing() as connection:
            await note_view(connection, self._keys, reference, by=by, what=what, now=self._clock())


async def note_view(
    connection: AsyncConnection, keys: Keys, reference: str, *, by: str, what: str, now: datetime
) -> None:
    """On the request's own chain; a view of more than one, e.g. of a list, is a chain by itself."""
    talk = await connection.scalar(select(Request.conversation_id).where(Request.reference == reference))
    chain = f"view {new_id()}"
    if talk is not None:
        await conversations.lock(connection, talk)
        chain = audit.of_request(reference)
    event = "request_viewed" if talk is not None else "list_viewed"
    await audit.note(connection, keys, chain, event, at=now, actor=by, details={"what": what})


async def _anchor(connection: AsyncConnection, keys: Keys, day: str, *, now: datetime) -> AnchorRow:
    last = select(Audit.chain, func.max(Audit.number).label("number")).group_by(Audit.chain).subquery()
    known = select(AnchoredHead.chain, func.max(AnchoredHead.number).label("number")).group_by(AnchoredHead.chain)
    before = known.subquery()
    moved = await connection.execute(
        select(Audit.chain, Audit.number, Audit.digest)
        .join(last, (last.c.chain == Audit.chain) & (last.c.number == Audit.number))
        .outerjoin(before, before.c.chain == Audit.chain)
        .where((before.c.number.is_(None)) | (before.c.number < Audit.number))
    )
    heads = sorted((row.chain, row.number, row.digest) for row in moved)
    previous = await connection.scalar(select(Anchor.digest).order_by(Anchor.day.desc()).limit(1))
    made = AnchorRow(day=day, at=now, heads=len(heads), digest=keys.digest("anchor", *_parts(day, previous, heads)))
    await connection.execute(insert(Anchor).values(day=made.day, at=made.at, heads=made.heads, digest=made.digest))
    if heads:
        rows = [{"day": day, "chain": chain, "number": number, "digest": digest} for chain, number, digest in heads]
        await connection.execute(insert(AnchoredHead), rows)
    return made


def _parts(day: str, previous: str | None, heads: list[tuple[str, int, str]]) -> list[str]:
    return [day, previous or "", *(part for head in heads for part in map(str, head))]


async def _cut_off(connection: AsyncConnection) -> list[Fault]:
    """Heads of anchors that are gone, or have become others."""
    same = (Audit.chain == AnchoredHead.chain) & (Audit.number == AnchoredHead.number)
    found = await connection.execute(
        select(AnchoredHead.chain, AnchoredHead.number)
        .outerjoin(Audit, same & (Audit.digest == AnchoredHead.digest))
        .where(Audit.chain.is_(None))
        .order_by(AnchoredHead.chain, AnchoredHead.number)
    )
    return [Fault(chain=row.chain, number=row.number, what=CUT_OFF) for row in found]


async def _broken_anchors(connection: AsyncConnection, keys: Keys, elsewhere: Mapping[str, str]) -> list[Fault]:
    anchors = (await connection.execute(select(*Anchor.__table__.columns).order_by(Anchor.day))).all()
    broken, before = [], ""
    for number, anchor in enumerate(anchors, 1):
        found = await connection.execute(
            select(AnchoredHead.chain, AnchoredHead.number, AnchoredHead.digest).where(AnchoredHead.day == anchor.day)
        )
        heads = sorted((row.chain, row.number, row.digest) for row in found)
        good = keys.made("anchor", anchor.digest, *_parts(anchor.day, before, heads))
        if not good or elsewhere.get(anchor.day, anchor.digest) != anchor.digest:
            broken.append(Fault(chain=f"anchor {anchor.day}", number=number, what=ANCHOR))
        before = anchor.digest
    gone = sorted(set(elsewhere) - {anchor.day for anchor in anchors})
    return broken + [Fault(chain=f"anchor {day}", number=0, what=ANCHOR) for day in gone]
