"""Acts that wait for the leave of a second person, where the operator wants four eyes on them.

Law: who proposed may not give leave; of one request one act waits at a time; leave is given in the transaction in which
the act is carried out, or not at all; the chain of the request knows both people.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.keys import Keys
from bot.store import audit, casebook, conversations
from bot.store.database import Database
from bot.store.ids import new_id
from bot.store.schema import Proposal, Request
from bot.store.values import NotAllowed

#: Waiting ones that a list shows.
MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """An act that somebody of the staff proposed."""

    id: str
    reference: str
    #: Who proposed it.
    clerk: str
    at: datetime
    #: "complete", "deny", "cancel" or "offer".
    act: str
    content: Mapping[str, Any]
    #: "waiting", "approved", "declined", "withdrawn" or "overtaken".
    state: str
    decided_by: str
    decided_at: datetime | None
    #: Why it was declined.
    words: str


class Proposals:
    """The proposals of one database; each method is one transaction."""

    def __init__(self, database: Database, keys: Keys, clock: Callable[[], datetime]) -> None:
        self._database, self._keys, self._clock = database, keys, clock

    async def propose(self, reference: str, act: str, content: Mapping[str, Any], *, by: str, mark: str = "") -> str:
        """Its id. Raises `NotAllowed` where another one waits, or the case is not as `mark` says."""
        proposal = new_id()
        async with self._database.writing() as connection:
            await _lock(connection, reference)
            if mark and mark != await casebook.mark_of(connection, reference):
                raise NotAllowed(
                    "Something has happened to request $reference since you looked; look at it again.",
                    reference=reference,
                )
            if await connection.scalar(select(Proposal.id).where(*_waits(reference))):
                raise NotAllowed(
                    "Another act on request $reference waits for a second person; have it decided first.",
                    reference=reference,
                )
            await connection.execute(
                insert(Proposal).values(
                    id=proposal,
                    reference=reference,
                    clerk=by,
                    at=self._clock(),
                    act=act,
                    content=dict(content),
                    state="waiting",
                )
            )
            await self._note(connection, reference, "act_proposed", by, act=act, proposal=proposal)
        return proposal

    async def of_request(self, reference: str) -> list[Proposed]:
        """Oldest first."""
        async with self._database.reading() as connection:
            return await _found(connection, Proposal.reference == reference)

    async def waiting(self, reference: str) -> Proposed | None:
        """The one that waits for leave."""
        async with self._database.reading() as connection:
            found = await _found(connection, *_waits(reference))
        return found[0] if found else None

    async def all_waiting(self) -> list[Proposed]:
        """On every request that is under way, oldest first."""
        under_way = Proposal.reference.in_(select(Request.reference).where(Request.closed_at.is_(None)))
        async with self._database.reading() as connection:
            return await _found(connection, Proposal.state == "waiting", under_way)

    async def decline(self, proposal: Proposed, *, words: str, by: str) -> None:
        """It is not to be done so; by its author, it is withdrawn. Raises `NotAllowed` where it does not wait."""
        state = "withdrawn" if by == proposal.clerk else "declined"
        async with self._database.writing() as connection:
            await _lock(connection, proposal.reference)
            await decide(connection, self._keys, proposal.id, state, by=by, words=words, now=self._clock())

    async def approve(self, proposal: str, *, by: str) -> None:
        """Leave for what is then done in another way than by this program. Raises `NotAllowed`."""
        async with self._database.writing() as connection:
            await decide(connection, self._keys, proposal, "approved", by=by, now=self._clock())

    async def _note(self, connection: AsyncConnection, reference: str, event: str, by: str, **details: str) -> None:
        chain = audit.of_request(reference)
        await audit.note(connection, self._keys, chain, event, at=self._clock(), actor=by, details=details)


async def decide(
    connection: AsyncConnection, keys: Keys, proposal: str, state: str, *, by: str, words: str = "", now: datetime
) -> None:
    """Raises `NotAllowed` where it does not wait any more, or would be approved by who proposed it."""
    row = (
        await connection.execute(
            select(Proposal.reference, Proposal.clerk, Proposal.act, Proposal.state)
            .where(Proposal.id == proposal)
            .with_for_update()
        )
    ).one()
    if row.state != "waiting":
        raise NotAllowed("Somebody else has decided on request $reference already.", reference=row.reference)
    if state == "approved" and is_same(row.clerk, by):
        raise NotAllowed("You have proposed this yourself; somebody else must give leave.")
    await connection.execute(
        update(Proposal).where(Proposal.id == proposal).values(state=state, decided_by=by, decided_at=now, words=words)
    )
    details = {"act": row.act, "proposal": proposal, "proposed_by": row.clerk}
    await audit.note(
        connection, keys, audit.of_request(row.reference), f"act_{state}", at=now, actor=by, details=details
    )


async def overtake(connection: AsyncConnection, reference: str, *, by: str, now: datetime) -> None:
    """The request was closed in another way: what waited is not to be done any more."""
    await connection.execute(
        update(Proposal).where(*_waits(reference)).values(state="overtaken", decided_by=by, decided_at=now)
    )


def is_same(one: str, other: str) -> bool:
    """The same person, however they write their name on a command line."""
    return one.strip().casefold() == other.strip().casefold()


async def _lock(connection: AsyncConnection, reference: str) -> None:
    conversation_id = await connection.scalar(select(Request.conversation_id).where(Request.reference == reference))
    if conversation_id is None:
        raise NotAllowed("There is no request $reference.", reference=reference)
    await conversations.lock(connection, conversation_id)


def _waits(reference: str) -> tuple[ColumnElement[bool], ...]:
    return Proposal.reference == reference, Proposal.state == "waiting"


async def _found(connection: AsyncConnection, *which: ColumnElement[bool]) -> list[Proposed]:
    rows = await connection.execute(select(*Proposal.__table__.columns).where(*which).order_by(Proposal.id).limit(MOST))
    return [Proposed(**row) for row in rows.mappings()]
