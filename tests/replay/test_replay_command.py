"""`privacy-desk replay`: what is said, in which form, and with which exit status."""

import json
import logging
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
import structlog

from bot.cli.watching import stamps
from bot.replay.form import written_schema
from tests.cli.shell import Shell

TURN = "turns:\n- says: Delete my data.\n  reads: deletion\n  expect:\n    requests: {}\n"


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Shell]:
    monkeypatch.chdir(tmp_path)
    yield Shell(monkeypatch=monkeypatch, captured=capsys)
    # The log goes to a stream of this test's until it is told otherwise.
    structlog.reset_defaults()
    for handler in logging.root.handlers[:]:
        if type(handler) is logging.StreamHandler:
            logging.root.removeHandler(handler)


def a_conversation(name: str, text: str) -> None:
    Path(f"{name}.conversation.yaml").write_text(text, encoding="utf-8")


def test_each_turn_and_each_conversation_is_one_json_object(shell: Shell) -> None:
    a_conversation("good", TURN.format(1))
    a_conversation("wrong", TURN.format(2))

    ran = shell("replay . --depth core --json")

    assert ran.status == 1
    *played, run = ran.objects
    assert (run["kind"], run["passed"], run["failed"], run["no_answer"]) == ("run", 1, 1, 0)
    assert [(found["kind"], found["conversation"], found["outcome"]) for found in played] == [
        ("turn", "good", "passed"),
        ("conversation", "good", "passed"),
        ("turn", "wrong", "failed"),
        ("conversation", "wrong", "failed"),
    ]
    (failure,) = ran.objects[2]["failures"]
    assert (failure["line"], failure["expected"], failure["found"][:2]) == (5, "requests: 2", "1:")


def test_passed_failed_and_no_answer_are_counted_apart(shell: Shell) -> None:
    a_conversation("good", TURN.format(1))
    a_conversation("wrong", TURN.format(2))
    a_conversation("elsewhere", "depth: road\n" + TURN.format(1))

    ran = shell("replay . --depth core")

    assert [line.split(maxsplit=1) for line in ran.out.splitlines()[-3:]] == [
        ["1", "passed"],
        ["1", "failed"],
        ["1", "no answer"],
    ]
    assert "wrong.conversation.yaml:5\n  expected  requests: 2\n  found     1: PD-" in ran.out


def test_all_that_pass_are_a_success(shell: Shell) -> None:
    a_conversation("good", TURN.format(1))

    assert shell("replay good.conversation.yaml --depth core").status == 0


def test_a_bad_file_is_told_with_its_line_and_the_rest_is_played(shell: Shell) -> None:
    a_conversation("good", TURN.format(1))
    a_conversation("bad", "turns:\n- say: Hello\n")
    a_conversation("lost", "policy: nowhere.txt\n" + TURN.format(1))

    ran = shell("replay . --depth core")

    assert (ran.status, "     1 passed" in ran.out) == (2, True)
    assert "bad.conversation.yaml:2: a turn has no field 'say'" in ran.err
    assert "lost.conversation.yaml:1: " in ran.err


def test_junit_holds_a_case_for_each_conversation(shell: Shell) -> None:
    a_conversation("good", TURN.format(1))
    a_conversation("wrong", TURN.format(2))
    a_conversation("elsewhere", "depth: road\n" + TURN.format(1))

    shell("replay . --depth core --junit report.xml")

    suite = ElementTree.parse("report.xml").getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("3", "1", "1")
    assert ["failure" in [part.tag for part in case] for case in suite] == [False, False, True]


def test_without_a_path_everything_below_is_played(shell: Shell) -> None:
    a_conversation("good", TURN.format(1))

    assert shell("replay --depth core").out.splitlines()[0].split() == ["1", "passed"]


def test_a_run_names_the_commit_that_it_was_played_at(shell: Shell) -> None:
    a_conversation("good", TURN.format(1))
    outside = shell("replay --depth core --json").objects[-1]["commit"]
    for command in ("init -q", "add .", "-c user.name=a -c user.email=a@x.example commit -q -m one"):
        subprocess.run(["git", *command.split()], check=True)
    clean = shell("replay --depth core --json").objects[-1]["commit"]
    a_conversation("good", TURN.format(1) + "\n")

    dirty = shell("replay --depth core --json --trend t.jsonl --html p.html").objects[-1]["commit"]

    assert (outside, len(clean), dirty) == ("", 7, f"{clean}-dirty")
    assert f"commit {dirty}" in Path("p.html").read_text()


