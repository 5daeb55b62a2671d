"""What is kept how long, class by class, and the erasing of what is over; and the erasing of all that is one person's.

Law: on by default; each batch is one transaction; what is under way is never touched; the record stays whole.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.tickets import State
from bot.keys import Keys
from bot.store import audit, conversations, erasing, suppression
from bot.store.database import Database
from bot.store.schema import (
    Conversation,
    Deadline,
    Event,
    EventDelivery,
    Inbox,
    Package,
    Request,
    Viewing,
)
from bot.store.suppression import CHANNELS, PURPOSES, Entry
from bot.store.values import NotAllowed

_BATCH = 100
#: All of somebody's data was to be erased, and has been.
_IS_DELETED = (
    Request.right_name == "deletion",
    Request.kind == "",
    Request.state == State.COMPLETED.value,
    Request.erased_at.is_(None),
)
#: Removes attachments from the bytes of one message of a channel; None where only all of it can go.
Strip = Callable[[str, bytes], bytes | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """For how long each class is kept; the shipped figures are in `bot.settings`."""

    #: What this desk holds about somebody whose erasure was completed.
    deletions: timedelta = timedelta(days=30)
    #: Attachments, and packages that were never offered, after the decision.
    attachments: timedelta = timedelta(days=7)
    #: The bytes of messages, after the talk has come to rest.
    raw_mail: timedelta = timedelta(days=90)
    #: What was said on both sides, and whose mailbox it was.
    conversations: timedelta = timedelta(days=365)
    #: Codes that nobody typed.
    codes: timedelta = timedelta(days=7)
    #: Whose a closed request was. Of what was asked and done, a minimal record stays.
    tickets: timedelta = timedelta(days=365)
    #: The same where California asks for a record of 24 months (11 CCR 7101).
    tickets_in_california: timedelta = timedelta(days=731)
    #: Events for other programs, and who looked at what in lists.
    receipts: timedelta = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What the erasure of one person took, and what it had to leave."""

    talks: int
    requests: int
    #: Talks that are still under way.
    left: int
    #: Suppressed addresses that the shop had not confirmed; their digests stay.
    unconfirmed: int


