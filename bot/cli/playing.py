"""Plays many conversations behind a progress bar, without the log of the desk that they are played on."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog
from rich.progress import track

from bot.cli.console import err, say_error
from bot.errors import BadSetting
from bot.laboratory import Laboratory
from bot.replay.judging import Failure
from bot.replay.places import BadConversation
from bot.replay.player import Outcome, Result, TurnResult, play
from bot.replay.scene import Scene
from bot.replay.script import Script


@contextmanager
def silent() -> Iterator[None]:
    """Thousands of log lines of a frozen desk tell nobody anything."""
    before = structlog.get_config()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    try:
        yield
    finally:
        structlog.configure(**before)


class Theatre:
    """Conversations are played here at one depth; the parts that they share are made once."""

    def __init__(self, depth: str) -> None:
        self._depth = depth
        self._house = Laboratory()

    def play_all(self, parts: Sequence[tuple[Script, str]]) -> tuple[list[Result], int]:
        """How each went on its channel, "" its own, and how many name things that are not there; those are told."""
        results: list[Result] = []

        async def each() -> int:
            senseless = 0
            for script, channel in _tracked(parts):
                try:
                    results.append(await play(script, self._house, depth=self._depth, channel=channel))
                except BadSetting as fault:
                    say_error(fault if isinstance(fault, BadConversation) else BadSetting(f"{script.place}: {fault}"))
                    senseless += 1
            return senseless

        with silent():
            return results, asyncio.run(each())

    def try_all(self, parts: Sequence[tuple[Script, str]]) -> list[Result]:
        """How each went; one that can no longer be played to its end has failed."""

        async def each() -> list[Result]:
            return [await self._tried(script, channel) for script, channel in _tracked(parts)]

        with silent():
            return asyncio.run(each())

    async def _tried(self, script: Script, channel: str) -> Result:
        try:
            return await play(script, self._house, depth=self._depth, channel=channel)
        except BadSetting as fault:
            failure = Failure(place=script.place, expected="that it can be played to its end", found=str(fault))
            turn = TurnResult(place=script.place, outcome=Outcome.FAILED, scene=Scene(), failures=(failure,))
            return Result(script=script, depth=self._depth, channel=channel, outcome=Outcome.FAILED, turns=(turn,))


def _tracked(parts: Sequence[tuple[Script, str]]) -> Iterator[tuple[Script, str]]:
    yield from track(parts, description="Playing conversations", console=err, transient=True)
