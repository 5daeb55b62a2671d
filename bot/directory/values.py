"""Values that people and shops write differently, brought to one form, and hashed; pure.

Law: a value is written nowhere. An address is compared as it stands, but for the letter case of its domain.
"""

import unicodedata
from collections.abc import Iterable, Mapping

from bot.core.proving import POINTS
from bot.directory.protocol import Record
from bot.keys import Keys

#: Digits of a telephone number that are its own, whatever prefix for the country or the network was written.
_OWN_DIGITS = 9


def normalised(point: str, value: str) -> str:
    """`value` of the detail `point` without what writers differ in; "" where nothing is left."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKC", value).casefold() if sign.isalnum())
    if point != "phone":
        return plain
    return "".join(str(int(sign)) for sign in plain if sign.isdecimal())[-_OWN_DIGITS:]


def digest(keys: Keys, point: str, value: str) -> str:
    return keys.digest("directory", point, normalised(point, value))


def address_digest(keys: Keys, address: str) -> str:
    name, _, domain = address.strip().rpartition("@")
    return keys.digest("directory", "address", f"{name}@{domain.lower()}")


def record(keys: Keys, values: Mapping[str, object]) -> Record:
    """The details of one row that have a value, hashed."""
    return {point: digest(keys, point, said) for point, said in _said(values) if normalised(point, said)}


def _said(values: Mapping[str, object]) -> Iterable[tuple[str, str]]:
    return ((point, str(values[point])) for point in POINTS if values.get(point) is not None)
