"""Seals anew what an old key has sealed, while everybody works on.

Law: a row is read and written in one transaction, a few at a time; what the newest key has sealed is left as it is.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    LargeBinary,
    RowMapping,
    Table,
    Text,
    delete,
    insert,
    inspect,
    select,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from bot import seals
from bot.keys import Keys
from bot.store import conversations
from bot.store.database import Database
from bot.store.ids import new_id
from bot.store.recording import subject_of
from bot.store.schema import Link, Request, Verification
from bot.store.schema import Table as Tables
from bot.store.schema.sealed import (
    SealedAddress,
    SealedBytes,
    SealedJson,
    SealedWords,
    bytes_in,
    is_address_cell,
    sealed_address,
)

_BATCH = 200
_SEALED = (SealedAddress, SealedBytes, SealedJson, SealedWords)
#: A foreign key holds them together: they are sealed anew as one.
_TIED = (Verification.__table__.c.subject, Request.__table__.c.subject)


def sealed_columns() -> list[tuple[Table, list[Column[Any]]]]:
    """Every table that holds something sealed that stands for itself, with those columns."""
    found = [
        (table, [column for column in table.columns if isinstance(column.type, _SEALED) and column not in _TIED])
        for table in Tables.metadata.sorted_tables
    ]
    return [(table, columns) for table, columns in found if columns]


async def reseal(database: Database, keys: Keys) -> int:
    """How many rows were sealed anew."""
    total = await _reseal_proofs(database, keys)
    for table, columns in sealed_columns():
        after: tuple[Any, ...] | None = None
        while True:
            done, after = await _batch(database, keys, table, columns, after)
            total += done
            if after is None:
                break
    return total


async def _reseal_proofs(database: Database, keys: Keys) -> int:
    """Rows of proofs are never changed: a new one takes the place of the old, and what it has proved is tied to it."""
    after, total = "", 0
    while True:
        stored = type_coerce(Verification.subject, Text).label("stored")
        async with database.writing() as connection:
            rows = select(*Verification.__table__.columns, stored).where(Verification.id > after)
            found = (await connection.execute(rows.order_by(Verification.id).limit(_BATCH))).mappings().all()
            for row in found:
                if _is_old(keys, row["stored"]):
                    await _replace_proof(connection, row)
                    total += 1
        if len(found) < _BATCH:
            return total
        after = found[-1]["id"]


async def _replace_proof(connection: AsyncConnection, row: RowMapping) -> None:
    await conversations.lock(connection, row["conversation_id"])
    made = new_id()
    same = {name: row[name] for name in ("conversation_id", "level", "method", "subject", "at")}
    await connection.execute(insert(Verification).values(id=made, **same))
    tied = {"verification_id": made, "subject": subject_of(made)}
    await connection.execute(update(Request).where(Request.verification_id == row["id"]).values(**tied))
    await connection.execute(update(Link).where(Link.verification_id == row["id"]).values(verification_id=made))
    await connection.execute(delete(Verification).where(Verification.id == row["id"]))


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
    if isinstance(stored, str) and is_address_cell(stored):
        return seals.is_alike_of_old(keys, sealed_address(stored))
    sealed = bytes_in(stored)
    return not sealed.startswith(seals.SEALED) or seals.is_old(keys, sealed)
