"""Breaks the core on purpose, one thing at a time, and shows which conversation catches it.

    python -m tests.replay.break_rules            every break, with the first conversation that catches it
    python -m tests.replay.break_rules --laws     those that no conversation catches are put to tests/core as well

A function is broken in place, so that everybody who imported it before gets the broken one.
"""

import asyncio
import inspect
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from types import FunctionType
from typing import Any

import structlog

from bot.core import decide as core
from bot.errors import BadSetting
from bot.laboratory import Laboratory
from bot.replay.loading import conversation_files, load
from bot.replay.player import Outcome, play
from bot.replay.script import Script

LIBRARY = Path(__file__).parents[1] / "conversations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """One thing that is made wrong."""

    #: "module:function" below bot.core, or "rule:name" to drop a rule.
    where: str
    #: What stands there, and what stands there when it is broken.
    whole: str = ""
    broken: str = ""

    @property
    def name(self) -> str:
        return f"{self.where}: {self.whole} -> {self.broken}" if self.whole else f"without the {self.where}"

    @contextmanager
    def done(self) -> Iterator[None]:
        """Broken inside the block, whole again after it."""
        if self.where.startswith("rule:"):
            with _rules([rule for rule in core.RULES if rule.__name__ != self.where.removeprefix("rule:")]):
                yield
            return
        function = _find(self.where)
        whole = function.__code__
        function.__code__ = _compiled(function, self.whole, self.broken)
        try:
            yield
        finally:
            function.__code__ = whole


def breaks() -> list[Break]:
    """Every rule dropped, and the lines below turned round."""
    dropped = [Break(where=f"rule:{rule.__name__}") for rule in core.RULES]
    return dropped + [Break(where=where, whole=whole, broken=broken) for where, whole, broken in _LINES]


_LINES = (
    ("decide:decide", "if not draft.left:", "if True:"),
    (
        "decide:_intents_that_count",
        "ours = turn.message.is_chat or conversation.greeted or bool(others)",
        "ours = True",
    ),
    ("decide:_language", "if turn.reading.language in playbook.languages:", "if False:"),
    ("decide:_finish", "if reason := draft.unanswerable:", "if reason := '':"),
    ("decide:_withhold", "spoke and not flagged", "spoke"),
    ("decide:_opening", "if draft.conversation.greeted:", "if False:"),
    ("rules.take_the_code:take_the_code", "draft.turn.now >= proof.expires_at", "False"),
    ("rules.take_the_code:take_the_code", "draft.turn.now >= proof.expires_at", "draft.turn.now > proof.expires_at"),
    ("rules.take_the_code:take_the_code", "compare_digest(proof.digest, typed)", "True"),
    ("rules.take_the_code:take_the_code", "[: MAX_WRONG_TRIES - proof.wrong_tries]", "[:3]"),
    ("rules.take_the_code:_count_the_wrong_try", "tries >= MAX_WRONG_TRIES", "tries > MAX_WRONG_TRIES"),
    ("rules.take_the_code:_count_the_wrong_try", "len(draft.turn.typed_codes)", "1"),
    ("carrying:carry", "request.level <= verification.level", "True"),
    ("rules.open_the_requests:open_the_requests", "draft.turn.now >= proof.until", "False"),
    ("rules.open_the_requests:open_the_requests", "proof.address != draft.conversation.address", "False"),
    ("rules.open_the_requests:_is_carried", "right not in RECONFIRMED and", ""),
    ("rules.open_the_requests:_is_carried", "needed <= proof.level", "True"),
    ("rules.ask_for_proof:_names_all", "return sent or not made & RECONFIRMED", "return True"),
    ("rules.drop_robots:drop_robots", "silence is None or not silence.robot", "silence is None"),
    ("rules.ask_again_when_unsure:ask_again_when_unsure", "draft.message.silence is not None", "False"),
    ("rules.ask_again_when_unsure:_ask_which", "if draft.unanswerable:", "if False:"),
    ("rules.ask_again_when_unsure:_pass_on_unread", "if draft.message.is_chat else handed", "if True else handed"),
    ("rules.attach_to_the_request:attach_to_the_request", "draft.message.is_chat or ", ""),
    ("rules.leave_ordinary_mail:leave_ordinary_mail", " or draft.message.is_chat", ""),
    ("rules.take_back_the_request:_under_way", "request.level > 0", "True"),
    ("rules.take_back_the_request:_is_clear", "any(not phrases.says", "any(True or phrases.says"),
    ("rules.cancel_what_was_not_theirs:cancel_what_was_not_theirs", "not denies(", "False and denies("),
    ("rules.honour_the_opt_out:_stop_the_marketing", "(right, draft.kind(right)) not in FREE_KINDS", "False"),
    ("rules.join_what_is_asked_twice:join_what_is_asked_twice", "request.state not in unproved", "True"),
    ("rules.report_status:report_status", "request.state is State.DENIED", "False"),
    ("rules.ask_for_the_address:ask_for_the_address", "not rights or draft.conversation.address", "not rights"),
    ("draft:Draft.active", "(r.right, r.kind, r.address) == wanted", "r.right == right"),
    ("rules.take_the_choice:chosen", "return asked[1]", "return asked[0]"),
    ("rules.take_the_choice:take_the_choice", "return draft if draft.left else None", "return None"),
    ("rules.take_the_address:take_the_address", "draft.turn.typed_address == draft.conversation.address", "False"),
    ("rules.answer_from_the_policy:told", "if not answer.answered:", "if False:"),
    ("rules.answer_from_the_policy:answer_from_the_policy", "if not answers:", "if False:"),
    ("rules.hand_to_a_human:_is_call", "draft.message.is_chat or draft.conversation.greeted", "True"),
    ("rules.report_status:report_status", "if not requests:", "if False:"),
    ("rules.alert_staff:alert_staff", "urgent=True", "urgent=False"),
    ("proving:send_a_code", "draft.turn.codes_last_hour >= MAX_CODES_AN_HOUR", "False"),
    ("proving:send_a_code", "draft.playbook.code_valid_in_chat if chat else", ""),
    ("proving:_code_mail", "request.right in RECONFIRMED", "False"),
    ("opening:subject_of", "draft.conversation.address or ", ""),
    ("rules.note_the_bounce:note_the_bounce", "if not bounce.permanent:", "if True:"),
    ("rules.note_our_own_reply:_is_to_the_person", "person in draft.message.recipients", "False"),
    ("rules.propose_what_was_forwarded:propose_what_was_forwarded", "State.AWAITING_VERIFICATION", "State.OPEN"),
    ("rules.heed_the_platform:heed_the_platform", "not r.is_closed", "False"),
    ("rules.hand_on_the_stray_code:hand_on_the_stray_code", "and draft.turn.typed_codes", "and False"),
    ("rules.let_them_write_again:let_them_write_again", "and message.authenticated", "and True"),
    ("tickets:level_needed", "min(level, 1) if not has_directory else level", "1"),
    ("clocks.counting:_add_months", "start.month - 1 + months", "start.month + months"),
    ("clocks.counting:_is_business_day", "day.weekday() >= 5", "day.weekday() >= 6"),
)


def scripts() -> list[Script]:
    """Every conversation of the library that is meant for the core."""
    found = [script for file in conversation_files([LIBRARY]) for script in load(file)]
    return [script for script in found if "core" in script.depths]


def caught_by(broken: Break, talks: Sequence[Script], house: Laboratory) -> str:
    """The first conversation that fails, "" where none does."""
    with broken.done():
        for script in talks:
            try:
                result = asyncio.run(play(script, house, depth="core"))
            except BadSetting as fault:
                return f"{script.place.file.name} ({fault})"
            except Exception as fault:
                return f"{script.place.file.name} ({type(fault).__name__})"
            if result.outcome is Outcome.FAILED:
                return f"{script.place.file.name}:{result.failures[0].place.line}"
    return ""


def _find(where: str) -> FunctionType:
    module, _, name = where.partition(":")
    function = attrgetter(name)(import_module(f"bot.core.{module}"))
    assert isinstance(function, FunctionType)
    return function


def _compiled(function: FunctionType, whole: str, broken: str) -> Any:
    """The function's code with one line changed. Raises `ValueError` where that line is no longer there."""
    source = textwrap.dedent(inspect.getsource(function))
    if whole not in source:
        raise ValueError(f"{function.__module__}.{function.__name__} no longer has: {whole}")
    made: dict[str, Any] = {}
    exec(compile(source.replace(whole, broken), function.__code__.co_filename, "exec"), function.__globals__, made)
    return made[function.__name__].__code__


