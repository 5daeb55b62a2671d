"""Words, word pairs and letter groups of a text, with the weights of TF-IDF: the features that need no model.

Training and reading use this one implementation, so that they cannot differ. Accents and case are folded: half of all
chat lines are written without them.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_SHORTEST, _LONGEST = 2, 5
#: Words whose letter groups are remembered: some megabytes.
_WORDS_KEPT = 20_000


def fold(text: str) -> str:
    """Lower case without accents; curly quotes become straight."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).replace("ł", "l")


def tokens(text: str) -> list[str]:
    """The words of a text, folded."""
    return _TOKEN.findall(fold(text))


def grams(text: str) -> Iterator[str]:
    """Every feature of the text, as often as it occurs; words begin with "w ", letter groups with "c "."""
    words = tokens(text)
    for first, second in pairwise(words):
        yield f"w {first} {second}"
    for word in words:
        yield from word_grams(word)


def word_grams(word: str) -> Iterator[str]:
    """The features of one folded word: itself and its letter groups."""
    yield "w " + word
    padded = f" {word[:30]} "
    for size in range(_SHORTEST, _LONGEST + 1):
        for start in range(len(padded) - size + 1):
            yield "c " + padded[start : start + size]


@dataclass(frozen=True, slots=True)
class Row:
    """One text as a sparse vector of length 1 per block (words, letters)."""

    places: NDArray[np.int64]
    weights: NDArray[np.float32]


class Vocabulary:
    """The known features and their rarity."""

    def __init__(self, features: Sequence[str], rarity: NDArray[np.float32]) -> None:
        self.features = tuple(features)
        self.rarity = rarity
        self._place: Mapping[str, int] = {feature: place for place, feature in enumerate(self.features)}
        self._is_word = np.array([feature[0] == "w" for feature in self.features], dtype=bool)
        # Words come again and again: their letter groups are cut once.
        self._of_word = lru_cache(maxsize=_WORDS_KEPT)(self._cut)

    @classmethod
    def learn(cls, texts: Iterable[str], *, least: int = 2) -> "Vocabulary":
        """Features that occur in at least `least` texts."""
        seen: Counter[str] = Counter()
        count = 0
        for text in texts:
            seen.update(set(grams(text)))
            count += 1
        features = sorted(feature for feature, times in seen.items() if times >= least)
        rarity = np.array([1.0 + math.log((1 + count) / (1 + seen[f])) for f in features], dtype=np.float32)
        return cls(features, rarity)

    def row(self, text: str) -> Row:
        """Sublinear TF-IDF; the words and the letter groups are each brought to length 1."""
        words = tokens(text)
        found = [place for word in words for place in self._of_word(word)]
        pairs = (self._place.get(f"w {first} {second}") for first, second in pairwise(words))
        found += [place for place in pairs if place is not None]
        places, times = np.unique(np.array(found, dtype=np.int64), return_counts=True)
        weights = ((1.0 + np.log(times)) * self.rarity[places]).astype(np.float32)
        is_word = self._is_word[places]
        for block in (is_word, ~is_word):
            length = math.sqrt(float(weights[block] @ weights[block]))
            if length > 0:
                weights[block] /= length
        return Row(places, weights)

    def _cut(self, word: str) -> tuple[int, ...]:
        """The known features of one word."""
        places = (self._place.get(feature) for feature in word_grams(word))
        return tuple(place for place in places if place is not None)
