"""Tells which topic a question is about: one probability for each topic of the catalogue, and one for none.

The artefact is two files, numbers in `topics.npz` and names in `topics.json`; nothing in it can run.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from policy_faq.errors import CatalogueError
from policy_faq.features import Encoder, Features, Matrix, load_features

ARTEFACT = Path(__file__).parent / "artefact"
FORMAT = 3


#: What likeness to the nearest phrasing counts against the linear model's logarithm of a chance.
_NEAREST = 7.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicReader:
    """A linear model over a question's features, joined by each topic's nearest phrasing where there are vectors."""

    features: Features
    #: Topic names, one a column of the weights.
    names: tuple[str, ...]
    #: Shape (features, topics).
    weights: Matrix
    bias: Matrix
    #: Vectors of the phrasings, a topic's side by side in the order of `names`; empty where none are kept.
    examples: Matrix
    #: Where each topic's phrasings begin among them.
    first_examples: tuple[int, ...] = ()

    def read(self, questions: Sequence[str], vectors: Matrix | None) -> Matrix:
        """Probabilities, shape (questions, topics); `vectors` are the encoder's, None works worse."""
        scores = self.likeness(questions, vectors)
        exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(exponents / exponents.sum(axis=1, keepdims=True), dtype=np.float32)

    def likeness(self, texts: Sequence[str], vectors: Matrix | None) -> Matrix:
        """Logarithm of the linear model's chance plus likeness to the nearest example; not a probability."""
        scores = self.features.times(self.weights, texts, vectors) + self.bias
        highest = scores.max(axis=1, keepdims=True)
        scores -= highest + np.log(np.exp(scores - highest).sum(axis=1, keepdims=True))
        if vectors is not None and len(self.examples):
            scores += _NEAREST * np.maximum.reduceat(vectors @ self.examples.T, self.first_examples, axis=1)
        return np.asarray(scores, dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """What training leaves behind."""

    with_vectors: TopicReader
    #: The model for installations without an encoder.
    without_vectors: TopicReader
    #: Tells which topic a sentence of a policy answers.
    statements: TopicReader
    #: Digest of the catalogue that it was trained from.
    catalogue: str

    def reader(self, encoder: Encoder | None) -> TopicReader:
        return self.without_vectors if encoder is None else self.with_vectors


def save_artefact(artefact: Artefact, folder: Path = ARTEFACT) -> None:
    """Writes both files."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {}
    names: dict[str, object] = {"format": FORMAT, "catalogue": artefact.catalogue}
    for part in ("with_vectors", "without_vectors", "statements"):
        reader: TopicReader = getattr(artefact, part)
        arrays[f"{part}.weights"], arrays[f"{part}.scales"] = _rounded(reader.weights)
        arrays[f"{part}.bias"] = reader.bias
        arrays[f"{part}.examples"] = np.round(reader.examples * 127).astype(np.int8)
        names[f"{part}.first_examples"] = reader.first_examples
        names[f"{part}.names"] = reader.names
        for kind, terms in (("words", reader.features.words), ("letters", reader.features.letters)):
            names[f"{part}.{kind}"] = list(terms.places)
            arrays[f"{part}.{kind}"] = terms.rarity.astype(np.float32)
    np.savez_compressed(folder / "topics.npz", **arrays)
    (folder / "topics.json").write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")


def _rounded(weights: Matrix) -> tuple[Any, Matrix]:
    """The weights in 8 bits and each topic's scale: a quarter of the size, and the same answers."""
    scales = np.maximum(np.abs(weights).max(axis=0), 1e-9).astype(np.float32) / 127
    return np.round(weights / scales).astype(np.int8), scales


def load_artefact(folder: Path = ARTEFACT) -> Artefact:
    """Reads both files. Raises CatalogueError where they are missing, broken or of another format."""
    try:
        names = json.loads((folder / "topics.json").read_text(encoding="utf-8"))
        with np.load(folder / "topics.npz", allow_pickle=False) as arrays:
            if names["format"] != FORMAT:
                raise CatalogueError(f"{folder}: trained for format {names['format']}, not {FORMAT}: train again")
            return Artefact(
                with_vectors=_reader("with_vectors", names, arrays),
                without_vectors=_reader("without_vectors", names, arrays),
                statements=_reader("statements", names, arrays),
                catalogue=names["catalogue"],
            )
    except (OSError, ValueError, KeyError) as error:
        raise CatalogueError(f"{folder}: the topic model cannot be read ({error}); train it again") from error


def _reader(part: str, names: Mapping[str, Any], arrays: Mapping[str, Matrix]) -> TopicReader:
    rarity = {kind: arrays[f"{part}.{kind}"] for kind in ("words", "letters")}
    return TopicReader(
        features=load_features(names[f"{part}.words"], names[f"{part}.letters"], rarity),
        names=tuple(names[f"{part}.names"]),
        weights=arrays[f"{part}.weights"].astype(np.float32) * arrays[f"{part}.scales"],
        bias=arrays[f"{part}.bias"],
        examples=np.asarray(arrays[f"{part}.examples"].astype(np.float32) / 127, dtype=np.float32),
        first_examples=tuple(names[f"{part}.first_examples"]),
    )