class Retention:
    """The keeping of one database."""

    def __init__(self, database: Database, keys: Keys, clock: Callable[[], datetime]) -> None:
        self._database, self._keys, self._clock = database, keys, clock

    async def due(self, schedule: Schedule) -> dict[str, int]:
        """How much of each class is over now; nothing is changed."""
        now = self._clock()
        async with self._database.reading() as connection:
            return {name: await _count(connection, which) for name, which in _over(schedule, now).items()}

    async def run(self, schedule: Schedule, strip: Strip) -> dict[str, int]:
        """Erase what is over; how much of each class."""
        now, done = self._clock(), {}
        works: dict[str, Callable[[AsyncConnection, Sequence[str]], Awaitable[None]]] = {
            "deletions": lambda connection, found: self._erase_the_deleted(connection, found, now=now),
            "attachments": lambda connection, found: self._strip(connection, found, strip),
            "raw_mail": _forget_messages,
            "codes": _forget_codes,
            "conversations": lambda connection, found: _erase_words(connection, found, now=now),
            "tickets": lambda connection, found: self._erase_people(connection, found, now=now),
            "packages": lambda connection, found: self._expire_packages(connection, found, now=now),
            "events": _forget_events,
            "viewings": _forget_viewings,
        }
        for name, which in _over(schedule, now).items():
            done[name] = await self._batches(which, works[name])
        if any(done.values()):
            await self._database.tidy()
        return done

    async def _batches(
        self, which: Select[str], work: Callable[[AsyncConnection, Sequence[str]], Awaitable[None]]
    ) -> int:
        total = 0
        while True:
            async with self._database.writing() as connection:
                found = (await connection.scalars(which.limit(_BATCH))).all()
                await work(connection, found)
            total += len(found)
            if len(found) < _BATCH:
                return total

    async def erase_person(self, brand: str, address: str, *, by: str) -> Erased:
        """All that is held about whoever has this mailbox; what is under way stays until it is closed."""
        now, erased, requests = self._clock(), 0, 0
        async with self._database.writing() as connection:
            talks = await erasing.talks_of(connection, brand, [address])
            resting = await _resting(connection, talks)
            for talk in resting:
                requests += await erasing.erase_people(connection, self._keys, talk, by=by, now=now)
                await erasing.erase_words(connection, talk, now=now)
                erased += 1
            lists = [
                Entry(brand=brand, purpose=purpose, channel=channel, address=address)
                for purpose in PURPOSES
                for channel in CHANNELS
            ]
            digests = [digest for entry in lists for digest in suppression.digests_of(self._keys, entry)]
            unconfirmed = await erasing.forget_suppressed_addresses(connection, digests)
        await self._database.tidy()
        return Erased(talks=erased, requests=requests, left=len(talks) - len(resting), unconfirmed=unconfirmed)

    async def purge_attachments(self, reference: str, strip: Strip, *, by: str, why: str) -> int:
        """At once, e.g. since one is an identity document; how many messages had some. Raises `NotAllowed`."""
        async with self._database.writing() as connection:
            talk = await connection.scalar(select(Request.conversation_id).where(Request.reference == reference))
            if talk is None:
                raise NotAllowed("There is no request $reference.", reference=reference)
            found = await connection.scalars(
                select(Inbox.id).where(Inbox.conversation_id == talk, Inbox.state == "done", Inbox.attachments > 0)
            )
            messages = found.all()
            await self._strip(connection, messages, strip)
            await conversations.lock(connection, talk)
            chain, details = audit.of_request(reference), {"why": why, "messages": str(len(messages))}
            now = self._clock()
            await audit.note(connection, self._keys, chain, "attachments_purged", at=now, actor=by, details=details)
        await self._database.tidy()
        return len(messages)

    async def _strip(self, connection: AsyncConnection, messages: Sequence[str], strip: Strip) -> None:
        for inbox_id in messages:
            row = (await connection.execute(select(Inbox.channel, Inbox.raw).where(Inbox.id == inbox_id))).one()
            raw = strip(row.channel, row.raw) if row.raw else None
            await connection.execute(update(Inbox).where(Inbox.id == inbox_id).values(raw=raw, attachments=0))

    async def _erase_people(self, connection: AsyncConnection, talks: Sequence[str], *, now: datetime) -> None:
        for talk in talks:
            await erasing.erase_people(connection, self._keys, talk, by="bot", now=now)

    async def _erase_the_deleted(self, connection: AsyncConnection, talks: Sequence[str], *, now: datetime) -> None:
        """Everything of whoever has asked for it in one of these talks, wherever they wrote."""
        for talk in talks:
            found = await connection.execute(
                select(Request.brand, Request.subject).where(Request.conversation_id == talk, *_IS_DELETED).distinct()
            )
            for brand, subject in found.all():
                theirs = await erasing.talks_of(connection, brand, [subject or ""])
                for each in await _resting(connection, theirs):
                    await erasing.erase_people(connection, self._keys, each, by="bot", now=now)
                    await erasing.erase_words(connection, each, now=now)

    async def _expire_packages(self, connection: AsyncConnection, packages: Sequence[str], *, now: datetime) -> None:
        for package_id in packages:
            reference = await connection.scalar(select(Package.reference).where(Package.id == package_id))
            assert reference is not None
            talk = await connection.scalar(select(Request.conversation_id).where(Request.reference == reference))
            await conversations.lock(connection, talk or "")
            await erasing.empty_packages(connection, Package.id == package_id)
            await connection.execute(update(Package).where(Package.id == package_id).values(state="expired"))
            chain = audit.of_request(reference)
            await audit.note(connection, self._keys, chain, "package_expired", at=now, details={"package": package_id})


