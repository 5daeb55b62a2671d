"""Columns that are sealed on the disk: what people wrote, and what was written to them.

Law: each database connection seals with its own keys; what was stored before there were any is read as it stands, and
an empty text stays empty, so that the checks of the database still see it.
"""

import json
from base64 import b64decode, b64encode
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import JSON, Dialect, LargeBinary, TypeDecorator

from bot import seals
from bot.keys import Keys
from bot.store.schema.base import Words

_MARK = "sealed:"
_PURPOSE = "column"
_KEYS: WeakKeyDictionary[Dialect, Keys] = WeakKeyDictionary()


def seal_with(dialect: Dialect, keys: Keys) -> None:
    """Everything that goes through `dialect` from now on is sealed with `keys`."""
    _KEYS[dialect] = keys


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
