"""Turns short texts into rows of numbers: weighted words and letter groups, and sentence vectors where there is an
encoder.

The same rows are made in training and in use; without an encoder the last columns are zero.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

VECTOR = 384
Matrix = np.ndarray[Any, np.dtype[np.float32]]


class Encoder(Protocol):
    """Sentence vectors of length 1, shape (len(texts), 384)."""

    def encode(self, texts: Sequence[str]) -> Matrix: ...


def folded(text: str) -> str:
    """A text for comparing: compatibility forms, straight quotes, single blanks, lower case."""
    text = unicodedata.normalize("NFKC", text).replace("’", "'").replace("‘", "'")
    return re.sub(r"\s+", " ", text).strip().casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """Fitted vocabularies and their weights."""

    words: TfidfVectorizer
    letters: TfidfVectorizer
    #: How much a sentence vector counts against the words.
    vector_weight: float = 2.0

    def rows(self, texts: Sequence[str], vectors: Matrix | None) -> csr_matrix:
        """One row a text; `vectors` are the encoder's for the same texts."""
        plain = [folded(text) for text in texts]
        dense = np.zeros((len(texts), VECTOR), dtype=np.float32) if vectors is None else vectors * self.vector_weight
        blocks = [self.words.transform(plain), self.letters.transform(plain), csr_matrix(dense)]
        return csr_matrix(hstack(blocks))


def fit_features(texts: Iterable[str]) -> Features:
    """Learns the vocabularies of `texts`."""
    plain = [folded(text) for text in texts]
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=r"[^\W_]+")
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=3, sublinear_tf=True)
    return Features(words=words.fit(plain), letters=letters.fit(plain))


def load_features(words: Mapping[str, int], letters: Mapping[str, int], weights: Mapping[str, Matrix]) -> Features:
    """The features whose vocabularies and weights were stored."""
    word = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"[^\W_]+", vocabulary=words)
    letter = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, vocabulary=letters)
    word.idf_ = weights["words"].astype(np.float64)
    letter.idf_ = weights["letters"].astype(np.float64)
    return Features(words=word, letters=letter)
