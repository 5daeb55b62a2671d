"""What was said in one chat, read from the rows that are the truth: inbox and outbox.

Law: a fetch changes nothing; what was sent is there again after a lost connection and after a restart of ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.webchat import NAME, WebChatChannel, read_said
from bot.errors import BadMessage
from bot.store import Store, outbox
from bot.store.schema import Conversation, Inbox, Outbox, Verification

#: Of a longer talk the newest are shown.
_LONGEST = 200
#: A row may be left uncertain by a crash of ours; the browser knows each reply by its id, so it is shown once.
_SENT = ("sent", "uncertain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a chat stands, without what was said in it."""

    #: Messages that nobody has handled yet.
    unhandled: int
    #: Mark of the session that typed the right code, "" while nothing is proved.
    proved_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """One chat, oldest first."""

    entries: tuple[Mapping[str, Any], ...]
    #: Changes with everything that is added.
    tag: str
    #: Mark of the session that typed the right code, "" while nothing is proved.
    proved_by: str


async def read_transcript(store: Store, channel: WebChatChannel, conversation: str, chat: str) -> Transcript:
    """Raises `StoreUnavailable`."""
    # Before the rows are read: a reply that is being sent meanwhile is then in one of the two.
    handed = dict(channel.handed(chat))
    async with store.database.reading() as connection:
        heard = (await connection.execute(_heard(conversation))).all()
        replies = await _replies(connection, channel, conversation)
        proved_by = await session_that_proved(connection, conversation)
    said = {row.id: _theirs(row.id, row.raw) for row in heard if row.raw is not None}
    ours = {reply_id: {**reply, "from": "bot"} for reply_id, reply in (handed | replies).items()}
    entries = sorted((said | ours).values(), key=lambda entry: str(entry["id"]))
    shown = tuple(entries[-_LONGEST:])
    return Transcript(
        entries=shown,
        tag=sha256(" ".join(str(entry["id"]) for entry in shown).encode()).hexdigest()[:16],
        proved_by=proved_by,
    )


async def read_standing(store: Store, conversation: str) -> Standing:
    """Raises `StoreUnavailable`."""
    waiting = select(func.count()).where(Inbox.conversation_id == conversation, Inbox.state == "waiting")
    async with store.database.reading() as connection:
        return Standing(
            unhandled=await connection.scalar(waiting) or 0,
            proved_by=await session_that_proved(connection, conversation),
        )


async def session_that_proved(connection: AsyncConnection, conversation: str) -> str:
    """The mark kept with the message whose code was right; a proof carries the time at which its message was done."""
    proofs = select(Verification.at).where(Verification.conversation_id == conversation)
    held = select(Conversation.proof_at).where(Conversation.id == conversation, Conversation.proof_at.is_not(None))
    envelope = await connection.scalar(
        select(Inbox.envelope)
        .where(Inbox.conversation_id == conversation, Inbox.channel == NAME)
        .where(or_(Inbox.done_at.in_(proofs), Inbox.done_at.in_(held)))
        .order_by(Inbox.id.desc())
        .limit(1)
    )
    return str((envelope or {}).get("session", ""))


async def kept_for(store: Store, inbox_id: str) -> str:
    """The mark of the session that a message was kept for."""
    async with store.database.reading() as connection:
        envelope = await connection.scalar(select(Inbox.envelope).where(Inbox.id == inbox_id))
    return str((envelope or {}).get("session", ""))


def _heard(conversation: str) -> Any:
    return (
        select(Inbox.id, Inbox.raw)
        .where(Inbox.conversation_id == conversation, Inbox.channel == NAME)
        .order_by(Inbox.id.desc())
        .limit(_LONGEST)
    )


async def _replies(
    connection: AsyncConnection, channel: WebChatChannel, conversation: str
) -> dict[str, dict[str, Any]]:
    found = await connection.execute(
        select(*Outbox.__table__.columns)
        .where(Outbox.conversation_id == conversation, Outbox.channel == NAME, Outbox.state.in_(_SENT))
        .order_by(Outbox.id.desc())
        .limit(_LONGEST)
    )
    sent = [outbox.outgoing_from_row(row) for row in found.mappings()]
    return {outgoing.id: channel.reply(outgoing) for outgoing in sent}


def _theirs(inbox_id: str, raw: bytes) -> dict[str, Any]:
    try:
        text = read_said(raw).text
    except BadMessage:
        text = ""
    return {"id": inbox_id, "from": "you", "text": text}
