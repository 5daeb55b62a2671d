"""Tells which topic a text is about: one probability for each topic of the catalogue, and one for none.

The artefact is two files, numbers in `topics.npz` and names in `topics.json`; nothing in it can run.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from policy_faq.errors import CatalogueError
from policy_faq.features import Features, Matrix, load_features

ARTEFACT = Path(__file__).parent / "artefact"
FORMAT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """What each voice counts."""

    #: Of the logarithm of the words' chance, beside vectors and where there are none.
    words: float
    words_alone: float
    #: Of the likeness, up to 1, to the nearest examples.
    nearest: float
    #: So many nearest examples of a topic are asked.
    neighbours: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicReader:
    """Each topic's nearest examples, where there are vectors, joined by a linear model of words."""

    #: Topic names, one a column.
    names: tuple[str, ...]
    blend: Blend
    features: Features
    #: The linear model: shape (features, topics), and one bias a topic.
    weights: Matrix
    bias: Matrix
    #: Vectors of the examples, a topic's side by side in the order of `names`; empty where none are kept.
    examples: Matrix
    #: Where each topic's examples begin among them.
    first_examples: tuple[int, ...] = ()

    def read(self, texts: Sequence[str], vectors: Matrix | None) -> Matrix:
        """Probabilities, shape (texts, topics); `vectors` are the encoder's, None works worse."""
        return np.asarray(np.exp(_logs(self.likeness(texts, vectors))), dtype=np.float32)

    def likeness(self, texts: Sequence[str], vectors: Matrix | None) -> Matrix:
        """What `read` makes chances of: sums that are comparable between texts, higher is liker."""
        by_words = _logs(self.features.times(self.weights, texts) + self.bias)
        if vectors is None or not len(self.examples):
            return np.asarray(self.blend.words_alone * by_words, dtype=np.float32)
        scores = self.blend.words * by_words + self.blend.nearest * self._nearest(vectors)
        return np.asarray(scores, dtype=np.float32)

    def _nearest(self, vectors: Matrix) -> Matrix:
        """The mean likeness to each topic's nearest examples, shape (texts, topics); a missing example is unlike."""
        left = vectors @ self.examples.T
        counts = np.diff((*self.first_examples, len(self.examples)))
        total = np.zeros((len(vectors), len(self.names)), dtype=np.float32)
        for _ in range(self.blend.neighbours):
            best = np.maximum.reduceat(left, self.first_examples, axis=1)
            total += best
            left = np.where(left >= np.repeat(best, counts, axis=1), np.float32(-1), left)
        return np.asarray(total / self.blend.neighbours, dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """What training leaves behind."""

    questions: TopicReader
    #: Tells which topic a sentence of a policy answers.
    statements: TopicReader
    #: Digest of the catalogue that it was trained from.
    catalogue: str
    #: Version of the encoder whose vectors it was trained with, "" without one.
    encoder: str


def save_artefact(artefact: Artefact, folder: Path = ARTEFACT) -> None:
    """Writes both files."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {}
    names: dict[str, object] = {"format": FORMAT, "catalogue": artefact.catalogue, "encoder": artefact.encoder}
    for part in ("questions", "statements"):
        reader: TopicReader = getattr(artefact, part)
        arrays[f"{part}.weights"], arrays[f"{part}.scales"] = _rounded(reader.weights)
        arrays[f"{part}.bias"] = reader.bias
        arrays[f"{part}.examples"] = np.round(reader.examples * 127).astype(np.int8)
        names[f"{part}.first_examples"] = reader.first_examples
        names[f"{part}.names"] = reader.names
        names[f"{part}.blend"] = asdict(reader.blend)
        for kind, terms in (("words", reader.features.words), ("letters", reader.features.letters)):
            names[f"{part}.{kind}"] = list(terms.places)
            arrays[f"{part}.{kind}"] = terms.rarity.astype(np.float32)
    np.savez_compressed(folder / "topics.npz", **arrays)
    (folder / "topics.json").write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")


def load_artefact(folder: Path = ARTEFACT) -> Artefact:
    """Reads both files. Raises CatalogueError where they are missing, broken or of another format."""
    try:
        names = json.loads((folder / "topics.json").read_text(encoding="utf-8"))
        with np.load(folder / "topics.npz", allow_pickle=False) as arrays:
            if names["format"] != FORMAT:
                raise CatalogueError(f"{folder}: trained for format {names['format']}, not {FORMAT}: train again")
            return Artefact(
                questions=_reader("questions", names, arrays),
                statements=_reader("statements", names, arrays),
                catalogue=names["catalogue"],
                encoder=names["encoder"],
            )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CatalogueError(f"{folder}: the topic model cannot be read ({error}); train it again") from error


def _logs(scores: Matrix) -> Matrix:
    """Logarithms of the chances that the scores amount to, each row by itself."""
    lowered = scores - scores.max(axis=1, keepdims=True)
    return np.asarray(lowered - np.log(np.exp(lowered).sum(axis=1, keepdims=True)))


def _rounded(weights: Matrix) -> tuple[Any, Matrix]:
    """The weights in 8 bits and each topic's scale: a quarter of the size, and the same answers."""
    scales = np.maximum(np.abs(weights).max(axis=0), 1e-9).astype(np.float32) / 127
    return np.round(weights / scales).astype(np.int8), scales


def _reader(part: str, names: Mapping[str, Any], arrays: Mapping[str, Matrix]) -> TopicReader:
    rarity = {kind: arrays[f"{part}.{kind}"] for kind in ("words", "letters")}
    return TopicReader(
        names=tuple(names[f"{part}.names"]),
        blend=Blend(**names[f"{part}.blend"]),
        features=load_features(names[f"{part}.words"], names[f"{part}.letters"], rarity),
        weights=arrays[f"{part}.weights"].astype(np.float32) * arrays[f"{part}.scales"],
        bias=arrays[f"{part}.bias"],
        examples=np.asarray(arrays[f"{part}.examples"].astype(np.float32) / 127, dtype=np.float32),
        first_examples=tuple(names[f"{part}.first_examples"]),
    )
