"""Conversations: loaded whole, written with a check of their version."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.clocks import Deadline as CoreDeadline
from bot.core.conversation import Conversation as CoreConversation
from bot.store import serialise, whose
from bot.store.schema import Conversation, Deadline, Link, Outbox, Request
from bot.store.values import ClaimLost

#: A mailbox gets few codes; more talks than these cannot wait for one at once.
_MOST_WAITING = 20


async def load(connection: AsyncConnection, conversation_id: str) -> CoreConversation | None:
    """The conversation with its requests, oldest first, and their deadlines, strictest first."""
    columns = select(*Conversation.__table__.columns)
    row = (await connection.execute(columns.where(Conversation.id == conversation_id))).mappings().one_or_none()
    if row is None:
        return None
    found = await connection.execute(
        select(*Request.__table__.columns)
        .where(Request.conversation_id == conversation_id)
        .order_by(Request.inbox_id, Request.ordinal)
    )
    requests = found.mappings().all()
    deadlines = await deadlines_of(connection, [request["reference"] for request in requests])
    made = tuple(serialise.request_from_row(request, deadlines[request["reference"]]) for request in requests)
    linked = await _linked(connection, conversation_id) if row["channel"] != "email" else ""
    return replace(serialise.conversation_from_row(row, made), linked=linked)


async def _linked(connection: AsyncConnection, conversation_id: str) -> str:
    """The mailbox that a chat belongs to now, "" for none."""
    found = await connection.scalar(
        select(Link.address).where(Link.conversation_id == conversation_id, Link.undone_at.is_(None))
    )
    return found or ""


async def deadlines_of(
    connection: AsyncConnection, references: Sequence[str]
) -> defaultdict[str, tuple[CoreDeadline, ...]]:
    """The deadlines of each reference, strictest first."""
    by_reference: defaultdict[str, tuple[CoreDeadline, ...]] = defaultdict(tuple)
    if not references:
        return by_reference
    found = await connection.execute(
        select(*Deadline.__table__.columns)
        .where(Deadline.reference.in_(references))
        .order_by(Deadline.reference, Deadline.place)
    )
    for row in found.mappings():
        by_reference[row["reference"]] += (serialise.deadline_from_row(row),)
    return by_reference


async def write(connection: AsyncConnection, conversation: CoreConversation, *, version: int, now: datetime) -> None:
    """Insert it (version 0) or change it; raises `ClaimLost` where it is no longer at `version`."""
    row = serialise.conversation_to_row(conversation) | {"version": version + 1, "changed_at": now}
    if not version:
        await connection.execute(insert(Conversation).values(**row))
        return
    changed = await connection.execute(
        update(Conversation).where(Conversation.id == conversation.id, Conversation.version == version).values(**row)
    )
    if changed.rowcount != 1:
        raise ClaimLost(f"Conversation {conversation.id} was changed meanwhile; nothing was written.")


async def lock(connection: AsyncConnection, conversation_id: str) -> None:
    """Hold the conversation until the transaction ends: whoever adds to its audit chains must."""
    await connection.execute(
        select(Conversation.id).where(Conversation.id == conversation_id).with_for_update(key_share=True)
    )


async def waiting(
    connection: AsyncConnection, brand: str, channel: str, address: str, *, now: datetime
) -> tuple[tuple[str, str], ...]:
    """The conversations that wait for a code sent to exactly `address`, each with its digest; the newest first."""
    found = await connection.execute(
        select(Conversation.id, Conversation.proof_digest)
        .where(
            Conversation.proof_kind == "waiting_for_code",
            whose.exactly(connection, Conversation.proof_address, address),
            Conversation.brand == brand,
            Conversation.channel == channel,
            Conversation.proof_until > now,
        )
        .order_by(Conversation.changed_at.desc())
        .limit(_MOST_WAITING)
    )
    return tuple((talk, digest) for talk, digest in found if digest is not None)


async def codes_made(connection: AsyncConnection, address: str, since: datetime) -> int:
    """Codes for `address` since then, under way or not: a burst of messages must not outrun the outbox."""
    return await _count(
        connection,
        _goes_to(connection, address),
        Outbox.kind == "code",
        Outbox.created_at >= since,
        Outbox.state != "stopped",
    )


async def mails_gone(connection: AsyncConnection, address: str, since: datetime) -> int:
    """Mails that reached, or may have reached, `address` since then."""
    return await _count(
        connection,
        _goes_to(connection, address),
        *_GONE_MAIL,
        Outbox.finished_at >= since,
    )


async def automatic_mails_gone(connection: AsyncConnection, since: datetime) -> int:
    """Mails of all brands that left since then without a person's word."""
    return await _count(connection, *_GONE_MAIL, Outbox.finished_at >= since, Outbox.approved_by == "")


async def subjects_gone(connection: AsyncConnection, address: str, since: datetime) -> list[str]:
    """Of each answer that went to `address` since then; "" for the fixed subject."""
    where = (_goes_to(connection, address), *_GONE_MAIL, Outbox.kind == "reply", Outbox.finished_at >= since)
    return list(await connection.scalars(select(Outbox.subject).where(*where)))


async def unvouched_mails_gone(connection: AsyncConnection, domain: str, since: datetime) -> int:
    """Automatic mails to a domain since then under the fixed subject: for their writers no mail server vouched."""
    to_them = whose.of_the_domain(connection, Outbox.recipient, domain)
    where = (*_GONE_MAIL, to_them, Outbox.finished_at >= since, Outbox.approved_by == "")
    return sum(not subject for subject in await connection.scalars(select(Outbox.subject).where(*where)))


_GONE_MAIL = (Outbox.channel == "email", Outbox.state.in_(("sent", "uncertain")))


def _goes_to(connection: AsyncConnection, address: str) -> ColumnElement[bool]:
    """Letter case and +tag make no other mailbox, else whoever forges senders could fill one by spelling it anew.

    For counting alone: who somebody is goes by the exact address (RELIABILITY T10). Every caller also says since when:
    the rows of that time are found by their index, and only their recipients are compared.
    """
    return whose.of_the_mailbox(connection, Outbox.recipient, address)


async def _count(connection: AsyncConnection, *conditions: ColumnElement[bool]) -> int:
    return await connection.scalar(select(func.count()).select_from(Outbox).where(*conditions)) or 0
