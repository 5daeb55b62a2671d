"""The staff's lists: pages of requests by what is due next, and what clerks keep beside them.

Law: a page costs the same at a thousand and at a million requests: it follows an index from where the last page ended,
and nothing is counted.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute, aliased

from bot.core.tickets import FINAL_STATES
from bot.keys import Keys
from bot.store import whose
from bot.store.database import Database
from bot.store.evidence import note_view
from bot.store.ids import new_id
from bot.store.schema import (
    Conversation,
    Inbox,
    Joined,
    Outbox,
    Presence,
    Proposal,
    Request,
    SavedView,
    StaffItem,
    Viewing,
)
from bot.store.schema.requests import END_OF_TIME

#: Whoever looked at a case this lately is still there.
PRESENT = timedelta(seconds=45)
#: The due date of what has none: it sorts behind every other.
END_OF_LIST = datetime.fromisoformat(END_OF_TIME)
#: Nobody's name.
NOBODY = "-"
#: Under way or closed; only where something is searched for, since no index follows it.
ANY_STATE = "any"
UNDER_WAY, CLOSED = "under_way", "closed"
#: An act on it waits for a second person's leave.
PROPOSED = "proposed"
#: Rows that a search looks at.
MOST_FOUND = 300
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = re.compile(r"([0-9]{1,18})~([0-9A-Z-]{1,40})", re.ASCII)
_LAST_LETTER = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which requests a list shows; "" and None leave a thing open."""

    #: None is every brand.
    brands: tuple[str, ...] | None = None
    #: UNDER_WAY, CLOSED, PROPOSED, a state, or for a search ANY_STATE.
    state: str = "under_way"
    right: str = ""
    channel: str = ""
    #: A clerk, or NOBODY.
    taken_by: str = ""
    #: The beginning of a reference or of a person's mailbox.
    search: str = ""
    #: Only what is due before.
    due_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page ended."""

    at: datetime
    reference: str

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}~{self.reference}"

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """What `str` has written; None for anything else."""
        found = _PLACE.fullmatch(text)
        if found is None:
            return None
        at = _EPOCH + min(timedelta(microseconds=int(found[1])), END_OF_LIST - _EPOCH)
        return cls(at=at, reference=found[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRow:
    """A request as the work list shows it."""

    reference: str
    brand: str
    right: str
    kind: str
    state: str
    received_at: datetime
    due_at: datetime
    closed_at: datetime | None
    held_at: datetime | None
    #: The proved mailbox, else the claimed one.
    person: str
    proved: bool
    #: The proof that its right needs.
    level: int
    taken_by: str
    channel: str
    #: Who has proposed an act that waits for leave, "" where none does.
    proposed_by: str = ""

    @property
    def place(self) -> Place:
        return Place(at=self.closed_at or self.due_at, reference=self.reference)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A list that a clerk has saved."""

    id: str
    name: str
    query: str


