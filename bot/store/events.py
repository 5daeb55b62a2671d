"""Events for other programs: written in the transaction in which something happened, and told to each receiver.

Law: an event names a request or a suppression and holds words out of closed lists; whose it is gets looked up when it
leaves. It is told at least once, always with the same id; a receiver that does not answer is tried for three days.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import calling
from bot.store.database import Database
from bot.store.ids import new_id
from bot.store.schema import Event, EventDelivery, Request, Suppression

_NOTHING: Mapping[str, str] = {}
#: Seconds until the next attempt (Standard Webhooks, "Retries"); the end of the list is the end of trying.
BACK_OFF = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
#: While somebody tells an event, nobody else does.
_LEASE = timedelta(minutes=2)
_BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One event that is due to one receiver."""

    event_id: str
    receiver: str
    kind: str
    brand: str
    at: datetime
    #: What the receiver is told, JSON values.
    data: Mapping[str, Any]
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """An event that a receiver never took."""

    event_id: str
    receiver: str
    kind: str
    reference: str
    at: datetime
    reason: str


class Events:
    """The events of one database; each method is one transaction."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock

    async def spread(self, receivers: Mapping[str, str]) -> int:
        """Address the new events: each to every receiver (its name, and its brand or "") that it is for."""
        now = self._clock()
        async with self._database.reading() as connection:
            if await connection.scalar(select(Event.id).where(~Event.spread).limit(1)) is None:
                return 0
        async with self._database.writing() as connection:
            found = await connection.execute(
                select(Event.id, Event.brand).where(~Event.spread).order_by(Event.id).limit(_BATCH).with_for_update()
            )
            events = found.all()
            rows = [
                {
                    "event_id": event.id,
                    "receiver": name,
                    "state": "waiting",
                    "attempts": 0,
                    "not_before": now,
                    "reason": "",
                }
                for event in events
                for name, brand in receivers.items()
                if brand in ("", event.brand)
            ]
            if rows:
                await connection.execute(insert(EventDelivery), rows)
            await connection.execute(update(Event).where(Event.id.in_([e.id for e in events])).values(spread=True))
            return len(events)

    async def claim(self, receivers: Sequence[str]) -> Telling | None:
        """The oldest event that is due to one of `receivers`; it is put off for whoever else looks."""
        now = self._clock()
        due = (EventDelivery.state == "waiting", EventDelivery.not_before <= now)
        async with self._database.reading() as connection:
            if await connection.scalar(select(EventDelivery.event_id).where(*due).limit(1)) is None:
                return None
        async with self._database.writing() as connection:
            found = await connection.execute(
                select(*Event.__table__.columns, EventDelivery.receiver, EventDelivery.attempts)
                .join(EventDelivery, EventDelivery.event_id == Event.id)
                .where(*due, EventDelivery.receiver.in_(receivers))
                .order_by(Event.id)
                .limit(1)
                .with_for_update(of=EventDelivery, skip_locked=True)
            )
            row = found.mappings().one_or_none()
            if row is None:
                return None
            await _set(connection, row["id"], row["receiver"], not_before=now + _LEASE)
            return Telling(
                event_id=row["id"],
                receiver=row["receiver"],
                kind=row["kind"],
                brand=row["brand"],
                at=row["at"],
                data=await _data(connection, row["brand"], row["reference"], row["digest"], row["details"]),
                attempts=row["attempts"],
            )

    async def told(self, telling: Telling) -> None:
        """The receiver took it."""
        now = self._clock()
        async with self._database.writing() as connection:
            await _set(connection, telling.event_id, telling.receiver, state="delivered", reason="", finished_at=now)

    async def put_off(self, telling: Telling, reason: str) -> bool:
        """It did not; tried again later, or never: False at the end, of which staff hear."""
        now, attempts = self._clock(), telling.attempts + 1
        goes_on = attempts <= len(BACK_OFF)
        values: dict[str, Any] = {"attempts": attempts, "reason": reason}
        if goes_on:
            values["not_before"] = now + timedelta(seconds=BACK_OFF[attempts - 1])
        else:
            values |= {"state": "failed", "finished_at": now}
        async with self._database.writing() as connection:
            await _set(connection, telling.event_id, telling.receiver, **values)
            if not goes_on:
                await calling.event_failed(connection, telling.event_id, now=now)
        return goes_on

    async def failed(self) -> list[Untold]:
        """What receivers never took, oldest first."""
        columns = (Event.kind, Event.reference, Event.at, EventDelivery.receiver, EventDelivery.reason)
        async with self._database.reading() as connection:
            found = await connection.execute(
                select(Event.id.label("event_id"), *columns)
                .join(EventDelivery, EventDelivery.event_id == Event.id)
                .where(EventDelivery.state == "failed")
                .order_by(Event.id)
            )
            return [Untold(**row) for row in found.mappings()]

    async def retry(self) -> int:
        """Try again all that failed; how many."""
        async with self._database.writing() as connection:
            changed = await connection.execute(
                update(EventDelivery)
                .where(EventDelivery.state == "failed")
                .values(state="waiting", attempts=0, not_before=self._clock(), finished_at=None)
            )
            return changed.rowcount


async def write(
    connection: AsyncConnection,
    kind: str,
    *,
    brand: str,
    now: datetime,
    reference: str = "",
    digest: str = "",
    details: Mapping[str, str] = _NOTHING,
) -> None:
    """Let the receivers know of it once the transaction is committed; `kind` is e.g. "request.open"."""
    await connection.execute(
        insert(Event).values(
            id=new_id(),
            kind=kind,
            brand=brand,
            reference=reference,
            digest=digest,
            details=dict(details),
            at=now,
            spread=False,
        )
    )


async def request_moved(connection: AsyncConnection, reference: str, *, now: datetime) -> None:
    """The state that a request has now, as an event."""
    row = (await connection.execute(select(Request.brand, Request.state).where(Request.reference == reference))).one()
    kind, details = f"request.{row.state}", {"state": row.state}
    await write(connection, kind, brand=row.brand, now=now, reference=reference, details=details)


async def _set(connection: AsyncConnection, event_id: str, receiver: str, **values: object) -> None:
    await connection.execute(
        update(EventDelivery)
        .where(EventDelivery.event_id == event_id, EventDelivery.receiver == receiver)
        .values(**values)
    )


async def _data(
    connection: AsyncConnection, brand: str, reference: str, digest: str, details: Mapping[str, Any]
) -> dict[str, Any]:
    data = {"brand": brand, **details}
    if reference:
        columns = (Request.right_name, Request.kind, Request.received_at, Request.due_at, Request.closed_at)
        row = (await connection.execute(select(*columns).where(Request.reference == reference))).one()
        moments = {"received_at": row.received_at, "due_at": None if row.closed_at else row.due_at}
        data |= {"reference": reference, "right": row.right_name, "kind": row.kind}
        data |= {name: moment.isoformat() if moment else None for name, moment in moments.items()}
    if digest:
        address = await connection.scalar(select(Suppression.address).where(Suppression.digest == digest))
        data |= {"digest": digest, "address": address}
    return data
