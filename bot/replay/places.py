"""A file as a tree in which everything knows its line: YAML, or JSON with one conversation on each line.

What cannot be read is said with file and line, and nothing of the file is taken.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.errors import BadSetting

#: What the names of conversation files end with.
YAML_ENDING = ".conversation.yaml"
LINES_ENDING = ".conversations.jsonl"

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = re.compile(r"tag:yaml\.org,2002:(str|bool|int|timestamp|map|seq|null|float)")
_KINDS = {
    "str": "a text",
    "bool": "true or false",
    "int": "a number",
    "timestamp": "a date",
    "map": "fields with values",
    "seq": "a list",
    "null": "nothing",
    "float": "a number with a fraction",
}


class BadConversation(BadSetting):
    """A conversation file that cannot be read as one; the text begins with file and line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line of a file."""

    file: Path
    line: int
    #: Where one line holds a whole conversation: the letter in it, from 1; 0 elsewhere.
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" + (f":{self.column}" if self.column else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A value of the tree, not yet understood."""

    place: Place
    #: A node of the YAML library.
    node: Any
    #: Lines of the file before the document that it belongs to.
    first: int = 0

    @property
    def kind(self) -> str:
        """ "str", "bool", "int", "timestamp", "map", "seq", "null" or "float"."""
        found = _TAG.fullmatch(self.node.tag)
        return found.group(1) if found else self.node.tag

    @property
    def text(self) -> str:
        """A scalar as it is written, without its quotes."""
        return str(self.node.value)

    def items(self) -> Iterator["Branch"]:
        """The members of a list."""
        for node in self.node.value:
            yield self._at(node)

    def fields(self) -> Iterator[tuple["Branch", "Branch"]]:
        """The names and values of a mapping."""
        for key, value in self.node.value:
            yield self._at(key), self._at(value)

    def wrong(self, what: str) -> BadConversation:
        return BadConversation(f"{self.place}: {what}")

    def expected(self, what: str) -> BadConversation:
        return self.wrong(f"{what} is expected here, and this is {_KINDS.get(self.kind, self.kind)}")

    def _at(self, node: Any) -> "Branch":
        line = self.first + node.start_mark.line + 1
        column = node.start_mark.column + 1 if self.place.column else 0
        return Branch(place=Place(file=self.place.file, line=line, column=column), node=node, first=self.first)


def text_of(file: Path) -> str:
    """What the file holds. Raises `BadConversation`."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadConversation(f"{file}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise BadConversation(f"{file}: is not UTF-8") from error


def branches(file: Path, text: str) -> list[Branch]:
    """The conversations of a file that holds `text`, not yet understood. Raises `BadConversation`."""
    if not file.name.endswith(".jsonl"):
        return [_parsed(file, text, 0)]
    lines = enumerate(text.split("\n"))
    return [_parsed(file, line, number) for number, line in lines if line.strip()]


def _parsed(file: Path, text: str, first: int) -> Branch:
    try:
        node = yaml.compose(text, Loader=_Loader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = first + (mark.line if mark is not None else 0) + 1
        raise BadConversation(
            f"{file}:{line}: this is not YAML ({getattr(error, 'problem', None) or error})"
        ) from error
    if node is None:
        raise BadConversation(f"{file}:{first + 1}: the file is empty")
    column = node.start_mark.column + 1 if file.name.endswith(".jsonl") else 0
    place = Place(file=file, line=first + node.start_mark.line + 1, column=column)
    return Branch(place=place, node=node, first=first)
