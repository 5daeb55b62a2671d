"""Writes down what follows now instead of what was expected: only values of `expect` that differ, each where it stands.

Law: what passes is not touched, nor is what forbids something or is a matter of taste (`never_says`, `no_code`, `reply`
...): those a person must change. Comments and order stay as they are.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from bot.replay.judges import COURTESIES, line_list
from bot.replay.judging import Failure
from bot.replay.loading import understood
from bot.replay.places import LINES_ENDING
from bot.replay.player import Outcome, Result
from bot.replay.scene import Scene, Ticket
from bot.replay.script import Script
from bot.replay.stored import plain
from bot.replay.wanted import ALIKE

_ALIKE = {key: name for name, keys in ALIKE.items() for key in keys}
_REQUEST_FIELDS = {
    "kind": "kind",
    "state": "state",
    "level": "level",
    "due": "due_on",
    "claimed": "claimed",
    "subject": "subject",
}


#: Writes a value on one line.
_Write = Callable[[Any], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The file's text with what follows now."""

    text: str
    #: What a person must change, or the talk is wrong.
    left: tuple[Failure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edit:
    """A stretch of the text and what stands there instead."""

    start: int
    end: int
    instead: str


def accepted(script: Script, text: str, play: Callable[[Script], Result]) -> Accepted:
    """Play the one conversation of `text` and write what follows, turn after turn, until it passes or a person must.

    Of a file with one conversation on each line `text` is that line, below as many empty ones as stand before it.
    """
    file = script.place.file
    write = _in_json if file.name.endswith(LINES_ENDING) else _inline
    for _ in script.turns:
        result = play(script)
        if result.outcome is not Outcome.FAILED:
            return Accepted(text=text, left=())
        edits = _edits(text, result, write)
        if not edits:
            return Accepted(text=text, left=result.failures)
        text = _edited(text, edits)
        (script,) = understood(file, text)
    return Accepted(text=text, left=play(script).failures)


def _edits(text: str, result: Result, write: _Write) -> list[_Edit]:
    """What the last turn that was played needs; the ones before it are as expected."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    turn = _fields(_fields(root)["turns"].value[len(result.turns) - 1])
    if "expect" not in turn:
        return []
    fixes = _fixes(_fields(turn["expect"]), result.failures, result.turns[-1].scene, write)
    return [edit for found in fixes for edit in found]


def _fixes(expected: dict[str, Any], failures: Sequence[Failure], scene: Scene, write: _Write) -> list[list[_Edit]]:
    """For each field that failed the edits that mend it; none where a person must."""
    found: list[list[_Edit]] = []
    for name, failure in {failure.name: failure for failure in failures}.items():
        if name == "any_of":
            found.append(_nearest(expected[name], failure, scene, write))
        elif name == "request":
            found.append(list(_request_edits(expected[name], scene.tickets, write)))
        elif name == "stored":
            found.append(
                [edit for one in failures if one.name == name for edit in _row_edits(expected[name], one, scene, write)]
            )
        elif name in _EXACT and (value := _EXACT[name](scene)) is not None:
            found.append([_edit(expected[name], value, write)])
        else:
            found.append([])
    return found


def _nearest(options: Any, failure: Failure, scene: Scene, write: _Write) -> list[_Edit]:
    """The edits of the alternative that needs the fewest of them; of one that a person must change none."""
    found: list[list[_Edit]] = []
    for node, failures in zip(options.value, failure.alternatives, strict=True):
        fixes = _fixes(_fields(node), failures, scene, write)
        if all(fixes):
            found.append([edit for edits in fixes for edit in edits])
    return min(found, key=len, default=[])


def _request_edits(node: Any, tickets: Iterable[Ticket], write: _Write) -> Iterator[_Edit]:
    """Fields of the newest request for the same right; a request that is not there is left to a person."""
    newest = {ticket.right: ticket for ticket in tickets}
    for member in _members(node):
        if not isinstance(member, yaml.MappingNode):
            continue
        fields = _fields(member)
        ticket = newest.get(fields["right"].value)
        for name, attribute in _REQUEST_FIELDS.items():
            if ticket is None or name not in fields:
                continue
            found = getattr(ticket, attribute)
            value = fields[name]
            if "{" not in value.value and str(found) != value.value:
                yield _edit(value, found, write)


def _row_edits(node: Any, failure: Failure, scene: Scene, write: _Write) -> Iterator[_Edit]:
    """The number of rows of a table, or the columns of its only row; which of several is meant, a person knows."""
    tables = {key.value: (key, value) for key, value in node.value}
    for table, (key, value) in tables.items():
        if key.start_mark.line + 1 != failure.place.line or not failure.expected.startswith(f"stored: {table}:"):
            continue
        rows, members = scene.stored.get(table, ()), _members(value)
        if isinstance(value, yaml.ScalarNode):
            yield _edit(value, len(rows), write)
        elif len(rows) == len(members) == 1:
            for name, column in _fields(members[0]).items():
                found = plain(rows[0].get(name))
                if name in rows[0] and "{" not in str(column.value) and yaml.safe_load(column.value) != found:
                    yield _edit(column, found, write)


def _members(node: Any) -> list[Any]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else [node]


def _edited(text: str, edits: Iterable[_Edit]) -> str:
    for edit in sorted(edits, key=lambda edit: -edit.start):
        text = text[: edit.start] + edit.instead + text[edit.end :]
    return text


def _fields(node: Any) -> dict[str, Any]:
    return {key.value: value for key, value in node.value}


def _end(node: Any) -> int:
    """Where it ends; a block list ends with its last member, not with the comments below."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    end: int = node.end_mark.index
    return end


def _edit(node: Any, value: Any, write: _Write) -> _Edit:
    """A list below its name stays one; else the value stands on one line."""
    block = isinstance(node, yaml.CollectionNode) and not node.flow_style
    if block and isinstance(value, list) and value:
        instead = f"\n{' ' * node.start_mark.column}".join(f"- {write(member)}" for member in value)
    else:
        instead = ("  " if block else "") + write(value)
    return _Edit(start=node.start_mark.index, end=_end(node), instead=instead)


def _in_json(value: Any) -> str:
    """A list of one as the value alone."""
    if isinstance(value, list) and len(value) == 1:
        (value,) = value
    return json.dumps(value, ensure_ascii=False)


def _inline(value: Any) -> str:
    """A list of one as the value alone."""
    if isinstance(value, list) and len(value) == 1:
        (value,) = value
    text = str(yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**6))
    return text.strip().removesuffix("\n...")


