"""What only mail needs of the store: which talk a mail belongs to, and which mailboxes it does not reach."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from bot.keys import Keys
from bot.store import audit, conversations, outbox, returned
from bot.store.database import Database
from bot.store.schema import Conversation, Inbox, Outbox, Request, StaffItem
from bot.store.values import NotAllowed

#: The rule that puts a mail of the shop's own people with a talk.
OUR_OWN_REPLY = "note_our_own_reply"
#: What staff are called for while more mail wants to leave than may.
HELD_BACK = "sending_held_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteRow:
    """A mailbox that gets no automatic mail."""

    address: str
    brand: str
    outbox_id: str
    muted_at: datetime
    muted_until: datetime


class MailRecords:
    """Of one database; each method is one transaction."""

    def __init__(self, database: Database, keys: Keys, clock: Callable[[], datetime]) -> None:
        self._database, self._keys, self._clock = database, keys, clock

    async def talk_of_outgoing(self, outbox_id: str) -> str | None:
        """The talk that a mail of ours belongs to."""
        async with self._database.reading() as connection:
            found: str | None = await connection.scalar(select(Outbox.conversation_id).where(Outbox.id == outbox_id))
            return found

    async def talks_of_messages(self, brand: str, message_ids: Sequence[str]) -> tuple[str, ...]:
        """The talks that mails with these Message-IDs began or joined, newest first."""
        digests = [digest for message_id in message_ids for digest in message_digests(self._keys, brand, message_id)]
        async with self._database.reading() as connection:
            found = await connection.scalars(
                select(Inbox.conversation_id)
                .where(Inbox.message_digest.in_(digests), Inbox.conversation_id.is_not(None))
                .order_by(Inbox.id.desc())
            )
            return tuple(dict.fromkeys(talk for talk in found if talk is not None))

    async def talks_of_colleagues(self, brand: str, message_ids: Sequence[str]) -> tuple[str, ...]:
        """The talks that mails of the shop's own people with these Message-IDs were put with, newest first."""
        digests = [digest for message_id in message_ids for digest in message_digests(self._keys, brand, message_id)]
        async with self._database.reading() as connection:
            found = await connection.execute(
                select(Inbox.conversation_id, Inbox.rules)
                .where(Inbox.message_digest.in_(digests), Inbox.conversation_id.is_not(None))
                .order_by(Inbox.id.desc())
            )
            return tuple(dict.fromkeys(talk for talk, rules in found if OUR_OWN_REPLY in rules))

    async def is_taken_over(self, conversation_id: str) -> bool:
        """A person of the shop answers there."""
        async with self._database.reading() as connection:
            since = await connection.scalar(
                select(Conversation.taken_over_at).where(Conversation.id == conversation_id)
            )
            return since is not None

    async def hand_back(self, reference: str, *, by: str) -> None:
        """The bot may speak again in the talk of a request; raises `NotAllowed` where no person has taken it over."""
        async with self._database.writing() as connection:
            talk = await connection.scalar(
                select(Conversation.id)
                .join(Request, Request.conversation_id == Conversation.id)
                .where(Request.reference == reference, Conversation.taken_over_at.is_not(None))
                .with_for_update(of=Conversation)
            )
            if talk is None:
                raise NotAllowed(
                    "In the talk of $reference no person answers; the bot may speak there.", reference=reference
                )
            await connection.execute(
                update(Conversation)
                .where(Conversation.id == talk)
                .values(taken_over_at=None, version=Conversation.version + 1)
            )
            chain = audit.of_conversation(talk)
            await audit.note(connection, self._keys, chain, "handed_back", at=self._clock(), actor=by, details={})

    async def automatic_sent(self, since: datetime) -> int:
        """Mails that left since then, or may have left, without a person's word."""
        async with self._database.reading() as connection:
            return await conversations.automatic_mails_gone(connection, since)

    async def subjects_sent(self, address: str, since: datetime) -> list[str]:
        """Of each answer to `address` since then; "" for the fixed one."""
        async with self._database.reading() as connection:
            return await conversations.subjects_gone(connection, address, since)

    async def unvouched_sent(self, domain: str, since: datetime) -> int:
        """Automatic mails to a domain since then for whose writers no mail server vouched."""
        async with self._database.reading() as connection:
            return await conversations.unvouched_mails_gone(connection, domain, since)

    async def hold_back(self, outbox_id: str, *, seconds: float, rule: str) -> None:
        """Too much mail is leaving: this one waits, and staff have one open item for all of them."""
        now = self._clock()
        async with self._database.writing() as connection:
            wait = timedelta(seconds=seconds)
            await outbox.put_off(connection, self._keys, outbox_id, at=now, reason=rule, wait=wait)
            known = select(StaffItem.id).where(StaffItem.state == "open", StaffItem.reason == HELD_BACK)
            if await connection.scalar(known.limit(1)) is None:
                await outbox.call_staff_about(connection, outbox_id, reason=HELD_BACK, now=now)

    async def is_muted(self, address: str) -> bool:
        """Automatic mail does not reach `address` (L17)."""
        async with self._database.reading() as connection:
            return await returned.is_muted(connection, self._keys, address, now=self._clock())

    async def mutes(self) -> list[MuteRow]:
        """Every muted mailbox, the oldest first."""
        async with self._database.reading() as connection:
            return [MuteRow(**row) for row in await returned.mutes(connection, now=self._clock())]

    async def unmute(self, address: str) -> None:
        """Mail may be sent there again; raises `NotAllowed` where it was not muted."""
        async with self._database.writing() as connection:
            if not await returned.unmute(connection, self._keys, address):
                raise NotAllowed(
                    "$address is not muted; `privacy-desk mail muted` lists those that are.", address=address
                )


def message_digests(keys: Keys, brand: str, message_id: str) -> tuple[str, ...]:
    """What stands for a Message-ID in the inbox, the current key's first."""
    return keys.digests("message id of a mail", brand, message_id)