@pytest.mark.parametrize("wrong", ["--depth deep", "--channel pigeon", "nowhere.conversation.yaml"])
def test_what_does_not_exist_is_a_mistake(shell: Shell, wrong: str) -> None:
    a_conversation("good", TURN.format(1))

    assert shell(f"replay good.conversation.yaml {wrong}").status == 2


def test_coverage_names_what_no_conversation_reached(shell: Shell) -> None:
    a_conversation("good", TURN.format(1))

    out = shell("replay . --depth core --coverage").out

    assert "rules that no conversation reached: take_the_list_unsubscribe" in out
    assert "ask_for_proof" not in out


def test_the_schema_is_printed_for_editors(shell: Shell) -> None:
    assert shell("replay --schema").out.strip() == written_schema().strip()


def test_the_page_counts_apart_and_shows_what_fails_and_what_is_not_reached(shell: Shell) -> None:
    a_conversation("good", TURN.format(1))
    a_conversation("wrong", TURN.format(2))
    a_conversation("elsewhere", "depth: road\n" + TURN.format(1))

    shell("replay . --depth core --html page.html --trend trend.jsonl")
    shell("replay . --depth core --html page.html --trend trend.jsonl")

    page = Path("page.html").read_text()
    for outcome in ("passed", "failed", "no answer"):
        assert f"<td>{outcome}</td><td class=n>1</td>" in page
    assert "wrong.conversation.yaml:5" in page
    assert "requests: 2" in page
    assert '<tr class="bad"><td>drop_robots</td><td class=n>0</td></tr>' in page
    assert "<tr><td>ask_for_proof</td><td class=n>2</td></tr>" in page
    assert '<tr><th>deletion</th><td class="n good">2</td>' in page
    assert "Trend over 2 runs" in page
    assert "http" not in page
    assert "<script" not in page


def test_a_later_run_says_which_talks_change_and_what(shell: Shell) -> None:
    a_conversation("same", TURN.format(1))
    a_conversation("other", TURN.format(1))
    Path("before.jsonl").write_text(shell("replay . --depth core --json").out)
    a_conversation("other", TURN.format(1).replace("reads: deletion", "reads: access"))

    ran = shell("replay . --depth core --compare before.jsonl")

    assert (ran.status, ran.out.splitlines()[-1]) == (0, "1 talk changes")
    assert (
        "other.conversation.yaml:2: other [core, email]\n  intents\n    before  deletion\n    now     access" in ran.out
    )
    assert "same" not in ran.out
    assert shell("replay . --depth core --compare before.jsonl --strict").status == 1


def test_nothing_changes_when_nothing_changed(shell: Shell) -> None:
    a_conversation("same", TURN.format(1))
    Path("before.jsonl").write_text(shell("replay . --depth core --json").out)

    ran = shell("replay . --depth core --compare before.jsonl --strict")

    assert (ran.status, ran.out.strip()) == (0, "0 talks change")


def test_what_is_no_earlier_run_is_a_mistake_with_its_line(shell: Shell) -> None:
    a_conversation("same", TURN.format(1))
    Path("before.jsonl").write_text('{"kind": "turn"}\nnonsense\n')

    ran = shell("replay . --depth core --compare before.jsonl")

    assert (ran.status, "before.jsonl:2: this is not a line" in ran.err) == (2, True)


UPDATED = """# Why this talk is here.
turns:
- says: Delete my data.
  reads: deletion
  expect:
    requests: 2  # counted by hand
    rules:
    # The order matters.
    - open_the_requests
    request: {right: deletion, state: open}
    never_says: banana
- says: "{code}"
  expect:
    rules: []
"""


