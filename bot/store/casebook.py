"""A whole case as its page shows it: what was said on both sides, in order, and what else belongs to it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.protocol import Arrival
from bot.core.effects import Part
from bot.store import audit, serialise, whose
from bot.store.comparing import Compared, compared
from bot.store.database import Database
from bot.store.ids import new_id
from bot.store.schema import Audit, Conversation, Correction, Inbox, Joined, Outbox, Request, StaffItem

#: What the record calls it that a clerk has looked at a request.
LOOKED = "request_viewed"
#: Messages of one talk that are shown, the newest.
LONGEST_TALK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message of theirs or of ours."""

    id: str
    at: datetime
    channel: str
    ours: bool
    #: Of theirs: as it came in, None where its bytes are gone.
    arrival: Arrival | None = None
    #: Of ours.
    parts: tuple[Part, ...] = ()
    recipient: str = ""
    language: str = ""
    #: "code" or "reply".
    kind: str = ""
    state: str = ""
    reason: str = ""
    #: Who of the staff wrote it or let it go, "" the bot.
    by: str = ""
    intents: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    outcome: str = ""
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """Another request of the same talk or person."""

    reference: str
    right: str
    state: str
    brand: str
    received_at: datetime
    same_talk: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What was handed to a person."""

    id: str
    reason: str
    urgent: bool
    state: str
    at: datetime
    done_by: str
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A message of ours that has not left."""

    said: Said
    brand: str
    conversation: str
    #: The newest request of its talk, "" for none.
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A conversation with all that was said in it."""

    id: str
    brand: str
    channel: str
    address: str
    language: str
    said: tuple[Said, ...]
    items: tuple[Item, ...]
    corrections: tuple[dict[str, Any], ...] = field(default=())
    #: Since when a person of the shop answers, and the bot is silent.
    taken_over_at: datetime | None = None


class Casebook:
    """The cases of one database; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def talk(self, conversation_id: str) -> Talk | None:
        async with self._database.reading() as connection:
            row = (
                await connection.execute(
                    select(
                        *(Conversation.id, Conversation.brand, Conversation.channel),
                        *(Conversation.address, Conversation.language, Conversation.taken_over_at),
                    ).where(Conversation.id == conversation_id)
                )
            ).mappings().one_or_none()  # fmt: skip
            if row is None:
                return None
            said = [
                *await _theirs(connection, Inbox.conversation_id == conversation_id),
                *await _ours(connection, conversation_id),
            ]
            return Talk(
                **row,
                said=tuple(sorted(said, key=lambda one: (one.at, one.ours))),
                items=await _items(connection, conversation_id),
                corrections=await _corrections(connection, [one.id for one in said if not one.ours]),
            )

    async def linked(self, reference: str, conversation_id: str, people: Sequence[str], brand: str) -> list[Linked]:
        """The newest other requests of the talk, or of one of `people`'s mailboxes at the brand."""
        theirs = [person for person in people if "@" in person]
        async with self._database.reading() as connection:
            found = await connection.execute(
                select(
                    *(Request.reference, Request.state, Request.brand, Request.received_at),
                    Request.right_name.label("right"),
                    (Request.conversation_id == conversation_id).label("same_talk"),
                )
                .where(
                    Request.reference != reference,
                    Request.brand == brand,
                    or_(
                        Request.conversation_id == conversation_id,
                        whose.exactly(connection, Request.claimed_address, *theirs),
                        whose.exactly(connection, Request.subject, *theirs),
                    ),
                )
                .order_by(Request.received_at.desc())
                .limit(20)
            )
            return [Linked(**{**row, "same_talk": bool(row["same_talk"])}) for row in found.mappings()]

    async def unsent(self, state: str, brands: tuple[str, ...] | None, *, limit: int) -> list[Waiting]:
        """Messages of ours in "held" or "shadow", for some brands or (None) all, the newest first."""
        among = [] if brands is None else [Outbox.brand.in_(brands)]
        async with self._database.reading() as connection:
            return await _waiting(connection, Outbox.state == state, *among, limit=limit)

    async def waiting(self, outbox_id: str) -> Waiting | None:
        """The same for one."""
        async with self._database.reading() as connection:
            found = await _waiting(connection, Outbox.id == outbox_id, limit=1)
        return found[0] if found else None

    async def mark(self, reference: str) -> str:
        """Changes whenever a person or a clerk does something to the case; "" where there is none."""
        async with self._database.reading() as connection:
            return await mark_of(connection, reference)

    async def correct(
        self, *, inbox_id: str, reference: str, clerk: str, intents: Sequence[str], words: str, now: datetime
    ) -> None:
        """Keep what a message should have been read as."""
        async with self._database.writing() as connection:
            row = (await connection.execute(select(Inbox.brand, Inbox.intents).where(Inbox.id == inbox_id))).one()
            await connection.execute(
                insert(Correction).values(
                    id=new_id(),
                    inbox_id=inbox_id,
                    reference=reference,
                    brand=row.brand,
                    clerk=clerk,
                    at=now,
                    was=list(row.intents),
                    intents=list(intents),
                    words=words,
                )
            )

    async def corrected(self) -> list[tuple[Arrival | None, tuple[str, ...], str]]:
        """Every message that a clerk corrected: as it came, what it should have been read as, and the remark."""
        async with self._database.reading() as connection:
            found = await connection.execute(
                select(*_ARRIVED, Correction.intents.label("right"), Correction.words)
                .join(Correction, Correction.inbox_id == Inbox.id)
                .order_by(Correction.id)
            )
            return [(_arrival(row), tuple(row["right"]), row["words"]) for row in found.mappings()]

    async def compared(self, since: datetime, brands: tuple[str, ...] | None) -> list[Compared]:
        """What a mode has kept back since then, beside what staff did, for some brands or (None) all."""
        async with self._database.reading() as connection:
            return await compared(connection, since, brands)

    async def said(self, inbox_id: str) -> Said | None:
        """One message of theirs."""
        async with self._database.reading() as connection:
            found = await _theirs(connection, Inbox.id == inbox_id)
        return found[0] if found else None


