"""What lies in the database after a turn: rows, by the names of their tables and columns.

A file names the rows that must be there and of each only the columns that it cares about; a number says how many there
are, an empty list that there is none. At core depth the tables of `CORE_TABLES` are kept in memory, with the columns
that the core decides; of the others nothing is judged there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Column

from bot.replay.kinds import Count, Flag, Kind, Located, Many, Record, Schema, Text
from bot.replay.places import Branch, Place
from bot.store.schema import Table

#: A row as far as it is known.
StoredRow = Mapping[str, Any]

#: The tables that a talk leads to; what staff and machines keep for themselves is no part of one.
TABLES: Mapping[str, str] = {
    "request": "Requests of data subjects.",
    "verification": "Proofs that were given.",
    "deadline": "Clocks of requests.",
    "suppression": "Addresses that get no more of something.",
    "conversation": "What is remembered of each talk.",
    "inbox": "Messages that came in, and the verdict on each.",
    "outbox": "Messages of ours.",
    "staff_item": "What waits for a person.",
    "notice": "What was told because time passed.",
    "audit": "The record.",
    "event": "What other programs are told.",
    "link": "Chats that belong to a mailbox.",
    "mute": "Senders who get no more automatic mail for a while.",
    "silence": "Topics that were asked and that the policy does not speak of.",
}
CORE_TABLES = frozenset({"request", "verification", "deadline", "suppression", "conversation"})
#: Columns that no talk decides.
_MACHINERY = frozenset({"nonce", "attempts", "claimed_by", "claimed_until", "claim_token", "claims", "version"})
#: Stands for anything that is there: bytes, and what is sealed as JSON.
KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRows:
    """What one table must hold."""

    table: str
    #: Exactly so many rows; None any number.
    count: int | None = None
    #: Each must be there as a row of its own; with none the table must be empty.
    rows: tuple[StoredRow, ...] = ()


def stored_kind() -> Kind:
    """The field `stored` of an expectation."""
    return Record(
        called="what is stored",
        fields={table: (_Rows(table=table), about) for table, about in TABLES.items()},
        build=_wanted,
    )


def tables_in(wanted: Iterable[Located]) -> frozenset[str]:
    return frozenset(one.value.table for one in wanted)


def misses(wanted: WantedRows, rows: Sequence[StoredRow]) -> str:
    """ "" where `rows` are as wanted, else those that are there."""
    if wanted.count is not None:
        return "" if len(rows) == wanted.count else f"{len(rows)}: {_listed(rows, _telling(wanted.table))}"
    if not wanted.rows:
        return _listed(rows, _telling(wanted.table)) if rows else ""
    if _fit(list(wanted.rows), list(rows)):
        return ""
    return _listed(rows, dict.fromkeys(name for row in wanted.rows for name in row)) or "no row"


def in_words(wanted: WantedRows) -> str:
    if wanted.count is not None:
        return f"{wanted.table}: {wanted.count} rows"
    return f"{wanted.table}: {_listed(wanted.rows, ()) or 'no row'}"


def plain(value: Any) -> Any:
    """A value of the database as a file writes it."""
    match value:
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").replace(":00Z", "Z")
        case bytes() | dict():
            return KEPT
        case list() | tuple():
            return [str(member) if isinstance(member, str) else KEPT for member in value]
        case _:
            return value


@cache
def columns_of(table: str) -> Mapping[str, Column[Any]]:
    """The columns that can be asked for."""
    columns = Table.metadata.tables[table].columns
    return {
        column.name: column
        for column in columns
        if column.name not in _MACHINERY and not column.name.endswith("digest")
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """A number of rows, or the rows themselves."""

    table: str

    def read(self, branch: Branch) -> WantedRows:
        if branch.kind == "int":
            return WantedRows(table=self.table, count=Count().read(branch))
        found = self._many.read(branch)
        return WantedRows(table=self.table, rows=tuple(one.value for one in found))

    def schema(self) -> Schema:
        return {"anyOf": [Count().schema(), self._many.schema()]}

    @property
    def _many(self) -> Many:
        fields = {name: (_OrNothing(of=_cell(column)), "") for name, column in columns_of(self.table).items()}
        return Many(of=Record(called=f"a row of {self.table}", fields=fields, build=_row))


@dataclass(frozen=True, slots=True, kw_only=True)
class _OrNothing:
    """A value, or null where the column must be empty."""

    of: Kind

    def read(self, branch: Branch) -> Any:
        return None if branch.kind == "null" else self.of.read(branch)

    def schema(self) -> Schema:
        inner = self.of.schema()
        if "type" in inner:
            return {**inner, "type": [inner["type"], "null"]}
        return {"anyOf": [*inner["anyOf"], {"type": "null"}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Texts:
    """A list of texts as plain values."""

    def read(self, branch: Branch) -> list[str]:
        return [one.value for one in Many(of=Text()).read(branch)]

    def schema(self) -> Schema:
        return Many(of=Text()).schema()


def _cell(column: Column[Any]) -> Kind:
    found = getattr(column.type, "impl_instance", column.type).python_type
    if found is bool:
        return Flag()
    if found is int:
        return Count()
    if found is bytes:
        return Text(pattern=KEPT, called=KEPT)
    if found is datetime:
        return Text(pattern=r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?Z", called="a moment")
    # What is no text is JSON, and that a list of names in most columns.
    return Text() if found is str else _Texts()


def _row(found: dict[str, Located], _: Place) -> StoredRow:
    return {name: located.value for name, located in found.items()}


def _wanted(found: dict[str, Located], _: Place) -> tuple[Located, ...]:
    return tuple(found.values())


def _fit(wanted: list[StoredRow], rows: list[StoredRow]) -> bool:
    """Whether each wanted row has one of its own among `rows`."""
    if not wanted:
        return True
    first, *rest = wanted
    return any(_is(first, row) and _fit(rest, rows[:place] + rows[place + 1 :]) for place, row in enumerate(rows))


def _is(wanted: StoredRow, row: StoredRow) -> bool:
    """A column that this depth does not know is not judged."""
    return all(_holds(row[name], value) for name, value in wanted.items() if name in row)


def _holds(found: Any, wanted: Any) -> bool:
    return plain(found) == wanted or (wanted == [KEPT] and bool(found))


def _telling(table: str) -> Iterable[str]:
    """The columns that show what a row is about."""
    shown = ("reference", "right_name", "state", "level", "purpose", "address", "kind", "reason", "outcome", "event")
    return [name for name in shown if name in columns_of(table)]


def _listed(rows: Iterable[StoredRow], names: Iterable[str]) -> str:
    """`names` of each row; all that it has where none is named."""
    chosen = tuple(names)
    return "; ".join(
        ", ".join(f"{name} {_shown(row[name])}" for name in chosen or row if name in row) or "a row" for row in rows
    )


def _shown(value: Any) -> str:
    found = plain(value)
    match found:
        case None:
            return "null"
        case "":
            return '""'
        case list():
            return f"[{', '.join(found)}]"
        case bool():
            return str(found).lower()
        case _:
            return str(found)
