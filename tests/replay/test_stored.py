"""Stored fields: what lies in the database after a turn, judged alike at both depths."""

from dataclasses import replace

import pytest

from bot.replay.player import Outcome, Result
from bot.replay.script import Check, Expectation, Script
from bot.replay.stored import CORE_TABLES, StoredRow, plain
from tests.replay.laboratory import a_script, played

DELETION = """
turns:
- says: Please delete my account and all my personal data.
  reads: deletion
  expect:
    stored: {0}
"""
PROVED = """
turns:
- {says: Please send me a copy of all personal data you hold about me., reads: access}
- {says: "{code}"}
- {says: Please also restrict the processing of my personal data., reads: restriction}
- {staff: {request: restriction, to: denied, reason_code: no_match, words: "We hold nothing."}}
"""
FREE = """
turns:
- {says: Please unsubscribe me from your newsletter., reads: unsubscribe}
- {says: Please delete my account and all my personal data., reads: deletion}
- {says: "{wrong_code}"}
"""
IN_A_CHAT = """
channel: telegram
turns:
- {says: please delete my account and all my data, reads: deletion}
- {says: ada@customers.example}
"""
#: Ids and digests that are made anew each time, and moments that the database alone notes.
_RANDOM = ("reference", "conversation_id", "id", "proof_digest")


def failures(text: str, *, depth: str = "core") -> list[str]:
    return [failure.found for failure in played(a_script(text), depth=depth).failures]


@pytest.mark.parametrize("depth", ["core", "road"])
@pytest.mark.parametrize(
    "holds",
    [
        "{request: 1, verification: []}",
        "{request: {right_name: deletion, state: awaiting_verification, subject: null, claimed_address: '{address}'}}",
        "{request: {received_at: '2026-11-23T10:00Z', reference: '{reference}'}}",
        "{deadline: {regime: eu, step: answer, due_on: '2026-12-23', extended: false}}",
        "{conversation: {proof_kind: waiting_for_code, proof_until: '2026-11-24T10:00Z', wanted: []}}",
    ],
)
def test_rows_that_are_there_are_found(holds: str, depth: str) -> None:
    assert failures(DELETION.replace("{0}", holds), depth=depth) == []


@pytest.mark.parametrize("depth", ["core", "road"])
@pytest.mark.parametrize(
    ("holds", "found"),
    [
        ("{request: 2}", "1: reference PD-"),
        ("{request: []}", "reference PD-"),
        ("{request: {state: open}}", "state awaiting_verification"),
        ("{request: {right_name: deletion, subject: '{address}'}}", "right_name deletion, subject null"),
        ("{request: [{state: awaiting_verification}, {right_name: deletion}]}", "state awaiting_verification, right"),
        ("{verification: {level: 1}}", "no row"),
    ],
)
def test_rows_that_are_not_there_are_missed(holds: str, found: str, depth: str) -> None:
    (missed,) = failures(DELETION.replace("{0}", holds), depth=depth)

    assert missed.startswith(found)


def test_a_failure_names_the_line_of_its_table_and_what_was_wanted() -> None:
    text = DELETION.replace("{0}", "\n      request: 1\n      verification:\n      - {level: 1, method: code}")

    (failure,) = played(a_script(text)).failures

    assert (failure.place.line, failure.expected) == (8, "stored: verification: level 1, method code")


def test_tables_that_the_core_does_not_keep_are_judged_on_the_road_only() -> None:
    text = DELETION.replace("{0}", "{outbox: {kind: code, recipient: eve@elsewhere.example}}")

    assert failures(text) == []
    (found,) = failures(text, depth="road")
    assert sorted(found.split("; ")) == [
        "kind code, recipient ada@customers.example",
        "kind reply, recipient ada@customers.example",
    ]


def test_what_was_kept_of_a_message_can_be_asked_for() -> None:
    ordinary = (
        "turns:\n- says: Is the pearl pendant still available?\n  expect: {stored: {inbox: {raw: null, rules: []}}}\n"
    )
    kept = DELETION.replace("{0}", "{inbox: {raw: kept, outcome: request_opened, intents: deletion}}")

    assert failures(kept, depth="road") == []
    assert failures(ordinary.replace("rules: []", "outcome: untouched"), depth="road") == []
    assert failures(ordinary.replace("raw: null", "raw: kept"), depth="road") != []


def test_one_of_several_alternatives_may_be_about_rows() -> None:
    either = (
        "turns:\n- says: Delete my data.\n  reads: deletion\n  expect:\n    any_of: [{stored: {request: 7}}, {0}]\n"
    )

    assert failures(either.replace("{0}", "{stored: {request: 1}}")) == []
    assert len(failures(either.replace("{0}", "{stored: {verification: 1}}"))) == 1


@pytest.mark.parametrize("text", [PROVED, FREE, IN_A_CHAT], ids=["proved", "free", "chat"])
def test_both_depths_keep_the_same_rows(text: str) -> None:
    script = showing_all(a_script(text))

    core, road = played(script), played(script, depth="road")

    assert core.outcome is road.outcome is Outcome.PASSED
    for place, turn in enumerate(core.turns):
        for table in CORE_TABLES:
            ours = turn.scene.stored[table]
            theirs = [
                {name: row[name] for name in ours[0]} if ours else dict(row) for row in rows_after(road, place, table)
            ]
            assert in_order(ours) == in_order(theirs), (place, table)


def showing_all(script: Script) -> Script:
    """Each turn asks for every table, and expects nothing of it that could fail."""
    some = "turns:\n- {says: x, expect: {any_of: [{no_code: true}, {requests: 0}, {stored: {%s}}]}}\n"
    (wanted,) = a_script(some % ", ".join(f"{name}: 99" for name in CORE_TABLES)).turns[0].expect.checks
    anything = Check(name="any_of", value=wanted.value, place=wanted.place)
    found = [replace(turn, expect=Expectation(checks=(_or_urgent(anything),))) for turn in script.turns]
    return replace(script, turns=tuple(found))


def _or_urgent(check: Check) -> Check:
    """With an alternative that always holds."""
    (true,) = a_script("turns:\n- {says: x, expect: {any_of: [{}, {}]}}\n").turns[0].expect.checks
    return replace(check, value=(*check.value, *true.value))


def rows_after(result: Result, place: int, table: str) -> tuple[StoredRow, ...]:
    return result.turns[place].scene.stored[table]


def in_order(rows: tuple[StoredRow, ...] | list[StoredRow]) -> list[str]:
    known = ({name: plain(value) for name, value in row.items() if name not in _RANDOM} for row in rows)
    return sorted(str(sorted(row.items(), key=lambda pair: pair[0])) for row in known)
