"""Reads a shop's own CSV file a row at a time: which column holds the addresses, and which rows cannot be read.

Law: whatever the delimiter, the letter case of the heading or the line end, each row is named by its line in the file.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.errors import BadSetting

#: Headings of a column of mailboxes, without blanks and signs, in the languages that we speak.
_HEADINGS = frozenset(
    {
        "email",
        "mail",
        "address",
        "emailaddress",
        "mailaddress",
        "emailadresse",
        "mailadresse",
        "emailadres",
        "mailadres",
    }
    | {"adresseemail", "adressemail", "courriel", "correo", "correoelectronico", "correoelectrónico"}
    | {"indirizzoemail", "postaelettronica", "adresemail", "adresmail"}
)
_DELIMITERS = (",", ";", "\t", "|")
_LONGEST_FIELD = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row that could be read."""

    #: Of the file, from 1; the last one where the row has several.
    line: int
    cells: Sequence[str]
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """One that could not."""

    line: int
    why: str


class Sheet:
    """A CSV file with a column of addresses."""

    def __init__(self, lines: Iterable[str], *, column: str, is_address: re.Pattern[str]) -> None:
        """Reads the first row. Raises `BadSetting` where there is no such column."""
        csv.field_size_limit(_LONGEST_FIELD)
        start = iter(lines)
        first = next(start, "").removeprefix("\ufeff")
        if not first.strip():
            raise BadSetting("the file is empty; its first line must name the columns or hold an address")
        if "\0" in first:
            raise BadSetting("the file is not text in UTF-8; save it as CSV UTF-8")
        self.delimiter = max(_DELIMITERS, key=first.count)
        self._reader = csv.reader(_again(first, start), delimiter=self.delimiter)
        self._is_address = is_address
        head = next(self._reader)
        #: The names of the columns, None where the file begins with an address.
        self.heading: Sequence[str] | None = None if any(map(self._fits, head)) else head
        self._place = _place(head, column, has_heading=self.heading is not None, fits=self._fits)
        self._first = None if self.heading is not None else head

    def _fits(self, cell: str) -> bool:
        return self._is_address.fullmatch(cell.strip()) is not None

    def __iter__(self) -> Iterator[Row | BadRow]:
        if self._first is not None:
            yield self._row(self._first)
        while True:
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as fault:
                yield BadRow(line=self._reader.line_num, why=f"this is not CSV ({fault})")
                continue
            if cells:
                yield self._row(cells)

    def _row(self, cells: Sequence[str]) -> Row | BadRow:
        line = self._reader.line_num
        if len(cells) <= self._place:
            return BadRow(
                line=line, why=f"it has {len(cells)} columns, and the addresses stand in column {self._place + 1}"
            )
        address = cells[self._place].strip()
        if not self._is_address.fullmatch(address):
            return BadRow(line=line, why=f"column {self._place + 1} holds no address")
        return Row(line=line, cells=cells, address=address)


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _place(head: Sequence[str], column: str, *, has_heading: bool, fits: Any) -> int:
    """Where the addresses stand, from 0."""
    names = [_plain(name) for name in head]
    if column:
        if _plain(column) in names and has_heading:
            return names.index(_plain(column))
        if column.isdigit() and 1 <= int(column) <= len(head):
            return int(column) - 1
        raise BadSetting(f"there is no column {column}; there are {', '.join(head)}, or name it by its number")
    if not has_heading:
        return next(place for place, cell in enumerate(head) if fits(cell))
    found = [place for place, name in enumerate(names) if name in _HEADINGS]
    if len(found) != 1:
        raise BadSetting(f"which column holds the addresses? Name it with --column; there are {', '.join(head)}")
    return found[0]


def _plain(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalnum())
