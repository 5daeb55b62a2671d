"""The short form of `python -m tests.chaos`: a few kills, and every message is accounted for from outside."""

from pathlib import Path

import pytest

from bot.store.upgrade import upgrade
from tests.chaos.run import Outcome, run
from tests.store import postgres

pytestmark = pytest.mark.anyio


def assert_nothing_is_lost_or_doubled(outcome: Outcome, *, messages: int, kills: int) -> None:
    assert (outcome.messages, outcome.kills) == (messages, kills)
    assert {what: count for what, count in outcome.must_be_0.items() if count} == {}
    assert outcome.uncertain <= kills
    assert outcome.counts["mails that arrived"] > 0


async def test_one_process_on_sqlite(tmp_path: Path) -> None:
    outcome = await run(tmp_path, messages=60, most_kills=3)

    assert_nothing_is_lost_or_doubled(outcome, messages=60, kills=3)


@pytest.mark.real_server
async def test_doors_and_workers_on_postgresql(tmp_path: Path) -> None:
    if reason := postgres.why_not():
        pytest.skip(reason)
    with postgres.server() as url:
        upgrade(url)
        outcome = await run(tmp_path, messages=40, url=url, workers=2, most_kills=2)

    assert_nothing_is_lost_or_doubled(outcome, messages=40, kills=2)
