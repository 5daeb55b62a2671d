"""Clocks that are extended or stand still: by dates, and never later than the law."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.clocks import Clock, due_at, extended, of_regimes, paused, read_clocks
from bot.core.opening import clocks_of
from bot.core.tickets import LEVELS

from .builders import a_playbook

TABLE = read_clocks(files("bot.core.clocks").joinpath("regimes.toml").read_text(), every_right=frozenset(LEVELS))
ZONES = ("UTC", "Europe/Dublin", "Europe/London", "America/Los_Angeles", "America/New_York", "Asia/Tokyo")
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2031, 12, 31), timezones=st.just(UTC))


def the_answer(regime: str) -> Clock:
    """The clock of `regime` that every right has."""
    (found,) = [c for c in of_regimes(TABLE, [regime]) if c.step == "answer" and c.rights == frozenset(LEVELS)]
    return found


@pytest.mark.parametrize(
    ("regime", "received", "first", "later"),
    [
        ("eu", "2026-01-31", "2026-02-28", "2026-04-30"),
        ("eu", "2027-11-30", "2027-12-30", "2028-02-29"),
        ("eu", "2026-11-30", "2026-12-30", "2027-02-28"),
        ("uk", "2026-01-31", "2026-03-02", "2026-04-30"),
        ("uk", "2026-02-03", "2026-03-03", "2026-05-05"),
        ("california", "2026-01-01", "2026-02-15", "2026-04-01"),
        ("us", "2028-01-31", "2028-03-16", "2028-04-30"),
    ],
)
def test_an_extension_counts_from_receipt(regime: str, received: str, first: str, later: str) -> None:
    clock = the_answer(regime)
    received_at = datetime.fromisoformat(received + "T12:00:00+00:00")
    before = due_at(clock, received_at, time_zone="UTC")

    after = extended(before, clock, received_at, time_zone="UTC")

    assert (before.due_on, after.due_on, after.extended) == (first, later, True)
    assert before.sum in after.sum


def test_only_regimes_that_grant_it_have_an_extension() -> None:
    assert {(clock.regime, clock.extended) for clock in TABLE if clock.extended} == {
        ("eu", 3),
        ("uk", 3),
        ("california", 90),
        ("us", 90),
    }
    assert not any(clock.extended for clock in TABLE if "opt_out_of_sale" in clock.rights and len(clock.rights) == 1)


def test_only_the_uk_stands_still_and_only_for_access() -> None:
    assert {(clock.regime, *clock.pauses) for clock in TABLE if clock.pauses} == {("uk", "access")}


def test_a_pause_counts_whole_days_and_rolls_to_a_working_day() -> None:
    clock = the_answer("uk")
    due = due_at(clock, datetime(2026, 3, 2, 10, tzinfo=UTC), time_zone="Europe/London")

    moved = paused(
        due, clock, datetime(2026, 3, 5, 9, tzinfo=UTC), datetime(2026, 3, 6, 23, tzinfo=UTC), time_zone="Europe/London"
    )

    # 2 April and one day is Good Friday; Easter Monday follows.
    assert (due.due_on, moved.due_on) == ("2026-04-02", "2026-04-07")


def test_shine_the_light_has_its_own_clock_beside_those_of_access() -> None:
    playbook = a_playbook(clocks=of_regimes(TABLE, ["california"]))
    received = datetime(2026, 3, 2, 12, tzinfo=UTC)

    with_kind = clocks_of(playbook, "access", "shine_the_light", received)
    without = clocks_of(playbook, "access", "", received)

    assert [(d.step, d.due_on) for d in with_kind] == [
        ("acknowledge", "2026-03-16"),
        ("answer", "2026-04-01"),
        ("answer", "2026-04-16"),
    ]
    assert [(d.step, d.due_on) for d in without] == [("acknowledge", "2026-03-16"), ("answer", "2026-04-16")]


def test_three_regimes_run_side_by_side_and_the_strictest_comes_first() -> None:
    playbook = a_playbook(clocks=of_regimes(TABLE, ["eu", "uk", "california"]), time_zone="Europe/London")

    found = clocks_of(playbook, "deletion", "", datetime(2026, 1, 30, 17, tzinfo=UTC))

    assert [(d.regime, d.step, d.due_on) for d in found] == [
        ("california", "acknowledge", "2026-02-13"),
        ("eu", "answer", "2026-02-28"),
        ("uk", "answer", "2026-03-02"),
        ("california", "answer", "2026-03-16"),
    ]


@given(received=MOMENTS, zone=st.sampled_from(ZONES), clock=st.sampled_from([c for c in TABLE if c.extended]))
def test_an_extended_deadline_is_never_later_than_the_law(received: datetime, zone: str, clock: Clock) -> None:
    most = {"eu": 92, "uk": 92, "california": 90, "us": 90}[clock.regime]
    rolled = 5 if clock.rolls else 0
    due = due_at(clock, received, time_zone=zone)

    after = extended(due, clock, received, time_zone=zone)

    day = received.astimezone(ZoneInfo(zone)).date()
    assert due.due_at <= after.due_at
    assert (date.fromisoformat(after.due_on) - day).days <= most + rolled


@given(received=MOMENTS, zone=st.sampled_from(ZONES), held=st.integers(0, 40), lasted=st.integers(0, 40 * 24))
def test_a_pause_moves_a_deadline_by_its_length_at_most(received: datetime, zone: str, held: int, lasted: int) -> None:
    clock = replace(the_answer("uk"), rolls=False)
    due = due_at(clock, received, time_zone=zone)
    held_at = received + timedelta(days=held)

    moved = paused(due, clock, held_at, held_at + timedelta(hours=lasted), time_zone=zone)

    assert due.due_on <= moved.due_on
    assert date.fromisoformat(moved.due_on) - date.fromisoformat(due.due_on) <= timedelta(hours=lasted)


@given(received=MOMENTS, zone=st.sampled_from(ZONES), back=st.integers(1, 500))
def test_a_clock_that_jumps_back_during_a_pause_moves_nothing(received: datetime, zone: str, back: int) -> None:
    clock = replace(the_answer("uk"), rolls=False)
    due = due_at(clock, received, time_zone=zone)

    moved = paused(due, clock, received, received - timedelta(hours=back), time_zone=zone)

    assert moved.due_on == due.due_on
