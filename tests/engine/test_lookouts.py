"""Processes that look ahead: what they cannot tell is left to the road, and none of them outlives who asks."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from bot.channels import Arrival
from bot.channels.mail.understanding import Ourselves
from bot.engine import lookouts as module
from bot.engine.lookouts import lookouts
from bot.errors import BadSetting
from intents import Reading
from tests.core.builders import NOW
from tests.engine.fakes import SHOP, ToldReader, a_mail

pytestmark = pytest.mark.anyio

OURSELVES = Ourselves.of([SHOP], host="shop.example", authserv_id="")


class Deadly(ToldReader):
    """Ends its process, or hangs, where a text says so."""

    def read_many(self, messages: Iterable[tuple[str, str]]) -> list[Reading]:
        asked = list(messages)
        if any("die" in text for text, _ in asked):
            os._exit(9)
        if any("hang" in text for text, _ in asked):
            time.sleep(60)
        return super().read_many(asked)


def batch(*texts: str) -> list[Arrival]:
    raws = [a_mail(text, number=number) for number, text in enumerate(texts)]
    return [Arrival(channel="email", brand="rings", raw=raw, received_at=NOW) for raw in raws]


async def test_what_a_dying_one_did_not_tell_is_left_to_the_road_and_the_other_goes_on() -> None:
    with lookouts(2, Deadly) as ahead:
        died = await ahead.look(batch("deletion", "die"), OURSELVES)
        after = [await ahead.look(batch("deletion"), OURSELVES) for _ in range(3)]

    assert died == [None, None]
    assert [one.reading.names for [one] in after if one] == [{"deletion"}] * 3


async def test_with_none_left_all_goes_its_road() -> None:
    with lookouts(1, Deadly) as ahead:
        told = [await ahead.look(batch(text), OURSELVES) for text in ("die", "deletion", "deletion")]

    assert told == [[None]] * 3


async def test_one_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_GIVEN_UP_AFTER", 1.0)
    with lookouts(1, Deadly) as ahead:
        began = time.monotonic()
        told = await ahead.look(batch("hang"), OURSELVES)

    assert told == [None]
    assert time.monotonic() - began < 30


async def test_without_a_reader_the_command_says_so() -> None:
    def load() -> ToldReader:
        raise BadSetting("the reader cannot be loaded")

    with lookouts(1, load) as ahead, pytest.raises(BadSetting, match="the reader cannot be loaded"):
        await ahead.look(batch("deletion"), OURSELVES)


def test_none_outlives_whom_it_works_for(tmp_path: Path) -> None:
    told = tmp_path / "told"
    asks = (
        "import multiprocessing, sys, time\n"
        "from bot.engine.lookouts import lookouts\n"
        "from tests.engine.fakes import ToldReader\n"
        "with lookouts(2, ToldReader):\n"
        "    open(sys.argv[1], 'w').write(' '.join(str(c.pid) for c in multiprocessing.active_children()) + '.')\n"
        "    time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", asks, str(told)])
    while not told.exists() or not told.read_text().endswith("."):
        assert process.poll() is None
        time.sleep(0.05)
    children = [int(pid) for pid in told.read_text().rstrip(".").split()]

    process.send_signal(signal.SIGKILL)
    process.wait()

    until = time.monotonic() + 30
    while any(map(_runs, children)):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert len(children) == 2


def _runs(pid: int) -> bool:
    """One that nobody has waited for runs no more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
