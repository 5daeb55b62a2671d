"""The conversations notice when the core is broken: each rule is dropped once, each broken line still exists."""

import pytest
import structlog

from bot.laboratory import Laboratory
from bot.replay.script import Script
from tests.replay.break_rules import Break, breaks, caught_by, scripts

DROPPED = [broken for broken in breaks() if broken.where.startswith("rule:")]


@pytest.fixture(scope="module")
def house() -> Laboratory:
    return Laboratory()


@pytest.fixture(scope="module")
def talks() -> list[Script]:
    return scripts()


@pytest.fixture(autouse=True)
def _silent() -> None:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())


def test_nothing_fails_while_nothing_is_broken(talks: list[Script], house: Laboratory) -> None:
    assert caught_by(Break(where="rule:none"), talks, house) == ""


@pytest.mark.parametrize("broken", DROPPED, ids=lambda broken: broken.where)
def test_the_core_without_one_of_its_rules_is_caught(broken: Break, talks: list[Script], house: Laboratory) -> None:
    assert caught_by(broken, talks, house)


def test_every_line_that_is_broken_by_hand_still_stands_in_the_core() -> None:
    lines = [broken for broken in breaks() if broken.whole]

    for broken in lines:
        with broken.done():
            pass
    assert len(lines) >= 20
