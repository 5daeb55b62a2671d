"""Writes down what follows now instead of what was expected: only values of `expect` that differ, each where it stands.

Law: what passes is not touched, nor is what forbids something or is a matter of taste (`never_says`, `no_code`, `reply`
...): those a person must change. Comments and order stay as they are.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from bot.replay.checks import Failure
from bot.replay.judges import COURTESIES, line_list
from bot.replay.loading import understood
from bot.replay.player import Outcome, Result
from bot.replay.scene import Scene, Ticket
from bot.replay.script import Script
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
    """Play the one conversation of `text` and write what follows, turn after turn, until it passes or a person must."""
    file = script.place.file
    for _ in script.turns:
        result = play(script)
        if result.outcome is not Outcome.FAILED:
            return Accepted(text=text, left=())
        edits = list(_edits(text, result))
        if not edits:
            return Accepted(text=text, left=result.failures)
        text = _edited(text, edits)
        (script,) = understood(file, text)
    return Accepted(text=text, left=play(script).failures)


def _edits(text: str, result: Result) -> Iterator[_Edit]:
    """What the last turn that was played needs; the ones before it are as expected."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    turns = _fields(root)["turns"].value
    expected = _fields(_fields(turns[len(result.turns) - 1])["expect"])
    scene = result.turns[-1].scene
    for name in dict.fromkeys(failure.name for failure in result.failures):
        if name == "request":
            yield from _request_edits(expected[name], scene.tickets)
        elif name in _EXACT and (found := _EXACT[name](scene)) is not None:
            yield _edit(expected[name], found)


def _request_edits(node: Any, tickets: Iterable[Ticket]) -> Iterator[_Edit]:
    """Fields of the newest request for the same right; a request that is not there is left to a person."""
    newest = {ticket.right: ticket for ticket in tickets}
    for member in node.value if isinstance(node, yaml.SequenceNode) else (node,):
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
                yield _edit(value, found)


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


def _edit(node: Any, value: Any) -> _Edit:
    """A list below its name stays one; else the value stands on one line."""
    block = isinstance(node, yaml.CollectionNode) and not node.flow_style
    if block and isinstance(value, list) and value:
        instead = f"\n{' ' * node.start_mark.column}".join(f"- {_inline(member)}" for member in value)
    else:
        instead = ("  " if block else "") + _inline(value)
    return _Edit(start=node.start_mark.index, end=_end(node), instead=instead)


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
