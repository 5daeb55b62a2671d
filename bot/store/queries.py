"""What the command line, the status page and the console ask; nothing here writes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, RowMapping, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.protocol import Arrival
from bot.core.tickets import FINAL_STATES, State
from bot.core.tickets import Verification as CoreVerification
from bot.keys import Keys
from bot.store import audit, whose
from bot.store.conversations import deadlines_of
from bot.store.rows import Handled, MessageRow, NoteRow, OutgoingRow, Overview, RequestDetail, RequestRow, StaffRow
from bot.store.schema import Deadline, Inbox, Note, Outbox, Request, StaffItem, Verification


async def requests(
    connection: AsyncConnection, *, state: str | None, brand: str | None, limit: int
) -> list[RequestRow]:
    """The most urgent first; requests without a clock come last."""
    conditions = [Request.state == state] * (state is not None) + [Request.brand == brand] * (brand is not None)
    return await _requests(connection, *conditions, limit=limit)


async def _requests(
    connection: AsyncConnection, *conditions: ColumnElement[bool], limit: int | None = None
) -> list[RequestRow]:
    answer = (Deadline.reference == Request.reference, Deadline.step == "answer")
    due_at = select(func.min(Deadline.due_at)).where(*answer).scalar_subquery()
    due_on = select(func.min(Deadline.due_on)).where(*answer).scalar_subquery()
    columns = [column for column in Request.__table__.columns if column.name != "due_at"]
    found = await connection.execute(
        select(*columns, due_at.label("due_at"), due_on.label("due_on"))
        .where(*conditions)
        # The row repeats its strictest clock, so that an index gives the order.
        .order_by(Request.due_at, Request.reference)
        .limit(limit)
    )
    return [_request_row(row) for row in found.mappings()]


def _request_row(row: RowMapping) -> RequestRow:
    return RequestRow(
        reference=row["reference"],
        brand=row["brand"],
        right=row["right_name"],
        state=State(row["state"]),
        level=row["level_needed"],
        received_at=row["received_at"],
        due_at=row["due_at"],
        due_on=row["due_on"] or "",
        claimed_address=row["claimed_address"],
        subject=row["subject"] or "",
        taken_by=row["taken_by"],
        conversation=row["conversation_id"],
        kind=row["kind"],
        held_at=row["held_at"],
    )


async def request(connection: AsyncConnection, reference: str) -> RequestDetail | None:
    """Everything about one request, None where there is none."""
    rows = await _requests(connection, Request.reference == reference)
    if not rows:
        return None
    conversation = rows[0].conversation
    denial = (
        await connection.execute(
            select(Request.denial_reason, Request.denial_words).where(Request.reference == reference)
        )
    ).one()
    return RequestDetail(
        request=rows[0],
        deadlines=(await deadlines_of(connection, [reference]))[reference],
        verification=await _verification(connection, reference),
        denial_reason=denial.denial_reason or "",
        denial_words=denial.denial_words or "",
        messages=await _messages(connection, Inbox.conversation_id == conversation),
        outgoing=await _outgoing(connection, Outbox.conversation_id == conversation),
        audit=await audit.rows_of(connection, audit.of_request(reference)),
        notes=await _notes(connection, reference),
    )


async def _notes(connection: AsyncConnection, reference: str) -> tuple[NoteRow, ...]:
    found = await connection.execute(
        select(Note.at, Note.written_by, Note.words).where(Note.reference == reference).order_by(Note.id)
    )
    return tuple(NoteRow(**row) for row in found.mappings())


async def _verification(connection: AsyncConnection, reference: str) -> CoreVerification | None:
    found = await connection.execute(
        select(Verification.level, Verification.method, Verification.subject, Verification.at)
        .join(Request, Request.verification_id == Verification.id)
        .where(Request.reference == reference)
    )
    row = found.mappings().one_or_none()
    return CoreVerification(**row) if row else None


async def handled(connection: AsyncConnection, keys: Keys, key: str) -> Handled | None:
    """What followed from the message that `key` names; None while it is not done."""
    digests = keys.digests("inbox", key)
    messages = await _messages(connection, Inbox.key_digest.in_(digests), Inbox.state == "done")
    if not messages:
        return None
    inbox_id = messages[0].inbox_id
    return Handled(
        message=messages[0],
        requests=tuple(await _requests(connection, Request.inbox_id == inbox_id)),
        outgoing=await _outgoing(connection, Outbox.inbox_id == inbox_id),
        staff_items=tuple(await _staff_items(connection, StaffItem.inbox_id == inbox_id)),
    )


async def _messages(connection: AsyncConnection, *conditions: ColumnElement[bool]) -> tuple[MessageRow, ...]:
    columns = (Inbox.id, Inbox.received_at, Inbox.state, Inbox.outcome, Inbox.intents, Inbox.rules)
    found = await connection.execute(select(*columns).where(*conditions).order_by(Inbox.id))
    return tuple(
        MessageRow(
            inbox_id=row.id,
            received_at=row.received_at,
            state=row.state,
            outcome=row.outcome,
            intents=tuple(row.intents),
            rules=tuple(row.rules),
        )
        for row in found
    )


async def _outgoing(connection: AsyncConnection, condition: ColumnElement[bool]) -> tuple[OutgoingRow, ...]:
    found = await connection.execute(
        select(
            Outbox.id.label("outbox_id"),
            Outbox.kind,
            Outbox.state,
            Outbox.channel,
            Outbox.recipient,
            Outbox.reason,
            Outbox.created_at,
            Outbox.finished_at,
        )
        .where(condition)
        .order_by(Outbox.id)
    )
    return tuple(OutgoingRow(**row) for row in found.mappings())


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeMail:
    """A mail with a code that has left."""

    outbox_id: str
    brand: str
    recipient: str
    language: str
    message_id: str


async def code_mail(connection: AsyncConnection, outbox_id: str) -> CodeMail | None:
    """None where there is no such mail, or it has not left."""
    found = await connection.execute(
        select(
            *(Outbox.id.label("outbox_id"), Outbox.brand, Outbox.recipient, Outbox.language, Outbox.message_id)
        ).where(Outbox.id == outbox_id, Outbox.kind == "code", Outbox.state.in_(("sent", "uncertain")))
    )
    row = found.mappings().one_or_none()
    return CodeMail(**row) if row else None


async def heard_before(connection: AsyncConnection, conversation_id: str, inbox_id: str) -> Arrival | None:
    """The newest message of the talk that came before this one, as it came in; None where its bytes are gone."""
    found = await connection.execute(
        select(
            *(Inbox.channel, Inbox.brand, Inbox.raw, Inbox.received_at, Inbox.external_id),
            *(Inbox.origin, Inbox.envelope),
        )
        .where(Inbox.conversation_id == conversation_id, Inbox.id < inbox_id)
        .order_by(Inbox.id.desc())
        .limit(1)
    )
    row = found.one_or_none()
    if row is None or row.raw is None:
        return None
    return Arrival(
        channel=row.channel,
        brand=row.brand,
        raw=row.raw,
        received_at=row.received_at,
        external_id=row.external_id or "",
        origin=row.origin or {},
        envelope=row.envelope or {},
    )


async def named_in_code(connection: AsyncConnection, outbox_id: str) -> tuple[str, ...]:
    """The references in one code mail that has left."""
    left = ("sent", "uncertain")
    found = await connection.scalar(
        select(Outbox.proves).where(Outbox.id == outbox_id, Outbox.kind == "code", Outbox.state.in_(left))
    )
    return tuple(found or ())


async def kinds_since(connection: AsyncConnection, brand: str, address: str, since: datetime) -> frozenset[str]:
    """Kinds of the requests that `address` has made since then."""
    found = await connection.execute(
        select(Request.kind)
        .where(
            whose.exactly(connection, Request.claimed_address, address),
            Request.brand == brand,
            Request.received_at >= since,
        )
        .distinct()
    )
    return frozenset(kind for kind in found.scalars() if kind) if address else frozenset()


async def staff_items(connection: AsyncConnection) -> list[StaffRow]:
    """What is open, the urgent first."""
    return await _staff_items(connection, StaffItem.state == "open")


async def _staff_items(connection: AsyncConnection, condition: ColumnElement[bool]) -> list[StaffRow]:
    found = await connection.execute(
        select(
            StaffItem.id.label("item_id"),
            StaffItem.brand,
            StaffItem.reason,
            StaffItem.urgent,
            StaffItem.reference,
            StaffItem.inbox_id,
            StaffItem.conversation_id.label("conversation"),
            StaffItem.created_at,
        )
        .where(condition)
        .order_by(StaffItem.urgent.desc(), StaffItem.id)
    )
    return [StaffRow(**row) for row in found.mappings()]


async def overview(connection: AsyncConnection) -> Overview:
    waiting = await connection.execute(
        select(func.count(), func.min(Inbox.accepted_at)).where(Inbox.state == "waiting")
    )
    unhandled, oldest = waiting.one()
    outgoing = await _counts(connection, select(Outbox.state, func.count()).group_by(Outbox.state))
    return Overview(
        messages=await _counts(
            connection, select(Inbox.outcome, func.count()).where(Inbox.state == "done").group_by(Inbox.outcome)
        ),
        requests=await _counts(connection, select(Request.state, func.count()).group_by(Request.state)),
        outgoing=outgoing,
        staff_items=await _count(connection, select(func.count()).where(StaffItem.state == "open")),
        shunted=await _count(connection, select(func.count()).where(Inbox.state == "shunted")),
        unhandled=unhandled,
        oldest_unhandled=oldest,
        undelivered=outgoing.get("queued", 0) + outgoing.get("sending", 0),
    )


async def at_risk(connection: AsyncConnection, now: datetime) -> dict[str, int]:
    """Requests under way by when the strictest clock of their answer ends; each counts once."""
    first = (
        select(func.min(Deadline.due_at).label("due_at"))
        .join(Request, Request.reference == Deadline.reference)
        .where(Deadline.step == "answer", Request.state.not_in(FINAL_STATES))
        .group_by(Deadline.reference)
        .subquery()
    )
    day, week = now + timedelta(days=1), now + timedelta(days=7)
    found = (
        await connection.execute(
            select(
                func.count().filter(first.c.due_at <= now),
                func.count().filter(first.c.due_at > now, first.c.due_at <= day),
                func.count().filter(first.c.due_at > day, first.c.due_at <= week),
            ).select_from(first)
        )
    ).one()
    return dict(zip(("overdue", "a day", "a week"), found, strict=True))


async def _counts(connection: AsyncConnection, statement: Select[str, int]) -> dict[str, int]:
    return {row[0]: row[1] for row in sorted((await connection.execute(statement)).all(), key=lambda row: str(row[0]))}


async def _count(connection: AsyncConnection, statement: Select[int]) -> int:
    return await connection.scalar(statement) or 0