def _sentences(scene: Scene) -> list[str] | None:
    keys = [key for reply in scene.replies for key in reply.keys if key not in COURTESIES]
    return [_ALIKE.get(key, key) for key in keys] or None


def _only(found: Iterable[str]) -> str | None:
    """The one value; None where there are none or several."""
    values = list(dict.fromkeys(found))
    return values[0] if len(values) == 1 else None


#: Fields whose value says exactly what follows, and so can be read off.
_EXACT: dict[str, Callable[[Scene], Any]] = {
    "intents": lambda scene: sorted(scene.reading.names) if scene.reading else [],
    "rules": lambda scene: list(scene.rules),
    "templates": _sentences,
    "quotes": lambda scene: line_list(tuple(lines for reply in scene.replies for lines in reply.lines)),
    "spoken_language": lambda scene: _only(reply.outgoing.language for reply in scene.replies),
    "reply_to": lambda scene: _only(reply.outgoing.recipient for reply in scene.replies),
    "code_to": lambda scene: _only(code.outgoing.recipient for code in scene.codes),
    "requests": lambda scene: len(scene.tickets),
    "staff": lambda scene: sorted(item.reason for item in scene.staff),
    "urgent": lambda scene: any(item.urgent for item in scene.staff),
    "kept_back": lambda scene: sorted(scene.kept_back),
}
