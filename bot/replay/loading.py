"""Reads conversation files: all of a file, or none of it with the line that is wrong."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.replay.form import conversation_kind
from bot.replay.places import LINES_ENDING, YAML_ENDING, BadConversation, branches, text_of
from bot.replay.script import Script


def load(file: Path) -> tuple[Script, ...]:
    """The conversations of one file. Raises `BadConversation`."""
    return understood(file, text_of(file))


def understood(file: Path, text: str) -> tuple[Script, ...]:
    """The conversations of a file if it held `text`. Raises `BadConversation`."""
    return tuple(conversation_kind().read(branch) for branch in branches(file, text))


def conversation_files(paths: Sequence[Path]) -> Iterator[Path]:
    """Every conversation file at or below `paths`, in order. Raises `BadConversation` for a path without any."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(file for ending in (YAML_ENDING, LINES_ENDING) for file in path.rglob(f"*{ending}"))
        if not found:
            raise BadConversation(f"{path}: no file in it is named *{YAML_ENDING} or *{LINES_ENDING}")
        yield from found