async def mark_of(connection: AsyncConnection, reference: str) -> str:
    joined = await connection.scalars(select(Joined.reference).where(Joined.lead == reference))
    together = (reference, *sorted(joined))
    talks = list(await connection.scalars(select(Request.conversation_id).where(Request.reference.in_(together))))
    if not talks:
        return ""
    # To look at a case changes nothing of it.
    chains = [audit.of_request(one) for one in together]
    acts = await connection.scalar(select(func.count()).where(Audit.chain.in_(chains), Audit.event != LOOKED))
    came = await connection.scalar(select(func.max(Inbox.id)).where(Inbox.conversation_id.in_(talks)))
    went = await connection.scalar(select(func.max(Outbox.id)).where(Outbox.conversation_id.in_(talks)))
    return f"{acts or 0}.{came or ''}.{went or ''}"


_ARRIVED = (
    *(Inbox.id, Inbox.channel, Inbox.brand, Inbox.raw, Inbox.received_at, Inbox.accepted_at, Inbox.external_id),
    *(Inbox.origin, Inbox.envelope, Inbox.state, Inbox.intents, Inbox.rules, Inbox.outcome, Inbox.reason),
)


def _arrival(row: RowMapping) -> Arrival | None:
    if not row["raw"]:
        return None
    return Arrival(
        channel=row["channel"],
        brand=row["brand"],
        raw=row["raw"],
        received_at=row["received_at"] or row["accepted_at"],
        external_id=row["external_id"] or "",
        origin=row["origin"] or {},
        envelope=row["envelope"] or {},
    )


async def _theirs(connection: AsyncConnection, which: ColumnElement[bool]) -> list[Said]:
    found = await connection.execute(select(*_ARRIVED).where(which).order_by(Inbox.id.desc()).limit(LONGEST_TALK))
    return [
        Said(
            id=row["id"],
            at=row["accepted_at"],
            channel=row["channel"],
            ours=False,
            arrival=_arrival(row),
            state=row["state"],
            reason=row["reason"],
            outcome=row["outcome"],
            intents=tuple(row["intents"]),
            rules=tuple(row["rules"]),
        )
        for row in found.mappings()
    ]


_SAID = (
    *(Outbox.id, Outbox.created_at, Outbox.channel, Outbox.parts, Outbox.recipient, Outbox.language, Outbox.kind),
    *(Outbox.state, Outbox.reason, Outbox.approved_by, Outbox.finished_at, Outbox.intents),
)


async def _waiting(connection: AsyncConnection, *conditions: ColumnElement[bool], limit: int) -> list[Waiting]:
    newest = (
        select(func.max(Request.reference))
        .where(Request.conversation_id == Outbox.conversation_id)
        .correlate(Outbox)
        .scalar_subquery()
    )
    found = await connection.execute(
        select(*_SAID, Outbox.brand, Outbox.conversation_id, newest.label("reference"))
        .where(*conditions)
        .order_by(Outbox.id.desc())
        .limit(limit)
    )
    return [
        Waiting(
            said=_our_words(row),
            brand=row["brand"],
            conversation=row["conversation_id"],
            reference=row["reference"] or "",
        )
        for row in found.mappings()
    ]


async def _ours(connection: AsyncConnection, conversation_id: str) -> list[Said]:
    found = await connection.execute(
        select(*_SAID).where(Outbox.conversation_id == conversation_id).order_by(Outbox.id.desc()).limit(LONGEST_TALK)
    )
    return [_our_words(row) for row in found.mappings()]


def _our_words(row: RowMapping) -> Said:
    return Said(
        id=row["id"],
        at=row["created_at"],
        channel=row["channel"],
        ours=True,
        parts=serialise.parts_from_json(row["parts"]),
        recipient=row["recipient"],
        language=row["language"],
        kind=row["kind"],
        state=row["state"],
        reason=row["reason"],
        by=row["approved_by"],
        intents=tuple(row["intents"]),
        finished_at=row["finished_at"],
    )


async def _items(connection: AsyncConnection, conversation_id: str) -> tuple[Item, ...]:
    found = await connection.execute(
        select(
            *(StaffItem.id, StaffItem.reason, StaffItem.urgent, StaffItem.state, StaffItem.done_by),
            *(StaffItem.reference, StaffItem.created_at.label("at")),
        )
        .where(StaffItem.conversation_id == conversation_id)
        .order_by(StaffItem.id)
    )
    return tuple(Item(**row) for row in found.mappings())


async def _corrections(connection: AsyncConnection, messages: Sequence[str]) -> tuple[dict[str, Any], ...]:
    found = await connection.execute(
        select(
            *(Correction.inbox_id, Correction.clerk, Correction.at),
            *(Correction.was, Correction.intents, Correction.words),
        )
        .where(Correction.inbox_id.in_(messages))
        .order_by(Correction.id)
    )
    return tuple(dict(row) for row in found.mappings())
