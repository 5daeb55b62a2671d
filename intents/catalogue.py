"""The catalogue says what each intent is, where it ends and how it is handled.

One file per intent in `catalogue/`. A question-like intent is added by one more file and `intents train`; its examples
and near-misses are training text like any other. A new right also needs its row in the core (level and clocks).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

CATALOGUE_FOLDER = Path(__file__).parent / "catalogue"
_KEYS = frozenset({"name", "handling", "cost", "definition", "borders", "languages", "examples", "near_misses"})


class CatalogueError(Exception):
    """A catalogue file does not say what it must; the message names the file and what is wrong."""


class Handling(StrEnum):
    """What becomes of a message with this intent: a closed list, one branch of the core each."""

    ANSWER = "answer"
    REQUEST = "request"
    OPT_OUT = "opt_out"
    URGENT = "urgent"
    STATUS = "status"
    HUMAN = "human"


class Cost(StrEnum):
    """What it costs to act when nobody asked: the dearer, the surer the reader must be."""

    IRREVERSIBLE = "irreversible"
    RIGHT = "right"
    QUESTION = "question"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """A message that sounds like the intent, and what it really is (nothing, where `gold` is empty)."""

    text: str
    gold: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One thing that a person may want."""

    name: str
    handling: Handling
    cost: Cost
    #: What the person wants, in one sentence.
    definition: str
    #: Where it ends and which intent begins there.
    borders: tuple[str, ...]
    #: ISO 639-1 codes of the languages with training text.
    languages: tuple[str, ...]
    examples: tuple[str, ...]
    near_misses: tuple[NearMiss, ...]


Catalogue = Mapping[str, Intent]


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """Every intent by its name, in the order of the names. Raises `CatalogueError`."""
    files = sorted((folder or CATALOGUE_FOLDER).glob("*.toml"))
    if not files:
        raise CatalogueError(f"{folder or CATALOGUE_FOLDER}: no intents here")
    intents = {file.stem: _read_intent(file) for file in files}
    for intent in intents.values():
        unknown = {name for miss in intent.near_misses for name in miss.gold} - intents.keys()
        if unknown:
            raise CatalogueError(f"{intent.name}.toml: near-misses name unknown intents {sorted(unknown)}")
    return MappingProxyType(intents)


def _read_intent(file: Path) -> Intent:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{file.name}: {error}") from error
    if table.keys() != _KEYS:
        raise CatalogueError(f"{file.name}: missing or unknown keys {sorted(table.keys() ^ _KEYS)}")
    if table["name"] != file.stem:
        raise CatalogueError(f"{file.name}: the name must be that of the file")
    try:
        return _intent_from(table)
    except (ValueError, KeyError, TypeError) as error:
        raise CatalogueError(f"{file.name}: {error}") from error


def _intent_from(table: Mapping[str, Any]) -> Intent:
    return Intent(
        name=table["name"],
        handling=Handling(table["handling"]),
        cost=Cost(table["cost"]),
        definition=table["definition"],
        borders=tuple(table["borders"]),
        languages=tuple(table["languages"]),
        examples=tuple(table["examples"]),
        near_misses=tuple(NearMiss(text=miss["text"], gold=tuple(miss["gold"])) for miss in table["near_misses"]),
    )
