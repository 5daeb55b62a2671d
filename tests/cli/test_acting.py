"""Staff work from the command line: each act is one line, for a person or as JSON, and a refusal is one line too."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from .shell import Shell

SETTINGS = """\
[[brands]]
name = "marigold"
mode = "automatic"
addresses = ["hello@marigoldandfinch.example"]
"""
TODAY = datetime.now(UTC).date()
YESTERDAY = (TODAY - timedelta(days=1)).isoformat()


@pytest.fixture
def desk(shell: Shell) -> Shell:
    """A desk that sends by itself."""
    Path("privacy-desk.toml").write_text(SETTINGS)
    return shell


def added(desk: Shell, *more: str, right: str = "deletion", person: str = "ada@example.org") -> dict[str, Any]:
    wish = f"requests add --brand marigold --right {right} --person {person} --door phone --received {YESTERDAY} --json"
    [made] = desk(wish, *more).objects
    return made


def shown(desk: Shell, reference: str) -> dict[str, Any]:
    [detail] = desk(f"requests show {reference} --json").objects
    return detail


def test_a_request_by_phone_is_taken_down_verified_and_confirmed(desk: Shell) -> None:
    made = added(desk, "--words", "She gave her order number.", "--by", "dora")

    detail = shown(desk, made["reference"])
    assert (made["state"], made["told"]) == ("open", "queued")
    assert detail["verification"]["level"] == 3
    assert [(n["written_by"], n["words"]) for n in detail["notes"]] == [("dora", "She gave her order number.")]
    assert [row["recipient"] for row in detail["outgoing"]] == ["ada@example.org"]


def test_a_request_goes_its_way_and_each_step_is_on_record_in_a_name(desk: Shell) -> None:
    reference = added(desk)["reference"]

    desk(f"requests take {reference.lower()} --by dora")
    done = desk(f"requests complete {reference} --by finn --kept", "Invoices, for the tax office.")

    assert done.out == f"{reference} is completed. The person is being told.\n"
    moved = [(row["actor"], row["event"]) for row in shown(desk, reference)["audit"]]
    assert moved[0] == ("bot", "request_made")
    assert moved[2:] == [("dora", "request_moved"), ("finn", "request_moved")]


def test_every_clock_is_explained_with_its_sum(desk: Shell) -> None:
    reference = added(desk)["reference"]

    told = desk(f"requests explain {reference}")
    as_json = desk(f"requests explain {reference} --json").objects

    assert f"received {YESTERDAY}, + 1 month" in told.out
    assert "GDPR Art. 12(3)" in told.out
    assert [clock["due_on"] for clock in as_json] == sorted(clock["due_on"] for clock in as_json)


def test_an_extension_says_the_new_date(desk: Shell) -> None:
    made = added(desk)

    [longer] = desk(f"requests extend {made['reference']} --json --words", "Many files.").objects

    assert longer["due_on"] > made["due_on"]
    assert "extended" in desk(f"requests explain {made['reference']}").out


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("deny {0} --reason because --words No.", "one of the reasons"),
        ("hold {0} --words Which?", "stand still"),
        ("resume {0}", "not on hold"),
        ("take PD-NONE-NONE", "no request"),
        ("complete {0} --policy-line 99999", "says nothing"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(desk: Shell, act: str, said: str) -> None:
    reference = added(desk)["reference"]

    ran = desk(f"requests {act.format(reference)}")

    assert ran.status == 2
    assert said in ran.refusal
    assert shown(desk, reference)["request"]["state"] == "open"


def test_a_day_that_is_none_is_refused(desk: Shell) -> None:
    ran = desk("requests add --brand marigold --right deletion --person a@b.example --door shop --received yesterday")

    assert (ran.status, "is no day" in ran.refusal) == (2, True)


def test_nothing_waits_for_a_person_at_first(desk: Shell) -> None:
    assert desk("staff list").out == "Nothing waits for a person.\n"
    assert desk("staff done none").status == 2


def test_a_held_reply_that_is_not_there_is_one_line(desk: Shell) -> None:
    assert desk("staff held").out == "Nothing waits for approval.\n"
    refused = desk("staff release 123")

    assert (refused.status, refused.err.count("\n")) == (2, 1)
    assert "123" in refused.err
