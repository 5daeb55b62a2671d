"""Reads clock tables out of their text; where the text comes from is the caller's matter."""

import tomllib
from collections.abc import Collection

from bot.core.clocks.values import Clock, Unit


def read_clocks(text: str, *, every_right: Collection[str]) -> tuple[Clock, ...]:
    """The clocks of a TOML table; `["*"]` stands for `every_right`. Raises `ValueError` that names the bad entry."""
    return tuple(_read(entry, frozenset(every_right)) for entry in tomllib.loads(text).get("clock", []))


def of_regimes(clocks: Collection[Clock], regimes: Collection[str]) -> tuple[Clock, ...]:
    """The clocks of `regimes`, in their order. Raises `ValueError` for a regime without a table."""
    known = {clock.regime for clock in clocks}
    if unknown := sorted(set(regimes) - known):
        raise ValueError(f"no clock table for the regime {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    return tuple(clock for clock in clocks if clock.regime in regimes)


def _read(entry: dict[str, object], every_right: frozenset[str]) -> Clock:
    values = dict(entry)
    try:
        named = frozenset(str(right) for right in values.pop("rights"))  # type: ignore[attr-defined]
        rights = every_right if named == {"*"} else named
        unit = Unit(str(values.pop("unit")))
        kinds, pauses = (frozenset(values.pop(name, ())) for name in ("kinds", "pauses"))  # type: ignore[call-overload]
        return Clock(rights=rights, unit=unit, kinds=kinds, pauses=pauses, **values)  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError) as problem:
        raise ValueError(f"a clock entry cannot be read ({problem}): {entry}") from problem