def test_reviewed_changes_are_written_down_and_nothing_else(shell: Shell) -> None:
    a_conversation("old", UPDATED)

    ran = shell("replay old.conversation.yaml --depth core --update --yes")

    text = Path("old.conversation.yaml").read_text()
    assert ran.status == 0
    assert text.splitlines()[:6] == [*UPDATED.splitlines()[:5], "    requests: 1  # counted by hand"]
    assert "    never_says: banana\n" in text
    assert "    # The order matters.\n    - " in text
    assert "right: deletion, state: awaiting_verification" in text
    assert shell("replay old.conversation.yaml --depth core").status == 0


def test_what_forbids_something_is_left_to_a_person(shell: Shell) -> None:
    text = "turns:\n- says: Delete my data.\n  reads: deletion\n  expect:\n    no_code: true\n"
    a_conversation("forbids", text)

    ran = shell("replay forbids.conversation.yaml --depth core --update --yes")

    assert (ran.status, "left to you" in ran.out) == (1, True)
    assert Path("forbids.conversation.yaml").read_text() == text


def test_a_talk_that_passes_is_not_touched(shell: Shell) -> None:
    a_conversation("good", "# kept\n" + TURN.format(1))
    before = Path("good.conversation.yaml").stat().st_mtime_ns

    assert shell("replay good.conversation.yaml --depth core --update --yes").status == 0
    assert Path("good.conversation.yaml").stat().st_mtime_ns == before


def test_a_file_that_changes_has_another_stamp(tmp_path: Path) -> None:
    file = tmp_path / "a.conversation.yaml"
    file.write_text("turns: []")
    before = dict(stamps([tmp_path]))
    os.utime(file, ns=(1, 1))

    assert dict(stamps([tmp_path])) != before


MANY = "turns:\n- {says: 'Delete my data. I moved. Bye now!', reads: deletion, expect: {requests: 1, reply: noted}}\n"


def test_a_mutation_is_counted_and_what_breaks_is_shown(shell: Shell) -> None:
    a_conversation("good", MANY)
    a_conversation("fragile", MANY.replace("requests: 1", "requests: 1, never_says: Danke"))
    a_conversation("wrong", MANY.replace("requests: 1", "requests: 3"))

    ran = shell("replay . --depth core --mutate")

    lines = {line[:32].strip(): line[32:].split() for line in ran.out.splitlines() if line[:1].isalpha()}
    assert ran.out.startswith("2 conversations hold as they are written.")
    assert lines["split in two"] == ["2", "2", "2", "0", "0"]
    assert lines["negated"] == ["0", "0", "0", "0", "0"]
    assert ran.status == 0


def test_with_strict_a_break_is_a_failure_and_one_mutation_can_be_chosen(shell: Shell) -> None:
    talk = "channel: terminal\nturns:\n- {says: A copy please. And hurry up!, reads: access}\n"
    a_conversation("fragile", talk + "- {says: ada@x.example, expect: {requests: 1}}\n- says: '{code}'\n")

    ran = shell("replay fragile.conversation.yaml --depth core --mutation split_in_two --strict --json")

    assert [one["kind"] for one in ran.objects] == ["trial", "mutation"]
    assert ran.objects[0]["said"][:2] == ["A copy please.", "And hurry up!"]
    assert {key: ran.objects[1][key] for key in ("mutation", "held", "talks", "forms", "passed")} == {
        "mutation": "split_in_two",
        "held": 1,
        "talks": 1,
        "forms": 1,
        "passed": 1,
    }
    assert shell("replay . --mutation upside_down").status == 2


TAKEN_BACK = """turns:
- {says: Please delete my data., reads: deletion}
- says: I changed my mind, please cancel my request.
  reads: request_status
  expect: {template: taken_back}
"""


def test_the_page_of_mutations_shows_what_was_said_and_what_came(shell: Shell) -> None:
    a_conversation("back", TAKEN_BACK)

    ran = shell("replay . --depth core --mutation with_typos --strict --html page.html")

    page = Path("page.html").read_text()
    assert ran.status == 1
    assert "with typos : back\nback.conversation.yaml:5\n  expected  template: taken_back\n" in ran.out
    assert '<tr class="bad"><td>with typos</td><td class=n>1</td><td class=n>1</td><td class=n>0</td>' in page
    assert "back.conversation.yaml:5" in page
    assert "I chnaged my mind" in page


