"""Takes an act of a clerk back: the request stands again as before, and the letter about it never leaves.

Law: only the last act, and only while nothing has been sent; the audit keeps both the act and that it was undone.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.clocks import Deadline as CoreDeadline
from bot.keys import Keys
from bot.store import audit, conversations, events
from bot.store.ids import new_id
from bot.store.joining import followers
from bot.store.recording import subject_of, write_deadlines
from bot.store.schema import Deadline, Outbox, Request, StaffAct
from bot.store.values import NotAllowed

_PLAIN = (
    *("state", "taken_by", "denial_reason", "denial_words"),
    *("verification_id", "verification_level", "subject"),
)
_MOMENTS = ("opened_at", "closed_at", "held_at")
_CLOCK = ("regime", "step", "due_on", "due_at", "sum", "source", "extended")
#: A letter in these states has not left.
_UNSENT = ("queued", "held", "shadow")


async def snapshot(connection: AsyncConnection, reference: str, *, closes: bool) -> dict[str, Any]:
    """What an act may change of a request, as JSON; one that `closes` it closes those that are handled with it."""
    others = await followers(connection, reference) if closes else ()
    joined = {other: await _snapshot(connection, other) for other in others}
    return await _snapshot(connection, reference) | ({"joined": joined} if joined else {})


async def _snapshot(connection: AsyncConnection, reference: str) -> dict[str, Any]:
    columns = [getattr(Request, name) for name in (*_PLAIN, *_MOMENTS)]
    row = (await connection.execute(select(*columns).where(Request.reference == reference))).mappings().one()
    clocks = await connection.execute(
        select(*(getattr(Deadline, name) for name in _CLOCK))
        .where(Deadline.reference == reference)
        .order_by(Deadline.place)
    )
    deadlines = [{**clock, "due_at": clock["due_at"].isoformat()} for clock in clocks.mappings()]
    moments = {name: row[name] and row[name].isoformat() for name in _MOMENTS}
    return {name: row[name] for name in _PLAIN} | moments | {"deadlines": deadlines}


async def remember(
    connection: AsyncConnection,
    reference: str,
    before: dict[str, Any],
    *,
    by: str,
    event: str,
    outbox_id: str,
    now: datetime,
) -> None:
    """Keep how the request stood before an act."""
    await connection.execute(
        insert(StaffAct).values(
            id=new_id(), reference=reference, clerk=by, at=now, event=event, outbox_id=outbox_id, before=before
        )
    )


async def last_act(connection: AsyncConnection, reference: str) -> tuple[str, str, datetime, str] | None:
    """Id, event, moment and clerk of the act that could be undone now; None where there is none."""
    row = (
        await connection.execute(
            select(StaffAct.id, StaffAct.event, StaffAct.at, StaffAct.clerk, StaffAct.outbox_id, StaffAct.undone_at)
            .where(StaffAct.reference == reference)
            .order_by(StaffAct.id.desc())
            .limit(1)
        )
    ).one_or_none()
    if row is None or row.undone_at is not None:
        return None
    if row.outbox_id:
        state = await connection.scalar(select(Outbox.state).where(Outbox.id == row.outbox_id, Outbox.attempts == 0))
        if state not in _UNSENT:
            return None
    return row.id, row.event, row.at, row.clerk


async def undo(connection: AsyncConnection, keys: Keys, reference: str, *, by: str, now: datetime) -> str:
    """Raises `NotAllowed` where there is nothing to undo any more; gives the event that was undone."""
    await _lock(connection, reference)
    last = await last_act(connection, reference)
    if last is None:
        raise NotAllowed(
            "Nothing of request $reference can be undone: what was written has left already.", reference=reference
        )
    act = (await connection.execute(select(StaffAct.outbox_id, StaffAct.before).where(StaffAct.id == last[0]))).one()
    if act.outbox_id:
        await _stop(connection, act.outbox_id, now)
    await connection.execute(update(StaffAct).where(StaffAct.id == last[0]).values(undone_at=now))
    details = {"event": last[1], "outbox": act.outbox_id}
    for other, before in {reference: act.before, **act.before.get("joined", {})}.items():
        await _lock(connection, other)
        await _restore(connection, other, before, now)
        await events.request_moved(connection, other, now=now)
        await audit.note(connection, keys, audit.of_request(other), "act_undone", at=now, actor=by, details=details)
    return last[1]


async def _lock(connection: AsyncConnection, reference: str) -> None:
    conversation_id = await connection.scalar(select(Request.conversation_id).where(Request.reference == reference))
    if conversation_id is None:
        raise NotAllowed("There is no request $reference.", reference=reference)
    await conversations.lock(connection, conversation_id)


async def _stop(connection: AsyncConnection, outbox_id: str, now: datetime) -> None:
    stopped = await connection.execute(
        update(Outbox)
        .where(Outbox.id == outbox_id, Outbox.state.in_(_UNSENT), Outbox.attempts == 0)
        .values(state="stopped", reason="taken back by staff before it left", finished_at=now, nonce="")
    )
    if stopped.rowcount != 1:
        raise NotAllowed("The letter has left meanwhile; it cannot be undone.")


async def _restore(connection: AsyncConnection, reference: str, before: dict[str, Any], now: datetime) -> None:
    moments = {name: before[name] and datetime.fromisoformat(before[name]) for name in _MOMENTS}
    plain = {name: before[name] for name in _PLAIN}
    if before["verification_id"] is not None:
        plain["subject"] = subject_of(before["verification_id"])
    await connection.execute(
        update(Request).where(Request.reference == reference).values(**plain, **moments, changed_at=now)
    )
    deadlines = [
        CoreDeadline(**{**clock, "due_at": datetime.fromisoformat(clock["due_at"])}) for clock in before["deadlines"]
    ]
    await write_deadlines(connection, reference, deadlines)
