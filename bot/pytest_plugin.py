"""A pytest plugin: conversation files are tests, in this repository and in anybody's who installed the package.

It is loaded by every pytest run, so it imports nothing of ours before a conversation file is met.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from bot.replay.player import Result
    from bot.replay.script import Script

_ENDINGS = (".conversation.yaml", ".conversations.jsonl")
_HOUSE: pytest.StashKey[Any] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("conversation_depths", "The depths that conversations are played at: core, road.", "args", ["core"])
    group = parser.getgroup("privacy-desk", "recorded conversations")
    group.addoption("--conversation-depth", action="append", choices=("core", "road"), help="Play at this depth only.")
    group.addoption("--conversation-channel", default="", help="Play each conversation on this channel.")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "ConversationFile | None":
    """Every file of the right name below what pytest was asked to look at."""
    if file_path.name.endswith(_ENDINGS):
        return ConversationFile.from_parent(parent, path=file_path)
    return None


class ConversationFile(pytest.File):
    """One file with one conversation or many."""

    def collect(self) -> Iterator["ConversationItem"]:
        from bot.replay.loading import load
        from bot.replay.places import BadConversation

        try:
            scripts = load(self.path)
        except BadConversation as fault:
            raise self.CollectError(str(fault)) from None
        depths = self.config.getoption("--conversation-depth") or self.config.getini("conversation_depths")
        chosen = self.config.getoption("--conversation-channel")
        for script in scripts:
            name = "conversation" if len(scripts) == 1 else str(script.place.line)
            for depth in depths:
                for channel in (chosen,) if chosen else script.channels:
                    if depth in script.depths and channel in script.playable_on:
                        yield ConversationItem.from_parent(
                            self, name=f"{name}[{depth}-{channel}]", script=script, depth=depth, channel=channel
                        )


class ConversationItem(pytest.Item):
    """One conversation at one depth on one channel."""

    def __init__(self, *, script: "Script", depth: str, channel: str, **rest: Any) -> None:
        super().__init__(**rest)
        self.script = script
        self.depth = depth
        self.channel = channel

    def runtest(self) -> None:
        from bot.replay.player import Outcome, play

        result = asyncio.run(play(self.script, _house(self.config), depth=self.depth, channel=self.channel))
        if result.outcome is Outcome.NO_ANSWER:
            pytest.skip(f"no answer: {result.reason}")
        if result.outcome is Outcome.FAILED:
            raise ConversationFailed(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The line in the conversation file, what was written there and what came."""
        from bot.errors import BadSetting

        if isinstance(excinfo.value, ConversationFailed | BadSetting):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.script.place.line - 1, self.script.title


class ConversationFailed(Exception):
    """Something followed otherwise than written."""

    def __init__(self, result: "Result") -> None:
        from bot.replay.report import failure_text

        super().__init__("\n".join([result.script.title, *map(failure_text, result.failures)]))


def _house(config: pytest.Config) -> Any:
    """The real parts, made once for a process."""
    from bot.laboratory import Laboratory

    if _HOUSE not in config.stash:
        config.stash[_HOUSE] = Laboratory(config.rootpath / "brands")
    return config.stash[_HOUSE]
