"""Words that a person may use for what no intent names: a table for each meaning, a line for each language."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """What any language says for each meaning."""

    #: Meaning, e.g. "take_back" or "kind.transfers" -> a pattern of all languages.
    patterns: Mapping[str, re.Pattern[str]]

    def pattern(self, meaning: str) -> re.Pattern[str]:
        return self.patterns[meaning]

    def says(self, meaning: str, text: str) -> bool:
        return self.patterns[meaning].search(text) is not None


def read_phrases(text: str) -> Phrases:
    """The phrases of a TOML table; where the text comes from is the caller's matter."""
    return Phrases(patterns=dict(_patterns("", tomllib.loads(text))))


def _patterns(before: str, table: Mapping[str, Any]) -> list[tuple[str, re.Pattern[str]]]:
    lines = [said for said in table.values() if isinstance(said, str)]
    here = [(before, re.compile("|".join(lines), re.IGNORECASE | re.DOTALL))] if lines else []
    below = [(name, inner) for name, inner in table.items() if isinstance(inner, Mapping)]
    return here + [found for name, inner in below for found in _patterns(f"{before}.{name}".lstrip("."), inner)]
