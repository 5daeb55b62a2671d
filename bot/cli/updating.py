"""`replay --update`: shows what would be written into conversation files, and writes it when told to."""

import asyncio
import difflib
from collections.abc import Sequence

import typer

from bot.cli.console import say
from bot.cli.playing import silent
from bot.laboratory import Laboratory
from bot.replay.accepting import accepted
from bot.replay.places import LINES_ENDING, text_of
from bot.replay.player import play
from bot.replay.report import failure_text
from bot.replay.script import Script


def write_what_follows(scripts: Sequence[Script], depth: str, *, yes: bool) -> int:
    """The exit status: 1 where something is left to a person, or was not written."""
    house = Laboratory()
    status = 0
    for script in scripts:
        file = script.place.file
        before = text_of(file)
        start, end = _its_part(script, before)
        above = "\n" * before[:start].count("\n")
        with silent():
            found = accepted(script, above + before[start:end], lambda one: asyncio.run(play(one, house, depth=depth)))
        for failure in found.left:
            say(f"left to you: {failure_text(failure)}")
            status = 1
        after = before[:start] + found.text.removeprefix(above) + before[end:]
        if after == before:
            continue
        lines = (before.splitlines(), after.splitlines())
        say("\n".join(difflib.unified_diff(*lines, str(file), "as it is now", n=1, lineterm="")))
        if yes or typer.confirm(f"Write {file}?"):
            file.write_text(after, encoding="utf-8")
        else:
            status = 1
    return status


def _its_part(script: Script, text: str) -> tuple[int, int]:
    """Where the conversation stands in its file: all of it, or its line."""
    if not script.place.file.name.endswith(LINES_ENDING):
        return 0, len(text)
    lines = text.split("\n")
    start = sum(len(line) + 1 for line in lines[: script.place.line - 1])
    return start, start + len(lines[script.place.line - 1])
