"""The model that needs no neural network: one weight per feature and intent.

It is quick (well under a millisecond) and sees every spelling; it does not understand a sentence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from intents.grams import Row, Vocabulary

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsModel:
    """A linear model over the features of `grams`."""

    vocabulary: Vocabulary
    #: Shape (features, intents + 1): the last column says whether there is any intent at all.
    weights: Matrix
    #: Shape (intents + 1,).
    bias: Matrix

    def read(self, texts: Sequence[str]) -> tuple[Matrix, Matrix]:
        """Log odds before calibration: of each intent, shape (texts, intents), and of any at all, shape (texts,)."""
        rows = [self._logits_of(self.vocabulary.row(text)) for text in texts]
        logits = np.array(rows, dtype=np.float32).reshape(len(texts), len(self.bias))
        return logits[:, :-1], logits[:, -1]

    def reasons(self, text: str, intent: int, *, most: int = 8) -> list[tuple[str, float]]:
        """The features of the text that speak for or against an intent, with their share of its log odds."""
        row = self.vocabulary.row(text)
        shares = row.weights * self.weights[row.places, intent]
        strongest = np.argsort(-np.abs(shares))[:most]
        return [(self.vocabulary.features[row.places[place]], float(shares[place])) for place in strongest]

    def _logits_of(self, row: Row) -> Matrix:
        return np.asarray(row.weights @ self.weights[row.places] + self.bias, dtype=np.float32)

    def save(self, file: Path) -> None:
        """Writes numbers and text only: no pickle. Weights are kept with 16 bits."""
        features = "\n".join(self.vocabulary.features).encode()
        np.savez_compressed(
            file,
            features=np.frombuffer(features, dtype=np.uint8),
            rarity=self.vocabulary.rarity.astype(np.float16),
            weights=self.weights.astype(np.float16),
            bias=self.bias,
        )

    @classmethod
    def load(cls, file: Path) -> "WordsModel":
        with np.load(file, allow_pickle=False) as arrays:
            features = arrays["features"].tobytes().decode().split("\n")
            vocabulary = Vocabulary(features, arrays["rarity"].astype(np.float32))
            return cls(
                vocabulary=vocabulary,
                weights=arrays["weights"].astype(np.float32),
                bias=arrays["bias"].astype(np.float32),
            )
