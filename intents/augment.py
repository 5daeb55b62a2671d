"""Makes more of the training text while fine-tuning: two messages in one, slips of the keyboard, no capitals.

Two requests in one message are rare in what we have and common in what we get. Everything follows from the seed.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_KEYS = "qwertyuiop asdfghjkl zxcvbnm"
_JOINTS = (" ", " ", ". ", "\n", "; ", ", ", " - ")
#: Longer messages are left alone: the second half would be cut off.
_LONGEST = 330


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text as the model sees it, and what it says."""

    text: str
    gold: frozenset[str]
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How often each change is made."""

    joined: float = 0.3
    slips: float = 0.1
    lower: float = 0.06
    upper: float = 0.015
    bare_end: float = 0.05


def by_language(examples: Sequence[Labelled]) -> Mapping[str, Sequence[Labelled]]:
    """The messages that may be joined: those in one language."""
    groups: dict[str, list[Labelled]] = {}
    for example in examples:
        if len(example.text) < _LONGEST:
            groups.setdefault(example.language, []).append(example)
    return groups


def varied(
    example: Labelled, partners: Mapping[str, Sequence[Labelled]], rng: random.Random, shares: Shares
) -> Labelled:
    """The message, perhaps changed in form and joined with another; its meaning follows."""
    if rng.random() < shares.joined and len(example.text) < _LONGEST and partners.get(example.language):
        example = _joined(example, rng.choice(partners[example.language]), rng)
    text = with_slips(example.text, rng) if rng.random() < shares.slips else example.text
    if rng.random() < shares.lower:
        text = text.lower()
    elif rng.random() < shares.upper:
        text = text.upper()
    if rng.random() < shares.bare_end:
        text = text.rstrip(".!? ")
    return Labelled(text, example.gold, example.language)


def with_slips(text: str, rng: random.Random, *, share: float = 0.2) -> str:
    """One wrong, missing, doubled or swapped letter in some of the longer words."""
    return " ".join(_slip(word, rng) if len(word) > 3 and rng.random() < share else word for word in text.split(" "))


def _slip(word: str, rng: random.Random) -> str:
    place = rng.randrange(1, len(word) - 1)
    before, letter, after = word[:place], word[place], word[place + 1 :]
    match rng.randrange(4):
        case 0:
            return before + after
        case 1:
            return before + after[0] + letter + after[1:]
        case 2:
            return before + letter + letter + after
        case _:
            return before + _neighbour(letter) + after


def _neighbour(letter: str) -> str:
    place = _KEYS.find(letter.lower())
    return letter if place < 0 or letter == " " else _KEYS[(place + 1) % len(_KEYS)]


def _joined(first: Labelled, second: Labelled, rng: random.Random) -> Labelled:
    if rng.random() < 0.5:
        first, second = second, first
    joint = " " if first.text.endswith((".", "!", "?")) else rng.choice(_JOINTS)
    return Labelled(first.text + joint + second.text, first.gold | second.gold, first.language)
