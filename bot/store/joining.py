"""Requests of one proved person that are handled together: the duplicate follows the one that is worked on.

Law: nothing of a duplicate is thrown away: its clocks, its proof, its talk and its record stay its own; it is closed
with the other one, in the same transaction, and taken apart from it at any time before.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.clocks import Deadline
from bot.core.tickets import FINAL_STATES, State
from bot.keys import Keys
from bot.store import audit, conversations, requests, serialise
from bot.store.database import Database
from bot.store.letters import Letter, post
from bot.store.recording import write_deadlines
from bot.store.schema import Joined, Request
from bot.store.values import NotAllowed

_CLOSED = tuple(state.value for state in FINAL_STATES)


class Joining:
    """What is handled together in one database; each method is one transaction."""

    def __init__(self, database: Database, keys: Keys, host: str, clock: Callable[[], datetime]) -> None:
        self._database, self._keys, self._host, self._clock = database, keys, host, clock

    async def lead_of(self, reference: str) -> str:
        """The request with which this one is handled together, "" where it stands alone."""
        async with self._database.reading() as connection:
            return await connection.scalar(select(Joined.lead).where(Joined.reference == reference)) or ""

    async def followers_of(self, reference: str) -> tuple[str, ...]:
        """The duplicates that are handled with this one."""
        async with self._database.reading() as connection:
            return await followers(connection, reference)

    async def before(self, reference: str) -> tuple[Deadline, ...]:
        """The clocks of the lead as they were before this duplicate was joined."""
        async with self._database.reading() as connection:
            rows = await connection.scalar(select(Joined.before).where(Joined.reference == reference))
        return tuple(_deadline(row) for row in rows or ())

    async def join(
        self,
        reference: str,
        lead: str,
        *,
        before: Sequence[Deadline],
        after: Sequence[Deadline],
        letter: Letter,
        by: str,
    ) -> None:
        """Raises `NotAllowed` where either has changed meanwhile."""
        now = self._clock()
        async with self._database.writing() as connection:
            await _lock(connection, lead, reference)
            taken = await connection.scalar(
                select(Joined.reference).where(Joined.reference.in_((reference, lead)) | (Joined.lead == reference))
            )
            if taken:
                raise NotAllowed("Request $reference is handled together with another one already.", reference=taken)
            rows = [serialise.deadline_to_row(one) | {"due_at": one.due_at.isoformat()} for one in before]
            values = {"reference": reference, "lead": lead, "clerk": by, "at": now, "before": rows}
            await connection.execute(insert(Joined).values(**values))
            await write_deadlines(connection, lead, after)
            await post(connection, self._keys, self._host, lead, letter, now=now)
            for chain, other in ((reference, lead), (lead, reference)):
                await self._note(connection, chain, "request_joined", other, by, now)

    async def part(
        self, reference: str, lead: str, *, clocks: Sequence[Deadline] | None, letter: Letter, by: str
    ) -> None:
        """`clocks` are those of the lead from now on, None leaves them. Raises `NotAllowed`."""
        now = self._clock()
        async with self._database.writing() as connection:
            await _lock(connection, lead, reference)
            gone = await connection.execute(delete(Joined).where(Joined.reference == reference, Joined.lead == lead))
            if gone.rowcount != 1:
                raise NotAllowed("Request $reference is not handled together with another one.", reference=reference)
            if clocks is not None:
                await write_deadlines(connection, lead, clocks)
            await post(connection, self._keys, self._host, reference, letter, now=now)
            for chain, other in ((reference, lead), (lead, reference)):
                await self._note(connection, chain, "request_parted", other, by, now)

    async def _note(
        self, connection: AsyncConnection, reference: str, event: str, other: str, by: str, now: datetime
    ) -> None:
        chain = audit.of_request(reference)
        await audit.note(connection, self._keys, chain, event, at=now, actor=by, details={"with": other})


async def followers(connection: AsyncConnection, lead: str) -> tuple[str, ...]:
    found = await connection.scalars(select(Joined.reference).where(Joined.lead == lead).order_by(Joined.reference))
    return tuple(found)


async def close_with(
    connection: AsyncConnection,
    keys: Keys,
    lead: str,
    to: State,
    *,
    by: str,
    reason_code: str,
    words: str,
    now: datetime,
) -> None:
    """What is handled together is closed together."""
    for reference in await followers(connection, lead):
        state = await connection.scalar(select(Request.state).where(Request.reference == reference))
        if state not in _CLOSED:
            await requests.change(connection, keys, reference, to, by=by, reason_code=reason_code, words=words, now=now)


async def _lock(connection: AsyncConnection, *references: str) -> None:
    """The conversations of both, which must be under way."""
    for reference in references:
        row = (
            await connection.execute(select(Request.conversation_id).where(Request.reference == reference))
        ).one_or_none()
        if row is None:
            raise NotAllowed("There is no request $reference.", reference=reference)
        await conversations.lock(connection, row.conversation_id)
        state = await connection.scalar(select(Request.state).where(Request.reference == reference))
        if state in _CLOSED or state == State.AWAITING_VERIFICATION.value:
            raise NotAllowed(
                "Request $reference has meanwhile become $state; look at it again.", reference=reference, state=state
            )


def _deadline(row: dict[str, Any]) -> Deadline:
    return Deadline(**{**row, "due_at": datetime.fromisoformat(row["due_at"])})