class Worklist:
    """The lists of one database; each method is one transaction."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database, self._keys = database, keys

    async def page(self, wanted: Wanted, *, after: Place | None, limit: int) -> list[WorkRow]:
        """The next rows behind `after`: by due date, or for closed ones the latest first."""
        async with self._database.reading() as connection:
            return await _page(connection, wanted, after, limit)

    async def newest_change(self, brands: tuple[str, ...] | None) -> str:
        """Something that differs after every message that came in and every one that was written."""
        async with self._database.reading() as connection:
            newest = [select(func.max(table.id)) for table in (Inbox, Outbox, StaffItem, Proposal)]
            found = [await connection.scalar(statement) or "" for statement in newest]
        return "-".join(found)

    async def views(self, clerk: str) -> list[View]:
        async with self._database.reading() as connection:
            found = await connection.execute(
                select(SavedView.id, SavedView.name, SavedView.query)
                .where(SavedView.clerk == clerk)
                .order_by(SavedView.id)
            )
            return [View(**row) for row in found.mappings()]

    async def save_view(self, clerk: str, name: str, query: str) -> None:
        async with self._database.writing() as connection:
            await connection.execute(insert(SavedView).values(id=new_id(), clerk=clerk, name=name, query=query))

    async def drop_view(self, clerk: str, view_id: str) -> None:
        async with self._database.writing() as connection:
            await connection.execute(delete(SavedView).where(SavedView.clerk == clerk, SavedView.id == view_id))

    async def looked(self, clerk: str, what: str, reference: str, *, now: datetime) -> None:
        """A clerk has seen personal data."""
        async with self._database.writing() as connection:
            values = {"id": new_id(), "at": now, "clerk": clerk, "what": what, "reference": reference}
            await connection.execute(insert(Viewing).values(**values))
            await note_view(connection, self._keys, reference, by=clerk, what=what, now=now)

    async def be_present(self, clerk: str, reference: str, *, now: datetime) -> list[str]:
        """The clerk has this case open; returns who else has."""
        async with self._database.writing() as connection:
            seen = await connection.execute(
                update(Presence).where(Presence.reference == reference, Presence.clerk == clerk).values(at=now)
            )
            if not seen.rowcount:
                await connection.execute(delete(Presence).where(Presence.at < now - timedelta(days=1)))
                await connection.execute(insert(Presence).values(reference=reference, clerk=clerk, at=now))
            others = await connection.execute(
                select(Presence.clerk)
                .where(Presence.reference == reference, Presence.clerk != clerk, Presence.at > now - PRESENT)
                .order_by(Presence.clerk)
            )
            return list(others.scalars())

    async def leave(self, clerk: str, reference: str) -> None:
        async with self._database.writing() as connection:
            await connection.execute(delete(Presence).where(Presence.reference == reference, Presence.clerk == clerk))

    async def viewings(self, *, reference: str = "", limit: int = 200) -> list[dict[str, object]]:
        """Who looked, the latest first."""
        wanted = [Viewing.reference == reference] if reference else []
        async with self._database.reading() as connection:
            found = await connection.execute(
                select(Viewing.at, Viewing.clerk, Viewing.what, Viewing.reference)
                .where(*wanted)
                .order_by(Viewing.id.desc())
                .limit(limit)
            )
            return [dict(row) for row in found.mappings()]


_LEAD = aliased(Request)
_PROPOSED_BY = (
    select(Proposal.clerk)
    .where(Proposal.reference == Request.reference, Proposal.state == "waiting")
    .correlate(Request)
    .scalar_subquery()
)
#: It is handled with another one that is under way, and stands in the list there.
_FOLLOWS = (
    exists()
    .where(Joined.reference == Request.reference, _LEAD.reference == Joined.lead, _LEAD.closed_at.is_(None))
    .correlate(Request)
)


async def _page(connection: AsyncConnection, wanted: Wanted, after: Place | None, limit: int) -> list[WorkRow]:
    closed = wanted.state in (CLOSED, *FINAL_STATES)
    at: InstrumentedAttribute[Any] = Request.closed_at if closed else Request.due_at
    by = (at, Request.reference)
    conditions = _conditions(wanted, closed=closed)
    if wanted.search:
        conditions.append(Request.reference.in_(await _found_by(connection, wanted)))
    if after is not None:
        here = tuple_(after.at, after.reference)
        conditions.append(tuple_(*by) < here if closed else tuple_(*by) > here)
    found = await connection.execute(
        select(
            *(Request.reference, Request.brand, Request.kind, Request.state, Request.received_at, Request.due_at),
            *(Request.closed_at, Request.held_at, Request.taken_by, Request.subject, Request.claimed_address),
            Request.right_name.label("right"),
            Request.level_needed.label("level"),
            Conversation.channel,
            func.coalesce(_PROPOSED_BY, "").label("proposed_by"),
        )
        .join(Conversation, Conversation.id == Request.conversation_id)
        .where(*conditions)
        .order_by(*(column.desc() if closed else column.asc() for column in by))
        .limit(limit)
    )
    return [
        WorkRow(
            person=row["subject"] or row["claimed_address"],
            proved=bool(row["subject"]),
            **{name: value for name, value in row.items() if name not in ("subject", "claimed_address")},
        )
        for row in found.mappings()
    ]


def _conditions(wanted: Wanted, *, closed: bool) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.state != ANY_STATE:
        found.append(Request.closed_at.is_not(None) if closed else Request.closed_at.is_(None))
    if wanted.brands is not None:
        found.append(_among(Request.brand, wanted.brands))
    if wanted.state == PROPOSED:
        found.append(Request.reference.in_(select(Proposal.reference).where(Proposal.state == "waiting")))
    if not closed and not wanted.search:
        found.append(~_FOLLOWS)
    if wanted.state not in (UNDER_WAY, CLOSED, PROPOSED, ANY_STATE):
        found.append(Request.state == wanted.state)
    if wanted.right:
        found.append(Request.right_name == wanted.right)
    if wanted.channel:
        found.append(Conversation.channel == wanted.channel)
    if wanted.taken_by:
        found.append(Request.taken_by == ("" if wanted.taken_by == NOBODY else wanted.taken_by))
    if wanted.due_before is not None:
        found.append(Request.due_at < wanted.due_before)
    return found


def _among(column: InstrumentedAttribute[str], values: Sequence[str]) -> ColumnElement[bool]:
    return column == values[0] if len(values) == 1 else column.in_(values)


async def _found_by(connection: AsyncConnection, wanted: Wanted) -> list[str]:
    """References by what they begin with, or by their person's whole mailbox, in any letter case; by indexes."""
    search = wanted.search.strip()
    among = [] if wanted.brands is None else [_among(Request.brand, wanted.brands)]
    found: dict[str, None] = {}
    conditions: list[ColumnElement[bool]] = [Request.reference.between(search.upper(), search.upper() + _LAST_LETTER)]
    for column in (Request.claimed_address, Request.subject):
        conditions.append(whose.sealed_in_any_case(connection, column, search))
        conditions.append(whose.as_stored(column).between(search, search + _LAST_LETTER))
    for condition in conditions:
        rows = await connection.scalars(select(Request.reference).where(condition, *among).limit(MOST_FOUND))
        found |= dict.fromkeys(rows)
    return list(found)
