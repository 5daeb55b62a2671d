"""Words that a person may use for what no intent names: a table for each meaning, a line for each language."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def pattern_of(*path: str) -> re.Pattern[str]:
    """What any language says for the meaning at `path` of `phrases.toml`, e.g. ("kind", "transfers")."""
    table: Mapping[str, Any] = _phrases()
    for name in path:
        table = table[name]
    return re.compile("|".join(table.values()), re.IGNORECASE | re.DOTALL)


@cache
def _phrases() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("phrases.toml").read_text(encoding="utf-8"))
