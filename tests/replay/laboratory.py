"""Conversations written into a test, played at core depth."""

import asyncio
from pathlib import Path

from bot.laboratory import Laboratory
from bot.replay.loading import understood
from bot.replay.player import Result, play
from bot.replay.script import Script

HOUSE = Laboratory()


def a_script(text: str) -> Script:
    """The one conversation of a file with this text."""
    (script,) = understood(Path("a.conversation.yaml"), text)
    return script


def played(script: Script, *, depth: str = "core", channel: str = "") -> Result:
    return asyncio.run(play(script, HOUSE, depth=depth, channel=channel))
