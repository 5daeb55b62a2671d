"""Turns questions and sentences of policies into vectors, with the model that `policy_faq.fine_tune` taught.

The files lie with the artefact and are checked by SHA-256 at every load; nothing is ever downloaded.
"""

import json
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from intents.digest import sha256_of
from intents.onnx_text import OnnxText
from policy_faq.features import VECTOR, Matrix
from policy_faq.topic_reader import ARTEFACT

logger = logging.getLogger(__name__)

MODEL_FILE, TOKENIZER_FILE = "sentences.onnx", "tokenizer.json"
#: What the model was taught and the digests of its files.
CARD_FILE = "sentences.json"
MOST_TOKENS = 128


class SentenceEncoder:
    """Unit-length sentence vectors; safe to call from several threads."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        self.version = sha256_of(folder / MODEL_FILE)[:12]
        self._model = OnnxText(folder / MODEL_FILE, folder / TOKENIZER_FILE, max_tokens=MOST_TOKENS, threads=threads)

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Shape (len(texts), 384), each row of length 1."""
        vectors = np.zeros((len(texts), VECTOR), dtype=np.float32)
        for batch in self._model.batches(texts):
            vectors[batch.places] = batch.output
        return vectors


def load_encoder(folder: Path = ARTEFACT, *, threads: int = 1) -> SentenceEncoder | None:
    """The encoder in `folder`; None, with the reason in the log, where its files are missing or not the known ones."""
    problem = encoder_problem(folder)
    if problem:
        logger.warning("no sentence encoder for policies: %s", problem)
        return None
    return SentenceEncoder(folder, threads=threads)


def encoder_problem(folder: Path = ARTEFACT) -> str:
    """Why the encoder in `folder` cannot be used, in words for an operator; empty when it can."""
    try:
        files = json.loads((folder / CARD_FILE).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError) as error:
        return f"{folder / CARD_FILE}: {error!r}"
    for name in (MODEL_FILE, TOKENIZER_FILE):
        if not (folder / name).is_file():
            return f"{folder / name} is missing"
        if sha256_of(folder / name) != files.get(name):
            return f"{folder / name} is not the file that {CARD_FILE} names: its SHA-256 differs"
    return ""