def test_lines_of_a_file_with_many_conversations_are_updated_and_stay_json(shell: Shell) -> None:
    good = '{"turns": [{"says": "Delete it.", "reads": "deletion", "expect": {"requests": 1}}]}'
    old = good.replace('"requests": 1', '"requests":  3, "rules": ["open_the_requests"], "templates": "opened"')
    two = '{"turns": [{"says": "x", "expect": {"any_of": [{"requests": 4, "no_code": true}, {"staff": "complaint"}]}}]}'
    file = Path("many.conversations.jsonl")
    file.write_text(f"{good}\n\n{old}\n{two}\n", encoding="utf-8")

    ran = shell("replay . --depth core --update --yes")

    lines = file.read_text().split("\n")
    assert (ran.status, lines[:2], lines[4:]) == (0, [good, ""], [""])
    assert [json.loads(line)["turns"][0]["expect"] for line in lines[2:4]] == [
        {"requests": 1, "rules": "ask_for_proof", "templates": ["request_noted", "code_sent"]},
        {"any_of": [{"requests": 0, "no_code": True}, {"staff": "complaint"}]},
    ]
    assert '{"requests":  1, ' in lines[2]
    assert shell("replay . --depth core").status == 0


EITHER = """turns:
- says: Delete my data.
  reads: deletion
  expect:
    any_of:
    - no_code: true
    - rules: ask_for_proof
      requests: 3  # the nearest
      template: opened
    - request: {right: deletion, state: open}
      requests: 2
    - stored:
        verification: 2
        request: {state: open, level_needed: 7, reference: '{reference}'}
      requests: 9
"""


def test_of_several_alternatives_the_nearest_is_updated(shell: Shell) -> None:
    a_conversation("either", EITHER)

    ran = shell("replay either.conversation.yaml --depth core --update --yes")

    text = Path("either.conversation.yaml").read_text()
    changed = [
        (before, after) for before, after in zip(EITHER.splitlines(), text.splitlines(), strict=True) if before != after
    ]
    assert ran.status == 0
    assert changed == [
        (
            "    - request: {right: deletion, state: open}",
            "    - request: {right: deletion, state: awaiting_verification}",
        ),
        ("      requests: 2", "      requests: 1"),
    ]


def test_alternatives_that_only_forbid_are_left_to_a_person(shell: Shell) -> None:
    text = EITHER[: EITHER.index("    - rules")] + "    - never_says: reference\n      requests: 5\n"
    a_conversation("either", text)

    ran = shell("replay either.conversation.yaml --depth core --update --yes")

    assert (ran.status, "left to you" in ran.out) == (1, True)
    assert "1. no_code: True, but found one went to ada@customers.example" in ran.out
    assert Path("either.conversation.yaml").read_text() == text


def test_rows_that_are_expected_are_updated(shell: Shell) -> None:
    text = "turns:\n- says: Delete my data.\n  reads: deletion\n  expect:\n    stored:\n"
    rows = "      verification: 2\n      request: {state: open, level_needed: 7, subject: null}  # one\n"
    a_conversation("rows", text + rows)

    assert shell("replay rows.conversation.yaml --depth core --update --yes").status == 0
    assert Path("rows.conversation.yaml").read_text() == text + (
        "      verification: 0\n      request: {state: awaiting_verification, level_needed: 1, subject: null}  # one\n"
    )


def test_a_difference_is_shown_piece_by_piece(shell: Shell) -> None:
    wanted = "rules: [ask_for_proof, leave_ordinary_mail], reply_is: 'Thank you for your message. Bye.'"
    a_conversation("other", f"turns:\n- {{says: Delete my data., reads: deletion, expect: {{{wanted}}}}}\n")

    ran = shell("replay . --depth core")
    objects = shell("replay . --depth core --json").objects

    assert (
        "    found     ask_for_proof\n      ask_for_proof\n    - leave_ordinary_mail\n".replace("    found", "  found")
        in ran.out
    )
    assert "\n      Thank you for your message.\n    - Bye.\n    + " in ran.out
    assert objects[0]["failures"][0]["difference"] == ["  ask_for_proof", "- leave_ordinary_mail"]
