"""What this desk itself holds about one person, for an answer to a request for access (GDPR Art. 15).

Law: only of talks in which the mailbox was proved or wrote; other people's talks are not looked into.
"""

from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.keys import Keys
from bot.store import suppression, whose
from bot.store.schema import Conversation, Inbox, Link, Outbox, Request, Suppression


async def about(connection: AsyncConnection, keys: Keys, brand: str, address: str) -> dict[str, Any]:
    """JSON values: conversations with dates, requests, and opt-outs."""
    talks = await _talks_of(connection, brand, address)
    requests = await connection.execute(
        select(Request.reference, Request.right_name, Request.state, Request.received_at, Request.closed_at)
        .where(Request.conversation_id.in_(talks), _is_about(connection, address))
        .order_by(Request.received_at)
    )
    came = await connection.execute(
        select(Inbox.received_at, Inbox.channel, Inbox.raw).where(Inbox.conversation_id.in_(talks)).order_by(Inbox.id)
    )
    went = await connection.execute(
        select(Outbox.created_at, Outbox.channel, Outbox.kind, Outbox.state)
        .where(Outbox.conversation_id.in_(talks), Outbox.recipient != "")
        .order_by(Outbox.id)
    )
    entries = [
        suppression.Entry(brand=brand, purpose=purpose, channel=channel, address=address)
        for purpose in suppression.PURPOSES
        for channel in suppression.CHANNELS
    ]
    digests = [digest for entry in entries for digest in suppression.digests_of(keys, entry)]
    opted = await connection.execute(
        select(Suppression.purpose, Suppression.channel, Suppression.created_at).where(Suppression.digest.in_(digests))
    )
    return {
        "mailbox": address,
        "requests": [_plain(row) for row in requests.mappings()],
        "your_messages": [
            {"at": _moment(row.received_at), "channel": row.channel, "text_as_it_came": _text(row.raw)} for row in came
        ],
        "our_messages": [_plain(row) for row in went.mappings()],
        "opt_outs": [_plain(row) for row in opted.mappings()],
    }


async def _talks_of(connection: AsyncConnection, brand: str, address: str) -> list[str]:
    """Mails of that mailbox, and chats in which it was proved: anybody may type it into theirs."""
    ours = Request.conversation_id == Conversation.id
    theirs = partial(whose.in_any_case, connection)
    proved = exists().where(ours, Request.verification_level > 0, theirs(Request.subject, address))
    linked = exists().where(
        Link.conversation_id == Conversation.id, Link.undone_at.is_(None), theirs(Link.address, address)
    )
    by_mail = (Conversation.channel == "email") & theirs(Conversation.address, address)
    found = await connection.scalars(
        select(Conversation.id).where(Conversation.brand == brand, or_(by_mail, proved, linked))
    )
    return list(found)


def _is_about(connection: AsyncConnection, address: str) -> ColumnElement[bool]:
    claimed = Request.subject.is_(None) & whose.in_any_case(connection, Request.claimed_address, address)
    return whose.in_any_case(connection, Request.subject, address) | claimed


def _plain(row: Any) -> dict[str, Any]:
    return {name: _moment(value) if hasattr(value, "isoformat") else value for name, value in row.items()}


def _moment(value: Any) -> str:
    return value.isoformat() if value is not None else ""


def _text(raw: bytes | None) -> str:
    return raw.decode("utf-8", "replace") if raw else ""
