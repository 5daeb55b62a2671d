"""Seals anew what an old key has sealed, while everybody works on.

Law: a row is read and written in one transaction, a few at a time; what the newest key has sealed is left as it is.
"""

from typing import Any

from sqlalchemy import JSON, Column, LargeBinary, Table, Text, inspect, select, tuple_, type_coerce, update
from sqlalchemy.types import TypeEngine

from bot import seals
from bot.keys import Keys
from bot.store.database import Database
from bot.store.schema import Table as Tables
from bot.store.schema.sealed import SealedBytes, SealedJson, SealedWords, bytes_in

_BATCH = 200
_SEALED = (SealedBytes, SealedJson, SealedWords)


def sealed_columns() -> list[tuple[Table, list[Column[Any]]]]:
    """Every table that holds something sealed, with those columns."""
    found = [
        (table, [column for column in table.columns if isinstance(column.type, _SEALED)])
        for table in Tables.metadata.sorted_tables
    ]
    return [(table, columns) for table, columns in found if columns]


async def reseal(database: Database, keys: Keys) -> int:
    """How many rows were sealed anew."""
    total = 0
    for table, columns in sealed_columns():
        after: tuple[Any, ...] | None = None
        while True:
            done, after = await _batch(database, keys, table, columns, after)
            total += done
            if after is None:
                break
    return total


async def _batch(
    database: Database, keys: Keys, table: Table, columns: list[Column[Any]], after: tuple[Any, ...] | None
) -> tuple[int, tuple[Any, ...] | None]:
    """Rows sealed anew, and the key of the last row that was looked at; None at the end."""
    key, done = list(inspect(table).primary_key), 0
    stored = [type_coerce(column, _as_stored(column)).label(f"stored_{column.name}") for column in columns]
    async with database.writing() as connection:
        rows = select(*key, *stored).order_by(*key).limit(_BATCH).with_for_update()
        if after is not None:
            rows = rows.where(tuple_(*key) > after)
        found = (await connection.execute(rows)).all()
        for row in found:
            old = [column for column, cell in zip(columns, row[len(key) :], strict=True) if _is_old(keys, cell)]
            if old:
                this = tuple_(*key) == tuple(row[: len(key)])
                plain = (await connection.execute(select(*old).where(this))).one()
                values = {column.name: value for column, value in zip(old, plain, strict=True)}
                await connection.execute(update(table).where(this).values(**values))
                done += 1
    return done, tuple(found[-1][: len(key)]) if len(found) == _BATCH else None


def _as_stored(column: Column[Any]) -> TypeEngine[Any]:
    match column.type:
        case SealedBytes():
            return LargeBinary()
        case SealedJson():
            return JSON()
        case _:
            return Text()


def _is_old(keys: Keys, stored: Any) -> bool:
    """Sealed with an old key, or not at all since it was stored before there were seals."""
    if stored is None or stored == "":
        return False
    sealed = bytes_in(stored)
    return not sealed.startswith(seals.SEALED) or seals.is_old(keys, sealed)
