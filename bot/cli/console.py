"""What every command shares: lines in, lines out, and errors in one line."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from enum import Enum
from io import TextIOWrapper
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

#: Columns where the output is a file or a pipe, which have no width of their own.
_WIDTH = 120


def _console(*, stderr: bool) -> Console:
    """Plain text where it is not a terminal."""
    console = Console(stderr=stderr)
    return console if console.is_terminal else Console(stderr=stderr, width=_WIDTH)


#: Where tables go, and where progress and errors do.
out = _console(stderr=False)
err = _console(stderr=True)


def new_app() -> typer.Typer:
    """`privacy-desk`, still without a command."""
    return typer.Typer(
        name="privacy-desk",
        help="A privacy assistant for the inbox and the chats of a small company.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )


def say(text: str = "", *, style: str = "") -> None:
    """Lines for a person, as they are."""
    out.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def say_error(fault: Exception) -> None:
    """One line for a person, on standard error."""
    err.print(f"privacy-desk: {fault}", style="red", markup=False, highlight=False, soft_wrap=True)


def clean(given: str) -> str:
    """`given` without the lone surrogates that JSON may hold, and a shell may pass for bytes that are no UTF-8."""
    return given.encode("utf-8", "replace").decode("utf-8")


def never_fail_to_print() -> None:
    """A terminal that lacks a letter shows a question mark instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def show_table(table: Table, otherwise: str) -> None:
    """The table, or a sentence where it has no rows. What does not fit goes on in the next line, nothing is cut off."""
    for column in table.columns:
        column.overflow = "fold"
    if table.row_count:
        out.print(table)
    else:
        say(otherwise)


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON object on one line, UTF-8 whatever the terminal speaks, at once for a program that waits for it."""
    line = json.dumps(value, ensure_ascii=False) + "\n"
    sys.stdout.buffer.write(line.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()


def as_plain(value: Any) -> Any:
    """Values as JSON knows them."""
    match value:
        case dict():
            return {name: as_plain(inner) for name, inner in value.items()}
        case list() | tuple():
            return [as_plain(inner) for inner in value]
        case date():
            return value.isoformat()
        case Enum():
            return value.value
        case _:
            return value


def each_line(lines: Iterable[bytes], needs: str, work: Callable[[dict[str, Any]], Mapping[str, Any]]) -> int:
    """Answer each JSON line with one; returns how many were bad.

    A bad line (no UTF-8, no JSON object, or without the text field `needs`) is named by its number on standard error,
    the rest is done. Unknown fields are ignored.
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


def _object(raw: bytes, needs: str) -> dict[str, Any]:
    try:
        given = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise ValueError("this is not JSON; write one JSON object on each line") from None
    if not isinstance(given, dict) or not isinstance(given.get(needs), str):
        raise ValueError(f'this is not an object with the text field "{needs}"')
    return given | {needs: clean(given[needs])}
