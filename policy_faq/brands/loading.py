"""Reads brands from their folders.

An unknown brand is a minimal one, never an error; a broken file names itself and its mistake in one line.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from policy_faq.brands.brand import (
    AgeRule,
    Brand,
    Contact,
    Fact,
    OptOutRoute,
    Override,
    Promise,
    Regulator,
    Retention,
)
from policy_faq.errors import BrandError

SHIPPED = Path(__file__).parent
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_LISTS: Mapping[str, type[Any]] = {
    "contacts": Contact,
    "opt_out_routes": OptOutRoute,
    "promises": Promise,
    "retention": Retention,
    "ages": AgeRule,
    "regulators": Regulator,
    "facts": Fact,
    "overrides": Override,
}
_SCALARS: Mapping[str, type[Any]] = {"name": str, "time_zone": str, "policy": str, "policy_date": date}
_TEXT_LISTS = ("languages", "regimes", "policy_sha256")

Row = TypeVar("Row")


def shipped_brands() -> tuple[str, ...]:
    """Ids of the brands that lie in the package."""
    return tuple(sorted(path.parent.name for path in SHIPPED.glob("*/brand.toml")))


def load_brand(name: str, *, folders: Sequence[Path] = ()) -> Brand:
    """The brand `name`, shipped files first, those in `folders` laid over them in order.

    Raises BrandError for a name that cannot be a folder, and for a file that is not in the README's format.
    """
    if not _ID.fullmatch(name):
        raise BrandError(f"{name!r} cannot name a brand: use a-z, 0-9 and '-', up to 40 characters")
    found = [folder / name for folder in (SHIPPED, *folders) if (folder / name / "brand.toml").is_file()]
    values: dict[str, Any] = {}
    for folder in found:
        layer = _read(folder / "brand.toml")
        layer["overrides"] = (*values.get("overrides", ()), *layer.get("overrides", ()))
        values |= layer
    policy = values.pop("policy", None)
    return Brand(
        **{"id": name, "name": name, **values},
        policy_file=_policy_file(policy, found),
        folders=tuple(found),
    )


def _policy_file(policy: str | None, folders: Sequence[Path]) -> Path | None:
    candidates = [folder / policy for folder in reversed(folders)] if policy else []
    return next((path for path in candidates if path.is_file()), None)


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BrandError(f"{path}: {error}") from error
    unknown = sorted(set(raw) - set(_LISTS) - set(_SCALARS) - set(_TEXT_LISTS))
    if unknown:
        raise BrandError(f"{path}: unknown key {unknown[0]!r}")
    return {key: _value(key, value, path) for key, value in raw.items()}


def _value(key: str, value: object, path: Path) -> object:
    if key in _LISTS:
        if not isinstance(value, list):
            raise BrandError(f"{path}: {key!r} must be a list of tables, [[{key}]]")
        return tuple(_row(_LISTS[key], row, f"{path}: {key} {number}") for number, row in enumerate(value, 1))
    if key in _TEXT_LISTS:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise BrandError(f"{path}: {key!r} must be a list of texts")
        return tuple(value)
    if not isinstance(value, _SCALARS[key]):
        raise BrandError(f"{path}: {key!r} must be a {_SCALARS[key].__name__}")
    return value


def _row(kind: type[Row], row: object, where: str) -> Row:
    if not isinstance(row, dict):
        raise BrandError(f"{where}: must be a table")
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(row) - known)
    if unknown:
        raise BrandError(f"{where}: unknown key {unknown[0]!r}")
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    try:
        return kind(**values)
    except TypeError as error:
        raise BrandError(f"{where}: {error}") from error
