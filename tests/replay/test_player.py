"""Playing and judging: every kind of expectation can fail, and says where, what was written and what came."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.laboratory import Laboratory
from bot.replay.checks import rows
from bot.replay.loading import conversation_files, load
from bot.replay.places import BadConversation
from bot.replay.player import Outcome, Result, play
from bot.replay.report import coverage_of
from bot.replay.script import CHANNELS

LIBRARY = Path(__file__).parents[1] / "conversations"
DELETION = {"says": "Please delete my data.", "reads": "deletion"}
QUESTION = {"says": "How long do you keep orders?", "reads": "policy_question", "answers": "54"}
ORDINARY = {"says": "Which ring size do I need?"}

#: For every field of `expect`: a turn and a value that is not what follows from it.
WRONG: dict[str, tuple[dict[str, Any], Any]] = {
    "intents": (DELETION, ["deletion", "access"]),
    "finds": (DELETION, "access"),
    "finds_not": (DELETION, "deletion"),
    "abstains": (DELETION, True),
    "rules": (DELETION, ["ask_for_proof", "leave_ordinary_mail"]),
    "rules_include": (DELETION, "honour_the_opt_out"),
    "reply": (DELETION, "no such words"),
    "reply_is": (DELETION, "Thank you"),
    "template": (DELETION, "opened"),
    "templates": (DELETION, "code_sent"),
    "template_not": (DELETION, "code_sent"),
    "quotes": (QUESTION, "55"),
    "quotes_line": (QUESTION, 55),
    "spoken_language": (DELETION, "de"),
    "never_says": (DELETION, "reference is pd-"),
    "no_reply": (DELETION, True),
    "reply_to": (DELETION, "mallory@elsewhere.example"),
    "headers": (DELETION, {"Auto-Submitted": "no"}),
    "code_to": (DELETION, "mallory@elsewhere.example"),
    "code_not_to": (DELETION, "ada@customers.example"),
    "no_code": (DELETION, True),
    "code_mail": (DELETION, "code_for_chat"),
    "code_mail_says": (DELETION, "no such words"),
    "request": (DELETION, {"right": "deletion", "state": "open"}),
    "no_request": (DELETION, "deletion"),
    "requests": (DELETION, 2),
    "staff": (DELETION, "complaint"),
    "urgent": (DELETION, True),
    "suppressed": (DELETION, "marketing"),
    "not_suppressed": ({"says": "Stop the newsletter.", "reads": "unsubscribe"}, True),
    "untouched": (DELETION, True),
    "dropped": (ORDINARY, True),
    "shunted": (ORDINARY, True),
    "stored_nothing": (DELETION, True),
    "audit": (DELETION, "request completed"),
    "stored": (DELETION, {"request": {"right_name": "deletion", "state": "open"}}),
    "kept_back": (DELETION, ["reply"]),
    "any_of": (DELETION, [{"no_reply": True}, {"no_code": True}]),
}


@pytest.fixture(scope="module")
def house() -> Laboratory:
    return Laboratory()


def played(folder: Path, house: Laboratory, *turns: dict[str, Any], at: str = "core", **fields: Any) -> Result:
    path = folder / "a.conversation.yaml"
    path.write_text(yaml.safe_dump({"turns": list(turns), **fields}), encoding="utf-8")
    return asyncio.run(play(load(path)[0], house, depth=at))


def test_every_field_that_can_be_expected_is_tried() -> None:
    assert WRONG.keys() == {*rows(), "any_of"}


@pytest.mark.parametrize("field", WRONG)
def test_every_expectation_can_fail(field: str, tmp_path: Path, house: Laboratory) -> None:
    turn, wrong = WRONG[field]

    depth = "road" if field == "audit" else "core"

    (failure,) = played(tmp_path, house, {**turn, "expect": {field: wrong}}, at=depth).failures

    assert (failure.place.file.name, bool(failure.expected), bool(failure.found)) == ("a.conversation.yaml", True, True)


def test_a_failure_names_the_line_of_what_was_expected(tmp_path: Path, house: Laboratory) -> None:
    path = tmp_path / "a.conversation.yaml"
    path.write_text(
        "turns:\n- says: Delete it.\n  reads: deletion\n  expect:\n    requests: 1\n    template:\n    - opened\n"
    )

    result = asyncio.run(play(load(path)[0], house, depth="core"))

    (failure,) = result.failures
    assert result.outcome is Outcome.FAILED
    assert (failure.place.line, failure.expected) == (7, "template: opened")
    assert failure.found == "mail_opening, request_noted, code_sent_mail"


def test_what_follows_a_wrong_turn_is_not_judged(tmp_path: Path, house: Laboratory) -> None:
    result = played(tmp_path, house, {**DELETION, "expect": {"requests": 2}}, {"says": "{code}"})

    assert [turn.outcome for turn in result.turns] == [Outcome.FAILED]


def test_a_placeholder_that_stands_for_nothing_is_a_mistake_of_the_file(tmp_path: Path, house: Laboratory) -> None:
    with pytest.raises(BadConversation, match=r"a\.conversation\.yaml:2: \{code\} stands for nothing"):
        played(tmp_path, house, {"says": "{code}"})


def test_the_same_conversation_plays_the_same_each_time(tmp_path: Path, house: Laboratory) -> None:
    turns = ({**DELETION, "expect": {"requests": 1}}, {"says": "{code}", "expect": {"template": "opened"}})

    first, second = played(tmp_path, house, *turns), played(tmp_path, house, *turns)

    assert [turn.scene for turn in first.turns] == [turn.scene for turn in second.turns]


def test_what_is_not_meant_for_a_depth_or_channel_has_no_answer(tmp_path: Path, house: Laboratory) -> None:
    result = played(tmp_path, house, DELETION, depth="road")

    assert (result.outcome, result.reason) == (Outcome.NO_ANSWER, "it is not meant for the depth core")


def test_a_talk_by_mail_plays_in_a_chat_which_is_told_the_address(tmp_path: Path, house: Laboratory) -> None:
    path = tmp_path / "a.conversation.yaml"
    turn = {**DELETION, "expect": {"code_to": "ada@customers.example", "template": ["ask_address", "code_sent"]}}
    path.write_text(yaml.safe_dump({"channels": ["email", "terminal"], "turns": [turn]}))

    assert asyncio.run(play(load(path)[0], house, depth="core", channel="terminal")).failures == ()


@pytest.mark.parametrize("depth", ["core", "road"])
def test_a_mail_that_cannot_be_read_is_put_aside(depth: str, tmp_path: Path, house: Laboratory) -> None:
    (tmp_path / "deep.eml").write_bytes(b"From: ada@example.org\r\n" + b"X" * 3_000_000 + b": 1\r\n\r\nHello\r\n")
    path = tmp_path / "a.conversation.yaml"
    path.write_text(
        "turns:\n- eml: deep.eml\n  expect:\n    any_of: [{shunted: true}, {untouched: true}]\n    no_reply: true\n"
    )

    assert asyncio.run(play(load(path)[0], house, depth=depth)).failures == ()


def test_no_rule_of_the_core_is_without_a_conversation(house: Laboratory) -> None:
    async def each() -> list[Result]:
        return [await play(s, house, depth="core") for file in conversation_files([LIBRARY]) for s in load(file)]

    found = coverage_of(asyncio.run(each()))

    assert [name for name, turns in (found.rules | found.intents).items() if not turns] == []


def test_every_talk_of_a_chat_goes_the_same_way_on_every_chat_channel(house: Laboratory) -> None:
    scripts = [script for file in conversation_files([LIBRARY]) for script in load(file) if "core" in script.depths]
    chats = [(script, channel) for script in scripts for channel in script.playable_on if channel != "email"]

    async def each() -> list[Result]:
        return [await play(script, house, depth="core", channel=channel) for script, channel in chats]

    results = asyncio.run(each())

    assert {result.channel for result in results} == {*CHANNELS} - {"email"}
    assert [(result.channel, result.failures) for result in results if result.outcome is Outcome.FAILED] == []


def test_a_file_that_comes_by_a_chat_is_only_named(tmp_path: Path, house: Laboratory) -> None:
    turn = {"says": "Please delete my data.", "reads": "deletion", "attachments": ["passport.jpg"]}
    file = tmp_path / "a.conversation.yaml"
    file.write_text(
        yaml.safe_dump({"channel": "telegram", "turns": [{**turn, "expect": {"templates": "ask_address"}}]})
    )

    for channel in ("telegram", "whatsapp", "messenger"):
        result = asyncio.run(play(load(file)[0], house, depth="core", channel=channel))
        assert (result.channel, result.failures) == (channel, ())
