"""Turns short texts into rows of numbers: weighted words and letter groups.

The same rows are made in training and in use. TF-IDF is sublinear, smooth and of length 1 (Manning, Introduction to
Information Retrieval, 6.4), once over words and once over letters.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np

VECTOR = 384
Matrix = np.ndarray[Any, np.dtype[np.float32]]
#: The terms of a folded text, each as often as it occurs.
Analyse = Callable[[str], Iterator[str]]
_SHORTEST, _LONGEST = 2, 4
#: How many texts must hold a word, and a group of letters, for it to count.
_LEAST_WORDS, _LEAST_LETTERS = 2, 3


class Encoder(Protocol):
    """Sentence vectors of length 1, shape (len(texts), 384)."""

    #: Tells the vectors of one model from those of another.
    version: str

    def encode(self, texts: Sequence[str]) -> Matrix: ...


def folded(text: str) -> str:
    """A text for comparing: compatibility forms, straight quotes, single blanks, lower case."""
    text = unicodedata.normalize("NFKC", text).replace("’", "'").replace("‘", "'")
    return re.sub(r"\s+", " ", text).strip().casefold()


def words(text: str) -> Iterator[str]:
    """Words and pairs of neighbours."""
    found = re.findall(r"[^\W_]+", text)
    yield from found
    for first, second in pairwise(found):
        yield f"{first} {second}"


def letters(text: str) -> Iterator[str]:
    """Groups of letters within each word and the blanks around it; a word shorter than the group counts once."""
    for word in text.split():
        padded = f" {word} "
        for size in range(_SHORTEST, _LONGEST + 1):
            yield padded[:size]
            for start in range(1, len(padded) - size + 1):
                yield padded[start : start + size]
            if len(padded) <= size:
                break


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The known terms of one kind, each with its place and its rarity."""

    analyse: Analyse
    places: Mapping[str, int]
    rarity: np.ndarray[Any, np.dtype[np.float64]]

    def row(self, plain: str) -> tuple[np.ndarray[Any, np.dtype[np.int64]], np.ndarray[Any, np.dtype[np.float64]]]:
        """The places and weights of a folded text's known terms; the weights have length 1."""
        counts = Counter(place for term in self.analyse(plain) if (place := self.places.get(term)) is not None)
        places = np.fromiter(counts, dtype=np.int64, count=len(counts))
        times = np.fromiter(counts.values(), dtype=np.float64, count=len(counts))
        weights = (1.0 + np.log(times)) * self.rarity[places]
        return places, weights / max(float(np.linalg.norm(weights)), 1e-12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """Words, then letters: the columns of a row."""

    words: Terms
    letters: Terms

    @property
    def width(self) -> int:
        return len(self.words.places) + len(self.letters.places)

    def row(self, text: str) -> tuple[np.ndarray[Any, np.dtype[np.int64]], np.ndarray[Any, np.dtype[np.float64]]]:
        """Columns and values of a text."""
        plain = folded(text)
        word_places, word_weights = self.words.row(plain)
        letter_places, letter_weights = self.letters.row(plain)
        return (
            np.concatenate([word_places, letter_places + len(self.words.places)]),
            np.concatenate([word_weights, letter_weights]),
        )

    def times(self, weights: Matrix, texts: Sequence[str]) -> Matrix:
        """The rows of `texts` multiplied by `weights` of shape (columns, n)."""
        scores = np.zeros((len(texts), weights.shape[1]))
        for place, text in enumerate(texts):
            columns, values = self.row(text)
            scores[place] = values @ weights[columns]
        return np.asarray(scores)


def fit_features(texts: Iterable[str]) -> Features:
    """Learns the vocabularies of `texts`."""
    plain = [folded(text) for text in texts]
    return Features(
        words=_fit_terms(words, plain, least=_LEAST_WORDS), letters=_fit_terms(letters, plain, least=_LEAST_LETTERS)
    )


def _fit_terms(analyse: Analyse, plain: Sequence[str], *, least: int) -> Terms:
    seen: Counter[str] = Counter()
    for text in plain:
        seen.update(set(analyse(text)))
    kept = sorted(term for term, times in seen.items() if times >= least)
    held = np.array([seen[term] for term in kept], dtype=np.float64)
    return known_terms(analyse, kept, np.log((1 + len(plain)) / (1 + held)) + 1)


def load_features(word_terms: Sequence[str], letter_terms: Sequence[str], rarity: Mapping[str, Matrix]) -> Features:
    """The features whose vocabularies and rarities were stored."""
    return Features(
        words=known_terms(words, word_terms, rarity["words"]),
        letters=known_terms(letters, letter_terms, rarity["letters"]),
    )


def known_terms(analyse: Analyse, terms: Sequence[str], rarity: np.ndarray[Any, Any]) -> Terms:
    """The terms in the order of their places."""
    places = MappingProxyType({term: place for place, term in enumerate(terms)})
    return Terms(analyse=analyse, places=places, rarity=rarity.astype(np.float64))
