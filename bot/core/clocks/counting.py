"""Counts from a receipt to a deadline: months, days and business days, with the sum written out."""

from calendar import monthrange
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays

from bot.core.clocks.values import Clock, Deadline, Unit

_FRIDAY = 4
_LAST_MOMENT = time(23, 59, 59)


def due_at(clock: Clock, received_at: datetime, *, time_zone: str) -> Deadline:
    """The deadline that `clock` sets for a request received at `received_at` (aware)."""
    zone = ZoneInfo(time_zone)
    received = received_at.astimezone(zone).date()
    counted = _count(clock, received)
    last = _roll(clock, counted) if clock.rolls else counted
    return Deadline(
        regime=clock.regime,
        step=clock.step,
        due_at=end_of(last, time_zone),
        due_on=last.isoformat(),
        sum=_write_out(clock, received, counted, last),
        source=clock.source,
    )


def end_of(day: date, time_zone: str) -> datetime:
    """The last moment of `day` in `time_zone`, in UTC."""
    return datetime.combine(day, _LAST_MOMENT, ZoneInfo(time_zone)).astimezone(UTC)


def extended(deadline: Deadline, clock: Clock, received_at: datetime, *, time_zone: str) -> Deadline:
    """The same deadline after its one extension, counted from receipt anew; never earlier than it was."""
    longer = due_at(replace(clock, count=clock.extended), received_at, time_zone=time_zone)
    later = max(longer, deadline, key=lambda found: found.due_at)
    return replace(later, sum=f"{deadline.sum}; extended: {longer.sum}", extended=True)


def paused(deadline: Deadline, clock: Clock, held_at: datetime, until: datetime, *, time_zone: str) -> Deadline:
    """The deadline after standing still from `held_at` to `until`: whole days only, so never later than the law."""
    days = max((until - held_at).days, 0)
    moved = date.fromisoformat(deadline.due_on) + timedelta(days=days)
    last = _roll(clock, moved) if clock.rolls else moved
    return replace(
        deadline,
        due_at=end_of(last, time_zone),
        due_on=last.isoformat(),
        sum=f"{deadline.sum}; paused from {held_at.date()} for {days} days = {last}",
    )


def _count(clock: Clock, received: date) -> date:
    match clock.unit:
        case Unit.MONTHS:
            return _add_months(received, clock.count)
        case Unit.DAYS:
            return received + timedelta(days=clock.count)
        case Unit.BUSINESS_DAYS:
            return _add_business_days(received, clock.count, clock.calendar)


def _add_months(start: date, months: int) -> date:
    """The corresponding date, or the month's last day where there is none (Regulation 1182/71 Art. 3(2)(c))."""
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def _add_business_days(start: date, count: int, calendar: str) -> date:
    day = start
    while count:
        day += timedelta(days=1)
        count -= _is_business_day(day, calendar)
    return day


def _roll(clock: Clock, day: date) -> date:
    while not _is_business_day(day, clock.calendar):
        day += timedelta(days=1)
    return day


def _is_business_day(day: date, calendar: str) -> bool:
    if day.weekday() >= 5:
        return False
    return not calendar or not all(_is_holiday(day, name.strip()) for name in calendar.split("&"))


def _is_holiday(day: date, calendar: str) -> bool:
    """Of one calendar. In the United States a Saturday's holiday leaves the Friday before it a business day.

    Only federal offices close on that Friday (5 USC 6103(b)); where the law is in doubt, the earlier date is safe.
    """
    country, _, subdivision = calendar.partition("-")
    known = holidays.country_holidays(country, subdiv=subdivision or None, years=(day.year, day.year + 1))
    moved = country == "US" and day.weekday() == _FRIDAY and day + timedelta(days=1) in known
    return day in known and not moved


def _write_out(clock: Clock, received: date, counted: date, last: date) -> str:
    unit = clock.unit.value.replace("_", " ")
    unit = unit.removesuffix("s") if clock.count == 1 else unit
    rolled = f", next working day {last}" if last != counted else ""
    return f"received {received}, + {clock.count} {unit} = {counted}{rolled} ({clock.source})"
