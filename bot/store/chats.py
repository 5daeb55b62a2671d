"""What only chats need of the store: when a person last wrote, and what their platform does not carry goes by mail.

Law: by mail goes only what a mailbox has proved to be for, and staff see it; a message goes one way and never two.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.keys import Keys
from bot.store import audit, conversations, dispatch, outbox
from bot.store.database import Database
from bot.store.letters import is_mailbox
from bot.store.schema import Conversation, Inbox, Outbox, Request, Verification
from bot.store.schema.proving import Link
from bot.store.values import NotAllowed

#: What staff see of it.
BY_MAIL_INSTEAD = "sent_by_mail_instead"


class ChatRecords:
    """Of one database; each method is one transaction."""

    def __init__(self, database: Database, keys: Keys, host: str, clock: Callable[[], datetime]) -> None:
        self._database, self._keys, self._host, self._clock = database, keys, host, clock

    async def heard_at(self, conversation_id: str) -> datetime | None:
        """When the person last wrote in this chat; None where nothing of it is kept."""
        async with self._database.reading() as connection:
            found: datetime | None = await connection.scalar(
                select(func.max(Inbox.received_at)).where(Inbox.conversation_id == conversation_id)
            )
            return found

    async def put_off(self, outbox_id: str, *, at: datetime, seconds: float, reason: str) -> None:
        """It was not taken at `at`, and the other side has said when to come again."""
        async with self._database.writing() as connection:
            wait = timedelta(seconds=seconds)
            await outbox.put_off(connection, self._keys, outbox_id, at=at, reason=reason, wait=wait)

    async def request_of(self, inbox_id: str) -> tuple[str, str, str] | None:
        """Brand, reference and state of the request that a message has made."""
        async with self._database.reading() as connection:
            row = (
                await connection.execute(
                    select(Request.brand, Request.reference, Request.state).where(Request.inbox_id == inbox_id)
                )
            ).first()
            return (row.brand, row.reference, row.state) if row else None

    async def linked_with(self, conversation_id: str) -> str:
        """The mailbox that this chat is linked with, "" for none."""
        async with self._database.reading() as connection:
            linked = select(Link.address).where(Link.conversation_id == conversation_id, Link.undone_at.is_(None))
            return await connection.scalar(linked) or ""

    async def unlink(self, reference: str, *, by: str) -> None:
        """Staff say that the chat of a request is not that mailbox's any more; raises `NotAllowed`."""
        async with self._database.writing() as connection:
            talk = await connection.scalar(select(Request.conversation_id).where(Request.reference == reference))
            await conversations.lock(connection, talk or "")
            gone = await connection.execute(
                update(Link)
                .where(Link.conversation_id == talk, Link.undone_at.is_(None))
                .values(undone_at=self._clock())
            )
            if not gone.rowcount:
                raise NotAllowed("The chat of request $reference is linked with no mailbox.", reference=reference)
            for chain in (audit.of_conversation(talk or ""), audit.of_request(reference)):
                await audit.note(connection, self._keys, chain, "chat_unlinked", at=self._clock(), actor=by, details={})

    async def send_by_mail(self, outbox_id: str, *, reason: str) -> bool:
        """What is being sent into a chat, or came back from it, goes to the mailbox that its writer has proved.

        Without one it has failed, and staff are told either way. True where a mail is on its way.
        """
        async with self._database.writing() as connection:
            return await _send_by_mail(connection, self._keys, self._host, outbox_id, reason, now=self._clock())


async def _send_by_mail(
    connection: AsyncConnection, keys: Keys, host: str, outbox_id: str, reason: str, *, now: datetime
) -> bool:
    """A report that comes twice, or about a message that went another way meanwhile, changes nothing."""
    row = (
        (
            await connection.execute(
                select(*Outbox.__table__.columns)
                .where(Outbox.id == outbox_id, Outbox.channel != "email", Outbox.state.in_(("sending", "sent")))
                .with_for_update()
            )
        )
        .mappings()
        .one_or_none()
    )
    if row is None:
        return False
    mailbox = await _proved_mailbox(connection, row["conversation_id"])
    free = {"claimed_by": None, "claimed_until": None, "reason": reason, "said": ""}
    if mailbox:
        by_mail = {
            "channel": "email",
            "recipient": mailbox,
            "message_id": keys.message_id(outbox_id, row["conversation_id"], host),
            "state": "queued",
            "not_before": now,
            "finished_at": None,
        }
        await _change(connection, keys, row, free | by_mail, event="by_mail", now=now)
        await outbox.call_staff(connection, row, reason=BY_MAIL_INSTEAD, now=now)
        await dispatch.deliver(connection, outbox_id, row["conversation_id"], now)
        return True
    await _change(connection, keys, row, free | {"state": "failed", "finished_at": now}, event="failed", now=now)
    await outbox.call_staff(connection, row, reason="sending_failed", now=now)
    return False


async def _change(
    connection: AsyncConnection, keys: Keys, row: RowMapping, values: dict[str, object], *, event: str, now: datetime
) -> None:
    await conversations.lock(connection, row["conversation_id"])
    await connection.execute(update(Outbox).where(Outbox.id == row["id"]).values(**values))
    chain = audit.of_conversation(row["conversation_id"])
    await audit.note(
        connection, keys, chain, f"{row['kind']}_{event}", at=now, actor="bot", details={"outbox": row["id"]}
    )


async def _proved_mailbox(connection: AsyncConnection, conversation_id: str) -> str:
    """The mailbox that the chat is linked with, else the one that was proved in it last; "" for none.

    A link that somebody at either end has undone ends both.
    """
    link = (
        await connection.execute(select(Link.address, Link.undone_at).where(Link.conversation_id == conversation_id))
    ).one_or_none()
    if link is not None:
        return "" if link.undone_at else str(link.address)
    proved = await connection.scalar(
        select(Verification.subject)
        .join(Conversation, Conversation.id == Verification.conversation_id)
        .where(Verification.conversation_id == conversation_id, Verification.level.between(1, 2))
        .where(Conversation.erased_at.is_(None))
        .order_by(Verification.at.desc())
        .limit(1)
    )
    return proved if proved and is_mailbox(proved) else ""