def _over(schedule: Schedule, now: datetime) -> dict[str, Select[str]]:
    """Of each class, the ids of what is over."""
    talk_of = Conversation.id == Inbox.conversation_id
    rest = erasing.is_at_rest()
    words = _has_rested(now - schedule.conversations)
    unused_code = (Conversation.proof_kind == "waiting_for_code") & (Conversation.proof_until <= now - schedule.codes)
    return {
        "deletions": select(Conversation.id).where(rest, _has_a_deletion(now - schedule.deletions)),
        "attachments": select(Inbox.id)
        .join(Conversation, talk_of)
        .where(Inbox.attachments > 0, Inbox.state == "done", _has_rested(now - schedule.attachments)),
        "raw_mail": select(Inbox.id)
        .join(Conversation, talk_of)
        .where(Inbox.state == "done", Inbox.raw.is_not(None), _has_rested(now - schedule.raw_mail)),
        "codes": select(Conversation.id).where(unused_code, rest),
        "conversations": select(Conversation.id).where(
            words, or_(Conversation.erased_at.is_(None), Conversation.erased_at < Conversation.changed_at)
        ),
        "tickets": select(Conversation.id).where(rest, _has_old_people(schedule, now)),
        "packages": select(Package.id).where(_is_over(schedule, now)),
        "events": select(Event.id).where(Event.spread, Event.at <= now - schedule.receipts),
        "viewings": select(Viewing.id).where(Viewing.reference == "", Viewing.at <= now - schedule.receipts),
    }


def _is_over(schedule: Schedule, now: datetime) -> ColumnElement[bool]:
    """Its time has ended, or it was put together and never offered though the request is closed."""
    closed = exists().where(Request.reference == Package.reference, Request.closed_at <= now - schedule.attachments)
    return or_((Package.state == "offered") & (Package.expires_at <= now), (Package.state == "draft") & closed)


def _has_a_deletion(since: datetime) -> ColumnElement[bool]:
    ours = Request.conversation_id == Conversation.id
    return exists().where(ours, *_IS_DELETED, Request.closed_at <= since)


def _has_rested(since: datetime) -> ColumnElement[bool]:
    """Nothing was under way in the talk since then."""
    later = exists().where(
        Request.conversation_id == Conversation.id, or_(Request.closed_at > since, Request.changed_at > since)
    )
    return erasing.is_at_rest() & (Conversation.changed_at <= since) & ~later


def _has_old_people(schedule: Schedule, now: datetime) -> ColumnElement[bool]:
    """It has closed requests, and for all of them the time is over by which somebody must be able to ask about them."""
    ours = (Request.conversation_id == Conversation.id) & Request.erased_at.is_(None)
    california = exists().where(Deadline.reference == Request.reference, Deadline.regime.startswith("california"))
    young = or_(
        Request.changed_at > now - schedule.tickets,
        (Request.changed_at > now - schedule.tickets_in_california) & california,
    )
    return exists().where(ours) & ~exists().where(ours, young)


async def _count(connection: AsyncConnection, which: Select[str]) -> int:
    return await connection.scalar(select(func.count()).select_from(which.subquery())) or 0


async def _resting(connection: AsyncConnection, talks: Sequence[str]) -> list[str]:
    found = await connection.scalars(
        select(Conversation.id).where(Conversation.id.in_(talks), erasing.is_at_rest()).order_by(Conversation.id)
    )
    return list(found)


async def _forget_messages(connection: AsyncConnection, messages: Sequence[str]) -> None:
    await erasing.forget_messages(connection, Inbox.id.in_(messages))


async def _forget_codes(connection: AsyncConnection, talks: Sequence[str]) -> None:
    await connection.execute(
        update(Conversation)
        .where(Conversation.id.in_(talks))
        .values(proof_kind="unproved", proof_digest=None, proof_until=None, proof_address=None, proof_wrong_tries=0)
    )


async def _erase_words(connection: AsyncConnection, talks: Sequence[str], *, now: datetime) -> None:
    for talk in talks:
        await erasing.erase_words(connection, talk, now=now)


async def _forget_events(connection: AsyncConnection, events: Sequence[str]) -> None:
    await connection.execute(delete(EventDelivery).where(EventDelivery.event_id.in_(events)))
    await connection.execute(delete(Event).where(Event.id.in_(events)))


async def _forget_viewings(connection: AsyncConnection, viewings: Sequence[str]) -> None:
    await connection.execute(delete(Viewing).where(Viewing.id.in_(viewings)))
