"""`privacy-desk replay`: what is said, in which form, and with which exit status."""

import logging
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
import structlog

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
    assert [(found["kind"], found["conversation"], found["outcome"]) for found in ran.objects] == [
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


@pytest.mark.parametrize("wrong", ["--depth deep", "--channel pigeon", "nowhere.conversation.yaml"])
def test_what_does_not_exist_is_a_mistake(shell: Shell, wrong: str) -> None:
    a_conversation("good", TURN.format(1))

    assert shell(f"replay good.conversation.yaml {wrong}").status == 2


def test_coverage_names_what_no_conversation_reached(shell: Shell) -> None:
    a_conversation("good", TURN.format(1))

    out = shell("replay . --depth core --coverage").out

    assert "rules that no conversation reached: drop_robots" in out
    assert "ask_for_proof" not in out


def test_the_schema_is_printed_for_editors(shell: Shell) -> None:
    assert shell("replay --schema").out.strip() == written_schema().strip()