@contextmanager
def _rules(rules: Sequence[Callable[..., Any]]) -> Iterator[None]:
    whole = core.RULES
    core.RULES = tuple(rules)
    try:
        yield
    finally:
        core.RULES = whole


def _caught_by_laws(number: int) -> str:
    """The first test of the core that fails; played in a process of its own."""
    code = (
        "import sys, pytest; from tests.replay.break_rules import breaks\n"
        f"with breaks()[{number}].done(): sys.exit(pytest.main(['tests/core', '-x', '-q', '-p', 'no:cacheprovider']))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    failed = [line.split(" ")[1] for line in ran.stdout.splitlines() if line.startswith("FAILED ")]
    return failed[0] if failed else ""


def main() -> int:
    """Print one line for each break; the exit status says whether all were caught."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    house, talks = Laboratory(), scripts()
    if sick := caught_by(Break(where="rule:none"), talks, house):
        print(f"Nothing is broken yet, and {sick} fails.")
        return 2
    survived = 0
    for number, broken in enumerate(breaks()):
        caught = caught_by(broken, talks, house)
        if not caught and "--laws" in sys.argv:
            caught = _caught_by_laws(number)
        survived += not caught
        print(f"{'caught ' if caught else 'SURVIVED'} {broken.name}\n          {caught}")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
