"""Puts a letter about a request into the outbox that no message of this moment asked for: staff acted, or time passed.

Law: it goes to the mailbox that was proved on the ticket, or into the conversation that made it, and nowhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, exists, func, insert, literal, null, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.effects import Part
from bot.core.playbook import Mode
from bot.keys import Keys
from bot.store import audit, dispatch, serialise
from bot.store.ids import new_id
from bot.store.saying import STATE_BY_MODE
from bot.store.schema import Conversation, Inbox, Link, Outbox, Request

#: A chat in which nobody has written for so long may be somebody else's by now: as long as a web chat lives.
_THERE_FOR = timedelta(hours=12)
#: Places in the outbox below it belong to the effects of the message that made the request.
_FIRST_ORDINAL = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is to be told, and how freely it may leave."""

    parts: tuple[Part, ...]
    mode: Mode
    #: Who of the staff has written it; "" the bot by itself.
    by: str = ""
    #: To the mailbox that the request names though nobody has proved it: only what a code mail may say.
    to_the_claimed: bool = False
    #: Never into a chat, also where one is linked; a code never goes there anyway (law 5).
    by_mail: bool = False
    #: Of a code, as in the outbox.
    nonce: str = ""
    proves: tuple[str, ...] = ()
    #: How long it rests before it leaves, so that it can be taken back.
    rests: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A letter in the outbox."""

    outbox_id: str
    #: "queued", "held" (for approval) or "shadow" (recorded, never sent).
    state: str
    channel: str


async def post(
    connection: AsyncConnection, keys: Keys, host: str, reference: str, letter: Letter, *, now: datetime
) -> Posted | None:
    """Queue `letter`; None where the person has neither a mailbox nor a chat. The conversation must be locked."""
    row = (
        (
            await connection.execute(
                select(
                    *(Request.inbox_id, Request.right_name, Request.claimed_address, Request.verification_level),
                    *(Request.subject, Request.brand, Conversation.channel, Conversation.language),
                    Conversation.id.label("conversation_id"),
                )
                .join(Conversation, Conversation.id == Request.conversation_id)
                .where(Request.reference == reference)
            )
        )
        .mappings()
        .one()
    )
    return await _write(connection, keys, host, row, letter, now=now)


async def post_to_talk(
    connection: AsyncConnection, keys: Keys, host: str, inbox_id: str, letter: Letter, *, now: datetime
) -> Posted | None:
    """The same in answer to a message that made no request; the conversation must be locked."""
    row = (
        (
            await connection.execute(
                select(
                    *(Inbox.id.label("inbox_id"), literal("human").label("right_name"), null().label("subject")),
                    *(Conversation.address.label("claimed_address"), null().label("verification_level")),
                    *(Inbox.brand, Conversation.channel, Conversation.language),
                    Conversation.id.label("conversation_id"),
                )
                .join(Conversation, Conversation.id == Inbox.conversation_id)
                .where(Inbox.id == inbox_id)
            )
        )
        .mappings()
        .one()
    )
    return await _write(connection, keys, host, row, letter, now=now)


async def _write(
    connection: AsyncConnection, keys: Keys, host: str, row: RowMapping, letter: Letter, *, now: datetime
) -> Posted | None:
    found = await _recipient(connection, row, letter, now)
    if found is None:
        return None
    channel, recipient = found
    thread = await _thread(connection, row["conversation_id"]) if channel == "email" and not letter.nonce else {}
    outbox_id = new_id()
    # Whoever of the staff writes a letter has approved it; only shadow still keeps it back.
    state = "queued" if letter.by and letter.mode is not Mode.SHADOW else STATE_BY_MODE[letter.mode]
    kind = "code" if letter.nonce else "reply"
    await connection.execute(
        insert(Outbox).values(
            id=outbox_id,
            inbox_id=row["inbox_id"],
            ordinal=await _next_ordinal(connection, row["inbox_id"]),
            conversation_id=row["conversation_id"],
            brand=row["brand"],
            channel=channel,
            kind=kind,
            recipient=recipient,
            language=row["language"],
            parts=serialise.parts_to_json(letter.parts),
            message_id=keys.message_id(outbox_id, row["conversation_id"], host) if channel == "email" else "",
            nonce=letter.nonce,
            proves=list(letter.proves),
            intents=[row["right_name"]],
            state=state,
            attempts=0,
            not_before=now + letter.rests,
            approved_by=letter.by,
            said="",
            reason="",
            created_at=now,
            **({"subject": "", "in_reply_to": "", "thread_references": []} | thread),
        )
    )
    if state == "queued":
        await dispatch.deliver(connection, outbox_id, row["conversation_id"], now + letter.rests)
    chain, details = audit.of_conversation(row["conversation_id"]), {"outbox": outbox_id, "state": state}
    await audit.note(connection, keys, chain, f"{kind}_written", at=now, actor=letter.by or "bot", details=details)
    return Posted(outbox_id=outbox_id, state=state, channel=channel)


def is_mailbox(subject: str) -> bool:
    """Not the name of a chat, nor words of a clerk about somebody without a mailbox."""
    return "@" in subject and not set(subject) & set(": \t")


async def _recipient(
    connection: AsyncConnection, row: RowMapping, letter: Letter, now: datetime
) -> tuple[str, str] | None:
    """Where they wrote, if that chat is linked with the proved mailbox and they are still there; else by mail."""
    if row["channel"] == "email" or letter.to_the_claimed or letter.by_mail or letter.nonce:
        mailbox = row["subject"] or row["claimed_address"]
        return ("email", mailbox) if is_mailbox(mailbox) else None
    chat: str | None = await connection.scalar(
        select(Outbox.recipient)
        .where(Outbox.conversation_id == row["conversation_id"], Outbox.channel == row["channel"])
        .order_by(Outbox.id.desc())
        .limit(1)
    )
    proved = row["verification_level"] and is_mailbox(row["subject"])
    if proved and not (chat and await _is_there(connection, row, now)):
        return "email", row["subject"]
    return (row["channel"], chat) if chat else None


async def _is_there(connection: AsyncConnection, row: RowMapping, now: datetime) -> bool:
    """The chat still belongs to the mailbox, and whoever proved that has written there a short while ago."""
    linked = await connection.scalar(
        select(Link.address).where(Link.conversation_id == row["conversation_id"], Link.undone_at.is_(None))
    )
    wrote = exists().where(
        Inbox.conversation_id == row["conversation_id"],
        Inbox.channel == row["channel"],
        Inbox.accepted_at > now - _THERE_FOR,
    )
    return linked == row["subject"] and bool(await connection.scalar(select(wrote)))


async def _thread(connection: AsyncConnection, conversation_id: str) -> dict[str, str | Sequence[str]]:
    """The headers that put a mail where our last reply stands."""
    last = (
        await connection.execute(
            select(Outbox.subject, Outbox.in_reply_to, Outbox.thread_references)
            .where(Outbox.conversation_id == conversation_id, Outbox.channel == "email", Outbox.kind == "reply")
            .order_by(Outbox.id.desc())
            .limit(1)
        )
    ).one_or_none()
    return dict(last._mapping) if last else {}


async def _next_ordinal(connection: AsyncConnection, inbox_id: str) -> int:
    highest = await connection.scalar(select(func.max(Outbox.ordinal)).where(Outbox.inbox_id == inbox_id))
    return max(highest or 0, _FIRST_ORDINAL - 1) + 1
