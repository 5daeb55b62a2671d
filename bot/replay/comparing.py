"""Two runs of the same conversations side by side: which talks go otherwise with other code, model or policy.

An earlier run is the file that `privacy-desk replay --json` wrote; what only one of the two played is not a change.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import BadSetting
from bot.replay.player import Result
from bot.replay.report import as_objects

_Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One talk that goes otherwise than before."""

    #: File and line of the turn where it begins to differ.
    place: str
    title: str
    depth: str
    channel: str
    #: What differs in that turn: name, before, now.
    differs: tuple[tuple[str, str, str], ...]


def read_run(file: Path) -> list[dict[str, Any]]:
    """The objects of an earlier run. Raises `BadSetting` with the line that is none."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"{file}: cannot be read as an earlier run ({error})") from error
    objects = []
    for number, line in enumerate(lines, start=1):
        try:
            found = json.loads(line)
            objects.append({"kind": found["kind"], **found})
        except (ValueError, KeyError, TypeError) as error:
            raise BadSetting(f"{file}:{number}: this is not a line that replay --json writes") from error
    return objects


def changes(earlier: Sequence[Mapping[str, Any]], results: Iterable[Result]) -> list[Change]:
    """The talks that both runs played and that differ, each with its first turn that does."""
    before, after = _turns(earlier), _turns([value for result in results for value in as_objects(result)])
    found = []
    for key in before.keys() & after.keys():
        change = _first_change(before[key], after[key])
        if change is not None:
            found.append(change)
    return sorted(found, key=lambda change: (change.place, change.depth, change.channel))


def _turns(objects: Iterable[Mapping[str, Any]]) -> dict[_Key, list[Mapping[str, Any]]]:
    """The turns of each talk."""
    talks: dict[_Key, list[Mapping[str, Any]]] = {}
    for value in objects:
        if value["kind"] == "turn":
            key = tuple(str(value.get(name)) for name in ("path", "conversation", "depth", "channel"))
            talks.setdefault(key, []).append(value)
    return talks


def _first_change(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> Change | None:
    for was, now in zip(before, after, strict=False):
        if differs := tuple(_differing(was, now)):
            return Change(
                place=f"{now['path']}:{now['line']}",
                title=str(now["conversation"]),
                depth=str(now["depth"]),
                channel=str(now["channel"]),
                differs=differs,
            )
    return None


def _differing(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterable[tuple[str, str, str]]:
    if was.get("outcome") != now["outcome"]:
        yield "turn", str(was.get("outcome")), str(now["outcome"])
    earlier = was.get("followed", {})
    for name, value in now["followed"].items():
        if name in earlier and earlier[name] != value:
            yield name, _shown(earlier[name]), _shown(value)


def _shown(value: Any) -> str:
    return (", ".join(map(str, value)) if isinstance(value, list) else str(value)) or "none"
