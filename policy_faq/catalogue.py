"""The topics that people ask about, one file each in `topics/`: what it means, how it is asked, and how policies word
it.

A new topic is a new file and a training run; no code names a topic.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast, get_args

from policy_faq.errors import CatalogueError

TOPICS = Path(__file__).parent / "topics"
#: The name of the file whose phrasings belong to no topic.
NO_TOPIC = "none"
Slot = Literal["duration", "number", "address", "name", "yes-no", "list", "how-to", "none"]
_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
_KEYS = frozenset(("definition", "slot", "fallbacks", "phrasings", "statements", "cues"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One thing that people ask a privacy policy."""

    #: The file's name without its ending.
    name: str
    definition: str
    #: What an answer must hold.
    slot: Slot = "none"
    #: Topics that answer in its place where the policy says nothing special, nearest first.
    fallbacks: tuple[str, ...] = ()
    #: Word beginnings, one of which a passage must hold to be proposed for it; empty = no such need.
    cues: tuple[str, ...] = ()
    #: How people ask it, by language.
    phrasings: Mapping[str, tuple[str, ...]]
    #: How a policy words its answer, in sentences of our own; the import proposes spans by them.
    statements: tuple[str, ...] = ()


def load_topics(folder: Path = TOPICS) -> tuple[Topic, ...]:
    """All topics of `folder` by name, the one for no topic among them.

    Raises CatalogueError, naming the file, for a file that is not in the format or a fallback that does not exist.
    """
    topics = tuple(_topic(path) for path in sorted(folder.glob("*.toml")))
    names = {topic.name for topic in topics}
    for topic in topics:
        missing = [name for name in topic.fallbacks if name not in names or name == topic.name]
        if missing:
            raise CatalogueError(f"{folder / topic.name}.toml: there is no topic {missing[0]!r} to fall back to")
    return topics


def _topic(path: Path) -> Topic:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CatalogueError(f"{path}: {error}") from error
    unknown = sorted(set(raw) - _KEYS)
    if unknown:
        raise CatalogueError(f"{path}: unknown key {unknown[0]!r}")
    slot = raw.get("slot", "none")
    if not _NAME.fullmatch(path.stem) or slot not in get_args(Slot):
        raise CatalogueError(f"{path}: the name or the slot {slot!r} is not one of ours")
    phrasings = raw.get("phrasings", {})
    if not isinstance(phrasings, dict) or not isinstance(raw.get("definition"), str):
        raise CatalogueError(f"{path}: a topic needs a definition and [phrasings]")
    return Topic(
        name=path.stem,
        definition=raw["definition"],
        slot=cast(Slot, slot),
        fallbacks=_texts(raw.get("fallbacks", []), path),
        cues=_texts(raw.get("cues", []), path),
        phrasings=MappingProxyType({language: _texts(value, path) for language, value in phrasings.items()}),
        statements=_texts(raw.get("statements", []), path),
    )


def _texts(value: object, path: Path) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str) or not all(isinstance(item, str) for item in value):
        raise CatalogueError(f"{path}: a list of texts is needed, not {value!r:.60}")
    return tuple(value)
