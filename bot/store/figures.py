"""Figures for the dashboard: counts and lengths of time over a window; no person in them.

Law: what is read is bounded, by the window and by a limit, so that a big desk's page stays quick.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.schema import Inbox, Outbox, Request, Silence, StaffItem

#: Rows that one figure is made of, the newest.
MOST_ROWS = 20_000
#: The lines that say that a policy is silent, on all of a message or on a part of it.
_SILENT = frozenset(("policy_does_not_say", "policy_does_not_say_all"))
_OUTCOMES_OF_OTHERS = ("", "untouched", "dropped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """How long something took, over many requests."""

    brand: str
    right: str
    count: int
    median: timedelta
    p95: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Everything that the dashboard shows."""

    since: datetime
    open: int
    overdue: int
    due_this_week: int
    unassigned: int
    first_answer: tuple[Lengths, ...]
    closure: tuple[Lengths, ...]
    #: The first days of the weeks, oldest first.
    weeks: tuple[date, ...]
    #: Channel, or intent -> messages in each week.
    by_channel: dict[str, list[int]]
    by_intent: dict[str, list[int]]
    #: Privacy messages that were handled, and those of them that went to a person.
    handled: int
    handed_over: int
    #: Topic, "" for what none names -> questions that the policies have no answer to, ever.
    silent: dict[str, int]
    #: (state, reason) -> messages of ours that did not arrive.
    undelivered: dict[tuple[str, str], int]


class Figures:
    """The figures of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def between(self, since: datetime, now: datetime, brands: tuple[str, ...] | None) -> Figure:
        """Of the time from `since` until `now`, for some brands or (None) all."""
        async with self._database.reading() as connection:
            received = await _received(connection, since, brands)
            weeks = _weeks(since, now)
            replies = await _replies(connection, since, brands)
            return Figure(
                since=since,
                open=await _count(connection, brands),
                overdue=await _count(connection, brands, Request.due_at < now),
                due_this_week=await _count(
                    connection, brands, Request.due_at >= now, Request.due_at < now + timedelta(days=7)
                ),
                unassigned=await _count(connection, brands, Request.taken_by == ""),
                first_answer=await _first_answers(connection, since, brands),
                closure=await _closures(connection, since, brands),
                weeks=weeks,
                by_channel=_in_weeks(weeks, ((row.accepted_at, [row.channel]) for row in received)),
                by_intent=_in_weeks(weeks, ((row.accepted_at, row.intents) for row in received)),
                handled=len(received),
                handed_over=await _handed_over(connection, since, brands),
                silent=await _silent(connection, brands),
                undelivered=dict(
                    Counter(
                        (row.state, row.reason) for row in replies if row.state in ("failed", "uncertain", "stopped")
                    ).most_common()
                ),
            )

    async def unanswered(self, brand: str, since: datetime, *, limit: int) -> list[tuple[str, datetime]]:
        """The messages to which the brand's policy had no answer, the newest first: inbox id and moment."""
        async with self._database.reading() as connection:
            rows = await _replies(connection, since, (brand,))
        found = [row for row in rows if any(part.get("line") in _SILENT for part in row.parts)]
        return [(row.inbox_id, row.created_at) for row in found[:limit]]


def id_at(moment: datetime) -> str:
    """The smallest id of a row that was made at `moment` or later: ids begin with their time."""
    return f"{int(moment.timestamp() * 1_000_000_000):016x}"


def percentile(sorted_lengths: Sequence[timedelta], share: float) -> timedelta:
    """The nearest rank."""
    rank = max(0, min(len(sorted_lengths) - 1, round(share * len(sorted_lengths) + 0.5) - 1))
    return sorted_lengths[rank]


def _of(column: Any, brands: tuple[str, ...] | None) -> list[ColumnElement[bool]]:
    return [] if brands is None else [column.in_(brands)]


async def _count(connection: AsyncConnection, brands: tuple[str, ...] | None, *more: ColumnElement[bool]) -> int:
    statement = select(func.count()).select_from(Request).where(Request.closed_at.is_(None), *more)
    return await connection.scalar(statement.where(*_of(Request.brand, brands))) or 0


