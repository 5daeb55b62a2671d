"""Columns that are sealed on the disk: what people wrote, and what was written to them.

Law: each database connection seals with its own keys; what was stored before there were any is read as it stands, and
an empty text stays empty, so that the checks of the database still see it.
"""

import json
from base64 import b64decode, b64encode
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import JSON, Dialect, LargeBinary, TypeDecorator

from bot import seals
from bot.keys import Keys
from bot.store.schema.base import Words

_MARK = "sealed:"
_PURPOSE = "column"
_ADDRESS_MARK, _WHOSE, _MARK_LETTERS = "pdaddress1", "address", 16
_KEYS: WeakKeyDictionary[Dialect, Keys] = WeakKeyDictionary()
_ADDRESSES_IN_THE_CLEAR: WeakSet[Dialect] = WeakSet()


def seal_with(dialect: Dialect, keys: Keys, *, addresses: bool = True) -> None:
    """Everything that goes through `dialect` from now on is sealed with `keys`, `addresses` only where it says so."""
    _KEYS[dialect] = keys
    if not addresses:
        _ADDRESSES_IN_THE_CLEAR.add(dialect)


class SealedBytes(TypeDecorator[bytes]):
    """Bytes."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        keys = _KEYS.get(dialect)
        return value if value is None or keys is None else seals.seal(keys, _PURPOSE, value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        keys = _KEYS.get(dialect)
        if value is None or keys is None or not value.startswith(seals.SEALED):
            return value
        return seals.unseal(keys, _PURPOSE, value)


class SealedWords(Words):
    """Text."""

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return _seal_text(super().process_bind_param(value, dialect), dialect)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return _unseal_text(value, dialect)


class SealedJson(TypeDecorator[Any]):
    """Anything that JSON knows, kept as one JSON string."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None or dialect not in _KEYS:
            return value
        return _seal_text(json.dumps(value), dialect)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        if isinstance(value, str) and value.startswith(_MARK):
            return json.loads(_unseal_text(value, dialect) or "null")
        return value


class SealedAddress(Words):
    """A mailbox, or whatever else names one person; found by what `bot.store.whose` makes of an address.

    On the disk: a mark, keyed digests of its domain, of its mailbox and of its letters, and the sealed address, all in
    hexadecimal, so that it sorts alike in every database and one address has one form.
    """

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        clean, keys = super().process_bind_param(value, dialect), _KEYS.get(dialect)
        if not clean or keys is None or dialect in _ADDRESSES_IN_THE_CLEAR:
            return clean
        return address_cell(keys, clean)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        keys = _KEYS.get(dialect)
        if keys is None or value is None or not is_address_cell(value):
            return value
        return seals.unseal_alike(keys, _WHOSE, sealed_address(value)).decode()


def keys_of(dialect: Dialect) -> Keys | None:
    """What everything that goes through `dialect` is sealed with; None where nothing is."""
    return _KEYS.get(dialect)


def address_cell(keys: Keys, address: str) -> str:
    """What stands on the disk for `address`, made with the newest key."""
    sealed = seals.seal_alike(keys, _WHOSE, address.encode("utf-8", "surrogatepass"))
    return start_of(address_marks(keys, address)) + sealed.hex()


def address_marks(keys: Keys, address: str) -> tuple[str, str, str]:
    """Keyed digests, newest key: of the domain, of the mailbox without +tag, of the address; all in any letter case."""
    lower = address.lower()
    name, _, domain = lower.rpartition("@")
    mailbox = f"{name.partition('+')[0]}@{domain}"

    def mark(what: str, value: str) -> str:
        return keys.digest(f"{what} of a cell", value)[:_MARK_LETTERS]

    return mark("domain", domain), mark("mailbox", mailbox), mark("address", lower)


def start_of(marks: tuple[str, ...]) -> str:
    """What every cell with these first digests begins with."""
    return _ADDRESS_MARK + "".join(marks)


def is_address_cell(stored: str) -> bool:
    """It is sealed: no address looks like it."""
    return stored.startswith(_ADDRESS_MARK) and "@" not in stored and ":" not in stored


def sealed_address(cell: str) -> bytes:
    """The sealed part of what `address_cell` has made."""
    return bytes.fromhex(cell[len(_ADDRESS_MARK) + 3 * _MARK_LETTERS :])


def bytes_in(stored: Any) -> bytes:
    """The sealed bytes in what a column holds on the disk, b"" where it holds none."""
    if isinstance(stored, bytes | memoryview):
        return bytes(stored)
    text = stored.strip('"') if isinstance(stored, str) else ""
    return b64decode(text.removeprefix(_MARK)) if text.startswith(_MARK) else b""


def _seal_text(value: str | None, dialect: Dialect) -> str | None:
    keys = _KEYS.get(dialect)
    if not value or keys is None:
        return value
    return _MARK + b64encode(seals.seal(keys, _PURPOSE, value.encode())).decode("ascii")


def _unseal_text(value: str | None, dialect: Dialect) -> str | None:
    keys = _KEYS.get(dialect)
    if value is None or keys is None or not value.startswith(_MARK):
        return value
    return seals.unseal(keys, _PURPOSE, b64decode(value.removeprefix(_MARK))).decode()
