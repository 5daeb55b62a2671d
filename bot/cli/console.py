"""What every command shares: lines in, lines out, and errors in one line."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rich.console import Console

#: Where tables and progress go; plain text where it is not a terminal.
out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)


def say_error(fault: Exception) -> None:
    """One line for a person, on standard error."""
    err.print(f"privacy-desk: {fault}", style="red", markup=False, highlight=False)


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON object on one line, UTF-8."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


def each_line(lines: Iterable[str], needs: str, work: Callable[[dict[str, Any]], Mapping[str, Any]]) -> int:
    """Answer each JSON line with one; returns how many were bad.

    A bad line (no JSON object, or without the text field `needs`) is named by its number on standard error, the rest is
    done. Unknown fields are ignored.
    """
    bad = 0
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        try:
            given = _object(raw, needs)
        except ValueError as mistake:
            say_error(ValueError(f"line {number}: {mistake}"))
            bad += 1
            continue
        print_json(work(given))
    return bad


def _object(raw: str, needs: str) -> dict[str, Any]:
    try:
        given = json.loads(raw)
    except ValueError:
        raise ValueError("this is not JSON; write one JSON object on each line") from None
    if not isinstance(given, dict) or not isinstance(given.get(needs), str):
        raise ValueError(f'this is not an object with the text field "{needs}"')
    return given