async def _closures(
    connection: AsyncConnection, since: datetime, brands: tuple[str, ...] | None
) -> tuple[Lengths, ...]:
    found = await connection.execute(
        select(Request.brand, Request.right_name, Request.received_at, Request.closed_at)
        .where(Request.closed_at >= since, *_of(Request.brand, brands))
        .order_by(Request.closed_at.desc())
        .limit(MOST_ROWS)
    )
    return _lengths((row.brand, row.right_name, row.closed_at - row.received_at) for row in found if row.closed_at)


async def _first_answers(
    connection: AsyncConnection, since: datetime, brands: tuple[str, ...] | None
) -> tuple[Lengths, ...]:
    lately = (
        select(Request.inbox_id, Request.brand, Request.right_name, Request.received_at)
        .where(Request.received_at >= since, *_of(Request.brand, brands))
        .order_by(Request.received_at.desc())
        .limit(MOST_ROWS)
        .subquery()
    )
    answered = func.min(Outbox.finished_at)
    found = await connection.execute(
        select(lately.c.brand, lately.c.right_name, lately.c.received_at, answered.label("answered"))
        .join(Outbox, Outbox.inbox_id == lately.c.inbox_id)
        .where(Outbox.kind == "reply", Outbox.state == "sent")
        .group_by(lately.c.inbox_id, lately.c.brand, lately.c.right_name, lately.c.received_at)
    )
    return _lengths((row.brand, row.right_name, row.answered - row.received_at) for row in found if row.answered)


def _lengths(rows: Iterable[tuple[str, str, timedelta]]) -> tuple[Lengths, ...]:
    found: dict[tuple[str, str], list[timedelta]] = {}
    for brand, right, length in rows:
        found.setdefault((brand, right), []).append(max(length, timedelta()))
    return tuple(
        Lengths(
            brand=brand,
            right=right,
            count=len(lengths),
            median=percentile(sorted(lengths), 0.5),
            p95=percentile(sorted(lengths), 0.95),
        )
        for (brand, right), lengths in sorted(found.items())
    )


async def _received(connection: AsyncConnection, since: datetime, brands: tuple[str, ...] | None) -> Sequence[Any]:
    """Privacy messages that were handled."""
    found = await connection.execute(
        select(Inbox.accepted_at, Inbox.channel, Inbox.intents)
        .where(
            Inbox.id >= id_at(since),
            Inbox.state == "done",
            Inbox.outcome.not_in(_OUTCOMES_OF_OTHERS),
            *_of(Inbox.brand, brands),
        )
        .order_by(Inbox.id.desc())
        .limit(MOST_ROWS)
    )
    return found.all()


async def _handed_over(connection: AsyncConnection, since: datetime, brands: tuple[str, ...] | None) -> int:
    messages = select(func.count(StaffItem.inbox_id.distinct())).where(StaffItem.id >= id_at(since))
    return await connection.scalar(messages.where(*_of(StaffItem.brand, brands))) or 0


async def _silent(connection: AsyncConnection, brands: tuple[str, ...] | None) -> dict[str, int]:
    times = func.sum(Silence.times)
    found = await connection.execute(
        select(Silence.topic, times.label("times"))
        .where(*_of(Silence.brand, brands))
        .group_by(Silence.topic)
        .order_by(times.desc(), Silence.topic)
    )
    return {row.topic: int(row.times) for row in found}


async def _replies(connection: AsyncConnection, since: datetime, brands: tuple[str, ...] | None) -> Sequence[Any]:
    found = await connection.execute(
        select(Outbox.inbox_id, Outbox.created_at, Outbox.parts, Outbox.intents, Outbox.state, Outbox.reason)
        .where(Outbox.id >= id_at(since), *_of(Outbox.brand, brands))
        .order_by(Outbox.id.desc())
        .limit(MOST_ROWS)
    )
    return found.all()


def _weeks(since: datetime, now: datetime) -> tuple[date, ...]:
    first = since.date() - timedelta(days=since.weekday())
    return tuple(first + timedelta(weeks=number) for number in range((now.date() - first).days // 7 + 1))


def _in_weeks(weeks: Sequence[date], rows: Iterable[tuple[datetime, Sequence[str]]]) -> dict[str, list[int]]:
    counts: dict[str, list[int]] = {}
    for moment, names in rows:
        place = (moment.date() - weeks[0]).days // 7
        if 0 <= place < len(weeks):
            for name in names:
                counts.setdefault(name, [0] * len(weeks))[place] += 1
    return dict(sorted(counts.items(), key=lambda entry: -sum(entry[1])))
