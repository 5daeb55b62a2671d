"""Clocks: by date where the law is easily got wrong, and by property: never later than the law."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.clocks import Clock, Deadline, Unit, due_at, of_regimes, read_clocks
from bot.core.draft import Draft
from bot.core.effects import OpenRequest
from bot.core.opening import deadlines
from bot.core.tickets import LEVELS

from .builders import a_conversation, a_mail, a_playbook, a_turn, decided, only

TABLE = read_clocks(files("bot.core.clocks").joinpath("regimes.toml").read_text(), every_right=frozenset(LEVELS))
REGIMES = ("eu", "uk", "california", "us")
MIDDAYS = st.datetimes(datetime(2024, 1, 1, 12), datetime(2032, 12, 31, 12), timezones=st.just(UTC))
ZONES = st.sampled_from(
    ["UTC", "Europe/London", "Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland", "Pacific/Kiritimati"]
)


def the_clock(regime: str, right: str, step: str = "answer") -> Clock:
    """The strictest clock of a regime for `right`: the last that the table names for it alone, else that for all."""
    found = [clock for clock in of_regimes(TABLE, [regime]) if right in clock.rights and clock.step == step]
    return min(found, key=lambda clock: due_at(clock, datetime(2026, 3, 2, tzinfo=UTC), time_zone="UTC").due_at)


def due_on(clock: Clock, day: str, *, time_zone: str = "UTC", hour: int = 12) -> str:
    received = datetime.combine(date.fromisoformat(day), time(hour), ZoneInfo(time_zone))
    return due_at(clock, received, time_zone=time_zone).due_on


# One month, EU: the corresponding date, or the month's last day.


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-03-02", "2026-04-02"),
        ("2026-01-31", "2026-02-28"),
        ("2028-01-31", "2028-02-29"),
        ("2028-01-29", "2028-02-29"),
        ("2027-01-29", "2027-02-28"),
        ("2028-02-29", "2028-03-29"),
        ("2026-02-28", "2026-03-28"),
        ("2026-08-31", "2026-09-30"),
        ("2026-12-31", "2027-01-31"),
        ("2026-11-30", "2026-12-30"),
        # 2100 is no leap year.
        ("2100-01-31", "2100-02-28"),
    ],
)
def test_one_month_ends_on_the_corresponding_date_or_the_last_of_the_month(received: str, due: str) -> None:
    assert due_on(the_clock("eu", "access"), received) == due


# One month, UK: rolls over weekends and the bank holidays of England.


@pytest.mark.parametrize(
    ("received", "due", "why"),
    [
        ("2026-03-02", "2026-04-02", "a Thursday stays"),
        ("2026-03-03", "2026-04-07", "Good Friday to Easter Monday, so Tuesday"),
        ("2026-01-31", "2026-03-02", "28 February is a Saturday"),
        ("2026-03-09", "2026-04-09", "an ordinary Thursday"),
        ("2026-11-25", "2026-12-29", "Christmas, a weekend, and Boxing Day's substitute on Monday"),
        ("2026-12-01", "2027-01-04", "New Year's Day is a Friday"),
        ("2026-04-04", "2026-05-05", "the early May bank holiday"),
        ("2026-07-31", "2026-09-01", "the summer bank holiday is 31 August"),
    ],
)
def test_the_uk_month_rolls_to_the_next_working_day(received: str, due: str, why: str) -> None:
    assert due_on(the_clock("uk", "access"), received, time_zone="Europe/London") == due, why


def test_a_uk_complaint_is_acknowledged_in_thirty_days_without_rolling() -> None:
    clock = the_clock("uk", "complaint", "acknowledge")

    assert (due_on(clock, "2026-03-05"), clock.rolls) == ("2026-04-04", False)


# California: 45 days from receipt, business days for the rest.


def test_california_answers_in_forty_five_days() -> None:
    assert due_on(the_clock("california", "deletion"), "2026-03-02", time_zone="America/Los_Angeles") == "2026-04-16"


@pytest.mark.parametrize(
    ("received", "due", "why"),
    [
        ("2026-03-02", "2026-03-16", "two plain weeks"),
        ("2026-03-06", "2026-03-20", "a Friday does not count its weekend"),
        ("2026-03-07", "2026-03-20", "a Saturday begins to count on Monday"),
        ("2026-06-26", "2026-07-10", "only federal offices keep Friday, 3 July, for the Saturday after it"),
    ],
)
def test_california_acknowledges_in_ten_business_days(received: str, due: str, why: str) -> None:
    clock = the_clock("california", "access", "acknowledge")

    assert due_on(clock, received, time_zone="America/Los_Angeles") == due, why


def test_california_stops_a_sale_in_fifteen_business_days_and_not_in_forty_five_days() -> None:
    clock = the_clock("california", "opt_out_of_sale")

    assert (clock.count, clock.unit) == (15, Unit.BUSINESS_DAYS)
    assert due_on(clock, "2026-03-02", time_zone="America/Los_Angeles") == "2026-03-23"


def test_commercial_mail_stops_in_ten_business_days() -> None:
    assert due_on(the_clock("us", "unsubscribe"), "2026-03-02") == "2026-03-16"


# The day of receipt and the end of the last day are those of the shop.


@pytest.mark.parametrize(
    ("zone", "due"), [("UTC", "2026-04-01"), ("Europe/Berlin", "2026-04-01"), ("America/Los_Angeles", "2026-03-28")]
)
def test_the_day_of_receipt_is_the_shops(zone: str, due: str) -> None:
    received = datetime(2026, 3, 1, 0, 30, tzinfo=UTC)

    assert due_at(the_clock("eu", "access"), received, time_zone=zone).due_on == due


@pytest.mark.parametrize(
    ("received", "utc"),
    [
        ("2026-01-20", datetime(2026, 2, 20, 22, 59, 59, tzinfo=UTC)),
        # Summer time begins between receipt and deadline.
        ("2026-03-20", datetime(2026, 4, 20, 21, 59, 59, tzinfo=UTC)),
        # It begins, or ends, on the last day itself.
        ("2026-02-28", datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC)),
        ("2026-09-25", datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_deadline_is_the_last_second_of_its_day_summer_time_or_not(received: str, utc: datetime) -> None:
    at_noon = datetime.combine(date.fromisoformat(received), time(12), ZoneInfo("Europe/Berlin"))

    assert due_at(the_clock("eu", "access"), at_noon, time_zone="Europe/Berlin").due_at == utc


def test_where_the_last_hour_comes_twice_the_first_one_counts() -> None:
    """In Cairo clocks go back from midnight to 23:00."""
    received = datetime(2026, 9, 29, 12, tzinfo=ZoneInfo("Africa/Cairo"))

    deadline = due_at(the_clock("eu", "access"), received, time_zone="Africa/Cairo")

    assert deadline.due_at == datetime(2026, 10, 29, 20, 59, 59, tzinfo=UTC)


def test_friday_evening_counts_like_friday_morning() -> None:
    clock = the_clock("uk", "access")

    evening, morning = (due_on(clock, "2026-03-06", time_zone="Europe/London", hour=hour) for hour in (23, 1))
    assert evening == morning == "2026-04-07"


# Several clocks.


def test_a_request_carries_every_clock_that_applies_strictest_first() -> None:
    playbook = a_playbook(clocks=of_regimes(TABLE, REGIMES))
    draft = Draft(turn=a_turn(a_mail()), playbook=playbook, conversation=a_conversation(a_mail()))

    found = deadlines(draft, "access")

    assert [(deadline.regime, deadline.step, deadline.due_on) for deadline in found] == [
        ("california", "acknowledge", "2026-03-16"),
        ("eu", "answer", "2026-04-02"),
        ("uk", "answer", "2026-04-02"),
        ("california", "answer", "2026-04-16"),
        ("us", "answer", "2026-04-16"),
    ]


def test_people_are_told_the_day_of_the_answer_and_not_of_the_receipt_that_comes_before_it() -> None:
    decision = decided(a_turn(a_mail(), "access"), playbook=a_playbook(clocks=of_regimes(TABLE, ["california"])))

    request = only(decision, OpenRequest).request
    assert (request.deadlines[0].step, request.due_on) == ("acknowledge", "2026-04-16")


@pytest.mark.parametrize("regime", REGIMES)
def test_every_regime_has_an_answer_clock_for_every_right(regime: str) -> None:
    answering = [clock for clock in of_regimes(TABLE, [regime]) if clock.step == "answer"]

    assert {right for clock in answering for right in clock.rights} == set(LEVELS)


def test_the_sum_is_written_out() -> None:
    deadline = due_at(the_clock("uk", "access"), datetime(2026, 3, 3, 12, tzinfo=UTC), time_zone="Europe/London")

    assert deadline.sum.startswith("received 2026-03-03, + 1 month = 2026-04-03, next working day 2026-04-07 (")


# Never later than the law.


@given(received=MIDDAYS, zone=ZONES)
def test_the_eu_month_is_never_longer_than_the_next_month_has_days(received: datetime, zone: str) -> None:
    begun = received.astimezone(ZoneInfo(zone)).date()
    due = date.fromisoformat(due_at(the_clock("eu", "access"), received, time_zone=zone).due_on)

    assert (due.year * 12 + due.month) - (begun.year * 12 + begun.month) == 1
    assert due.day == min(begun.day, monthrange(due.year, due.month)[1])


@given(received=MIDDAYS)
def test_the_uk_month_rolls_over_closed_days_only(received: datetime) -> None:
    zone = ZoneInfo("Europe/London")
    month = due_at(the_clock("eu", "access"), received, time_zone=zone.key)
    rolled = due_at(the_clock("uk", "access"), received, time_zone=zone.key)

    counted, last = date.fromisoformat(month.due_on), date.fromisoformat(rolled.due_on)
    assert is_open(last, "GB", "ENG")
    between = (counted + timedelta(days=number) for number in range((last - counted).days))
    assert not any(is_open(day, "GB", "ENG") for day in between)


@given(received=MIDDAYS)
def test_business_days_are_counted_one_by_one(received: datetime) -> None:
    zone = "America/Los_Angeles"
    clock = the_clock("california", "opt_out_of_sale")
    begun = received.astimezone(ZoneInfo(zone)).date()
    due = date.fromisoformat(due_at(clock, received, time_zone=zone).due_on)

    after = [begun + timedelta(days=number) for number in range(1, (due - begun).days + 1)]
    # Never more than fifteen of the days on which California works; at the most so many fewer as it keeps alone.
    assert 11 <= sum(is_open(day, "US", "CA") for day in after) <= 15
    assert due.weekday() < 5


@given(received=MIDDAYS, zone=ZONES, clock=st.sampled_from(TABLE))
def test_a_deadline_is_the_end_of_its_day_there_and_told_as_that_day(
    received: datetime, zone: str, clock: Clock
) -> None:
    deadline = due_at(clock, received, time_zone=zone)

    there = deadline.due_at.astimezone(ZoneInfo(zone))
    assert (there.date().isoformat(), there.time()) == (deadline.due_on, time(23, 59, 59))
    assert deadline.due_at > received


@given(one=MIDDAYS, other=MIDDAYS, clock=st.sampled_from(TABLE))
def test_who_writes_later_is_never_due_earlier(one: datetime, other: datetime, clock: Clock) -> None:
    first, second = sorted((one, other))

    assert due(clock, first).due_at <= due(clock, second).due_at


@given(received=MIDDAYS, wait=st.timedeltas(timedelta(0), timedelta(days=3)))
def test_a_late_look_at_a_message_moves_no_deadline(received: datetime, wait: timedelta) -> None:
    """The clock of a request starts at receipt, however long the message lay in the queue."""
    message = a_mail(received_at=received)
    talk = a_conversation(message)
    at_once = Draft(turn=a_turn(message), playbook=a_playbook(), conversation=talk)
    late = Draft(turn=a_turn(message, now=received + wait), playbook=a_playbook(), conversation=talk)

    assert deadlines(at_once, "access") == deadlines(late, "access")


# Tables.


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ('unit = "fortnights"', "fortnights"),
        ("count = 1\nsurprise = 2", "surprise"),
    ],
)
def test_a_bad_entry_of_a_table_is_named(changed: str, named: str) -> None:
    good = {"unit": 'unit = "months"', "count": "count = 1"}
    good[changed.split(" ")[0]] = changed
    text = '[[clock]]\nregime = "eu"\nstep = "answer"\nrights = ["*"]\nsource = "x"\n' + "\n".join(good.values())

    with pytest.raises(ValueError, match=named):
        read_clocks(text, every_right=frozenset(LEVELS))


def test_an_unknown_regime_is_named() -> None:
    with pytest.raises(ValueError, match="atlantis"):
        of_regimes(TABLE, ["eu", "atlantis"])


def test_a_brand_without_a_clock_for_every_right_is_refused() -> None:
    with pytest.raises(ValueError, match="no clock"):
        a_playbook(clocks=tuple(clock for clock in TABLE if clock.rights != frozenset(LEVELS)))


def due(clock: Clock, received: datetime) -> Deadline:
    return due_at(clock, received, time_zone="Europe/London")


def is_open(day: date, country: str, subdivision: str) -> bool:
    closed = holidays.country_holidays(country, subdiv=subdivision, years=day.year)
    return day.weekday() < 5 and day not in closed


@pytest.mark.parametrize(
    ("received", "due"),
    [
        pytest.param("2026-03-20", "2026-04-03", id="31 March is kept by the state alone"),
        pytest.param("2026-10-02", "2026-10-16", id="the second Monday of October is kept by the nation alone"),
        pytest.param("2026-06-26", "2026-07-10", id="4 July is a Saturday, and the Friday before it counts"),
        pytest.param("2027-06-25", "2027-07-12", id="4 July is a Sunday, and the Monday after it is kept"),
        pytest.param("2026-11-12", "2026-11-27", id="Thanksgiving; only the state keeps the Friday"),
        pytest.param("2026-12-18", "2027-01-05", id="Christmas and New Year are kept by both"),
    ],
)
def test_californias_ten_business_days_skip_only_days_that_nobody_disputes(received: str, due: str) -> None:
    """11 CCR 7021(a) names no calendar: the earlier date is the safe one."""
    text = files("bot.core.clocks").joinpath("regimes.toml").read_text(encoding="utf-8")
    clocks = of_regimes(read_clocks(text, every_right=frozenset(LEVELS)), ("california",))
    (acknowledge,) = [clock for clock in clocks if clock.step == "acknowledge"]
    noon = datetime.fromisoformat(f"{received}T20:00:00+00:00")

    assert due_at(acknowledge, noon, time_zone="America/Los_Angeles").due_on == due
