"""The training text: JSON lines of `training/` and the examples and near-misses of the catalogue.

Every message is read as the reader will read it: the writer's own words, cut into the same windows. The development
split is by group, so that parallels of one message never stand on both sides.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intents.catalogue import CATALOGUE_FOLDER, Catalogue
from intents.digest import sha256_of
from intents.opened import own_text

TRAINING_FOLDER = Path(__file__).parent / "training"
#: One in so many groups is held out for development.
FOLDS = 10


class CorpusError(Exception):
    """A line of training or evaluation text is not what it must be; the message names file and line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One message with what it really says."""

    id: str
    text: str
    subject: str = ""
    channel: str = "email"
    gold: frozenset[str]
    #: Intents that are neither right nor wrong here (evaluation only).
    also_ok: frozenset[str] = frozenset()
    language: str = "en"
    #: The kind of message, e.g. "negatives".
    slice: str = ""
    group: str = ""

    @property
    def held_out(self) -> bool:
        """Whether it belongs to the development split."""
        return self._number % FOLDS == 0

    @property
    def fold(self) -> int:
        """A number that all messages of the group share, and that says nothing about the development split."""
        return self._number // FOLDS

    @property
    def _number(self) -> int:
        return int(hashlib.sha256(self.group.encode()).hexdigest(), 16)

    @property
    def own(self) -> str:
        """The writer's own words as the models see them."""
        return own_text(self.text, self.subject)


def read_examples(file: Path) -> Iterator[Example]:
    """The examples of one JSON-lines file. Raises `CorpusError`."""
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                try:
                    yield _example(json.loads(line), file.stem, number)
                except (ValueError, KeyError, TypeError) as error:
                    raise CorpusError(f"{file}:{number}: {error!r}") from error


def load_corpus(catalogue: Catalogue, folder: Path | None = None) -> tuple[Example, ...]:
    """All training text, of the files in order and of the catalogue. Raises `CorpusError`."""
    files = sorted((folder or TRAINING_FOLDER).glob("*.jsonl"))
    written = [example for file in files for example in read_examples(file)]
    unknown = {name for example in written for name in example.gold} - catalogue.keys()
    if unknown:
        raise CorpusError(f"the training text names intents that the catalogue does not have: {sorted(unknown)}")
    return (*written, *_from_catalogue(catalogue))


def digests(catalogue_folder: Path | None = None, folder: Path | None = None) -> Mapping[str, str]:
    """File name -> SHA-256 of everything that training reads."""
    files: Iterable[Path] = (
        *sorted((catalogue_folder or CATALOGUE_FOLDER).glob("*.toml")),
        *sorted((folder or TRAINING_FOLDER).glob("*.jsonl")),
    )
    return {file.name: sha256_of(file) for file in files}


def _example(row: Mapping[str, Any], source: str, number: int) -> Example:
    identity = str(row.get("id") or f"{source}-{number}")
    return Example(
        id=identity,
        text=row["text"],
        subject=row.get("subject") or "",
        channel=row.get("channel", "email"),
        gold=frozenset(row["gold"]),
        also_ok=frozenset(row.get("also_ok", ())),
        language=row.get("lang", "en"),
        slice=row.get("slice") or source,
        group=row.get("group") or f"{source}-{identity}",
    )


def _from_catalogue(catalogue: Catalogue) -> Iterator[Example]:
    for intent in catalogue.values():
        texts = [(text, frozenset({intent.name})) for text in intent.examples]
        texts += [(miss.text, frozenset(miss.gold)) for miss in intent.near_misses]
        for number, (text, gold) in enumerate(texts):
            identity = f"catalogue-{intent.name}-{number}"
            yield Example(id=identity, text=text, channel="chat", gold=gold, slice="catalogue", group=identity)
