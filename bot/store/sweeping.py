"""What the sweeps ask and do: requests that time has passed over, and telling something once.

Law: the row of a notice commits with what it is about; where the row stands, nothing is told again.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, ScalarSelect, exists, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.conversation import WaitingForCode
from bot.core.sweeping import Watched
from bot.core.tickets import FINAL_STATES, State
from bot.keys import Keys
from bot.store import audit, calling, conversations, requests, serialise
from bot.store.letters import Letter, post
from bot.store.schema import Conversation, Deadline, Notice, Outbox, Request, StaffItem

_RUNNING = tuple(state.value for state in State if state not in FINAL_STATES)
#: States of a message of ours that has left, or will by itself.
_LEAVING = ("queued", "sending", "sent", "uncertain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Something to be told once about requests of one conversation."""

    conversation: str
    references: tuple[str, ...]
    #: The state that they are in; where one has left it, nothing is told now.
    seen: State
    #: Name of the notice.
    what: str
    letter: Letter | None = None
    #: Reason for the staff's list, "" where they need not know.
    staff: str = ""
    urgent: bool = False
    #: The state that they go to.
    to: State | None = None
    #: What the conversation waits for from now on.
    waits_for: WaitingForCode | None = None


async def watched(
    connection: AsyncConnection, *, received_before: datetime, due_before: datetime, after: str, limit: int
) -> list[Watched]:
    """A page of the requests that lack proof since `received_before`, or are under way and due before `due_before`."""
    due = exists().where(Deadline.reference == Request.reference, Deadline.due_at <= due_before)
    unproved = (Request.state == State.AWAITING_VERIFICATION.value) & (Request.received_at <= received_before)
    found = await connection.execute(
        select(
            *Request.__table__.columns,
            *(Conversation.channel, Conversation.proof_kind, Conversation.proof_address),
            *(Conversation.proof_level, Conversation.proof_at, Conversation.proof_until),
            _newest(Outbox.kind == "reply", Outbox.state == "sent").label("acknowledged_at"),
            _newest(Outbox.approved_by != "", Outbox.state == "sent").label("answered_at"),
        )
        .join(Conversation, Conversation.id == Request.conversation_id)
        .where(Request.state.in_(_RUNNING), or_(unproved, due), Request.reference > after)
        .order_by(Request.reference)
        .limit(limit)
    )
    rows = found.mappings().all()
    references = [row["reference"] for row in rows]
    deadlines, told = await conversations.deadlines_of(connection, references), await _told(connection, references)
    coded, handed = await _coded(connection, rows), await _handed(connection, references)
    return [
        Watched(
            request=serialise.request_from_row(row, deadlines[row["reference"]]),
            conversation=row["conversation_id"],
            brand=row["brand"],
            channel=row["channel"],
            told=frozenset(told[row["reference"]]),
            coded_at=coded.get(row["reference"]),
            handed=frozenset(handed[row["reference"]]),
            acknowledged=row["acknowledged_at"] is not None,
            answered=row["answered_at"] is not None,
            **_proof(row),
        )
        for row in rows
    ]


def _proof(row: RowMapping) -> dict[str, Any]:
    """What was proved of the request's own mailbox, where the request needs more."""
    proved = row["proof_kind"] == "proved" and row["proof_address"] == row["claimed_address"]
    if not proved or row["level_needed"] <= row["proof_level"]:
        return {}
    return {
        "proof_level": row["proof_level"],
        "proved_at": row["proof_at"],
        "proved_until": row["proof_until"],
    }


async def _coded(connection: AsyncConnection, rows: Sequence[RowMapping]) -> dict[str, datetime]:
    """When the newest code to each request's own mailbox left its conversation since it was received."""
    talks = {row["conversation_id"] for row in rows if row["state"] == State.AWAITING_VERIFICATION.value}
    found = await connection.execute(
        select(Outbox.conversation_id, Outbox.recipient, Outbox.created_at)
        .where(Outbox.conversation_id.in_(talks), Outbox.kind == "code", Outbox.state.in_(_LEAVING))
        .order_by(Outbox.created_at)
    )
    newest = {(code.conversation_id, code.recipient): code.created_at for code in found}
    codes = ((row, newest.get((row["conversation_id"], row["claimed_address"]))) for row in rows)
    return {row["reference"]: at for row, at in codes if at is not None and at >= row["received_at"]}


async def _handed(connection: AsyncConnection, references: Sequence[str]) -> defaultdict[str, set[str]]:
    """Why staff were called to each request."""
    handed: defaultdict[str, set[str]] = defaultdict(set)
    found = await connection.execute(
        select(StaffItem.reference, StaffItem.reason).where(StaffItem.reference.in_(references))
    )
    for reference, reason in found:
        handed[reference].add(reason)
    return handed


def _newest(*conditions: ColumnElement[bool]) -> ScalarSelect[datetime]:
    """When the newest message of ours of that sort was made in the request's conversation since it was received."""
    return (
        select(func.max(Outbox.created_at))
        .where(Outbox.conversation_id == Request.conversation_id, Outbox.created_at >= Request.received_at, *conditions)
        .correlate(Request)
        .scalar_subquery()
    )


async def _told(connection: AsyncConnection, references: Sequence[str]) -> defaultdict[str, set[str]]:
    told: defaultdict[str, set[str]] = defaultdict(set)
    found = await connection.execute(select(Notice.reference, Notice.what).where(Notice.reference.in_(references)))
    for reference, what in found:
        told[reference].add(what)
    return told


async def tell_once(connection: AsyncConnection, keys: Keys, host: str, telling: Telling, *, now: datetime) -> bool:
    """False, and nothing is written, where it was told before or the requests have moved on."""
    await conversations.lock(connection, telling.conversation)
    rows = await _still_there(connection, telling)
    if len(rows) != len(telling.references):
        return False
    for reference, inbox_id, brand in rows:
        await connection.execute(insert(Notice).values(reference=reference, what=telling.what, at=now))
        if telling.to is not None:
            await requests.change(connection, keys, reference, telling.to, by="bot", reason_code="", words="", now=now)
        await audit.note(connection, keys, audit.of_request(reference), "told", at=now, details={"what": telling.what})
        if telling.staff:
            await calling.call(
                connection,
                inbox_id=inbox_id,
                conversation_id=telling.conversation,
                brand=brand,
                reference=reference,
                reason=telling.staff,
                urgent=telling.urgent,
                now=now,
            )
    if telling.letter is not None:
        await post(connection, keys, host, telling.references[0], telling.letter, now=now)
    if telling.waits_for is not None:
        await _wait_for(connection, telling.conversation, telling.waits_for, now=now)
    return True


async def _still_there(connection: AsyncConnection, telling: Telling) -> list[tuple[str, str, str]]:
    """The requests that are as they were seen and of which this was not told."""
    told = exists().where(Notice.reference == Request.reference, Notice.what == telling.what)
    found = await connection.execute(
        select(Request.reference, Request.inbox_id, Request.brand)
        .where(Request.reference.in_(telling.references), Request.state == telling.seen.value, ~told)
        .with_for_update()
    )
    return [(row.reference, row.inbox_id, row.brand) for row in found]


async def _wait_for(connection: AsyncConnection, conversation_id: str, proof: WaitingForCode, *, now: datetime) -> None:
    """The new code takes the place of the old one."""
    known = await conversations.load(connection, conversation_id)
    version = await connection.scalar(select(Conversation.version).where(Conversation.id == conversation_id))
    if known is not None and version is not None:
        await conversations.write(connection, replace(known, proof=proof), version=version, now=now)
