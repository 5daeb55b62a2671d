"""Finds rows by whose they are, though the addresses in them are sealed, and however long ago that was done.

Law: what was sealed with an old key is found by it, and what was stored before there were seals by its letters.
"""

from typing import Any

from sqlalchemy import ColumnElement, Text, false, func, or_, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.keys import Keys
from bot.store.schema.sealed import address_cell, address_marks, keys_of, start_of

#: Sorts behind every sign of a sealed address.
_BEHIND = "g"


def exactly(connection: AsyncConnection, column: Any, *addresses: str) -> ColumnElement[bool]:
    """`column` is one of `addresses`, letter by letter."""
    if not addresses:
        return false()
    cells = [address_cell(keys, one) for keys in _each(connection) for one in addresses]
    return _raw(column).in_([*addresses, *cells])


def in_any_case(connection: AsyncConnection, column: Any, *addresses: str) -> ColumnElement[bool]:
    """`column` is one of `addresses`, in capitals or not. Reads every row that is not sealed."""
    raw, plain = _raw(column), [address.lower() for address in addresses]
    sealed = [_begins(raw, keys, one, 3) for keys in _each(connection) for one in addresses]
    return or_(func.lower(raw).in_(plain), *sealed)


def sealed_in_any_case(connection: AsyncConnection, column: Any, address: str) -> ColumnElement[bool]:
    """The same of what is sealed alone, as ranges that an index answers."""
    return or_(false(), *(_begins(_raw(column), keys, address, 3) for keys in _each(connection)))


def of_the_mailbox(connection: AsyncConnection, column: Any, address: str) -> ColumnElement[bool]:
    """`column` is `address` in capitals or not, with any +tag or none."""
    name, _, domain = address.lower().rpartition("@")
    name, spelt = name.partition("+")[0], func.lower(_raw(column))
    tagged = spelt.startswith(f"{name}+", autoescape=True) & spelt.endswith(f"@{domain}", autoescape=True)
    sealed = [_begins(_raw(column), keys, address, 2) for keys in _each(connection)]
    return or_(spelt == f"{name}@{domain}", tagged, *sealed)


def of_the_domain(connection: AsyncConnection, column: Any, domain: str) -> ColumnElement[bool]:
    """`column` is an address there."""
    plain = func.lower(_raw(column)).endswith(f"@{domain.lower()}", autoescape=True)
    return or_(plain, *(_begins(_raw(column), keys, f"@{domain}", 1) for keys in _each(connection)))


def as_stored(column: Any) -> ColumnElement[str]:
    """The bytes of the column as they lie there, for a foreign key that must have the same."""
    return _raw(column)


def _begins(raw: ColumnElement[str], keys: Keys, address: str, marks: int) -> ColumnElement[bool]:
    start = start_of(address_marks(keys, address)[:marks])
    return (raw >= start) & (raw < start + _BEHIND)


def _raw(column: Any) -> ColumnElement[str]:
    return type_coerce(column, Text)


def _each(connection: AsyncConnection) -> list[Keys]:
    """The keys one by one, each as if it were the newest."""
    keys = keys_of(connection.dialect)
    return keys.one_by_one() if keys is not None else []
