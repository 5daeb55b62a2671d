"""Runs a text model in ONNX: tokens in, one row of numbers per text out.

Texts are sorted by length and run in small batches, so that one long text does not pad many short ones.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some of the texts with what the model made of them."""

    #: Where the texts stand among all.
    places: Sequence[int]
    encoded: Sequence[Encoding]
    #: One row a text.
    output: Matrix
    #: Attention mask: 0 where a text is shorter than the longest.
    mask: Matrix


class OnnxText:
    """A BERT-like model with its tokenizer; safe to call from several threads."""

    def __init__(self, model: Path, tokenizer: Path, *, max_tokens: int = 128, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Without the arena every batch asks the system for its memory anew, which costs up to a fifth of the time; what
        # the arena keeps is bounded by the longest batch.
        options.enable_cpu_mem_arena = True
        options.enable_mem_pattern = False
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._inputs = frozenset(item.name for item in self._session.get_inputs())
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_length=max_tokens)

    def tokens(self, texts: Sequence[str]) -> list[Encoding]:
        """Token ids of each text, cut to `max_tokens`."""
        encoded: list[Encoding] = self._tokenizer.encode_batch(list(texts))
        return encoded

    def batches(self, texts: Sequence[str], *, size: int) -> Iterator[Batch]:
        """The texts in batches of about equal lengths, read."""
        encoded = self.tokens(texts)
        by_length = sorted(range(len(encoded)), key=lambda place: len(encoded[place].ids))
        for first in range(0, len(by_length), size):
            places = by_length[first : first + size]
            inside = [encoded[place] for place in places]
            output, mask = self._run(inside)
            yield Batch(places=places, encoded=inside, output=output, mask=mask)

    def _run(self, encoded: Sequence[Encoding]) -> tuple[Matrix, Matrix]:
        width = max(len(item.ids) for item in encoded)
        ids = np.zeros((len(encoded), width), dtype=np.int64)
        mask = np.zeros((len(encoded), width), dtype=np.int64)
        for row, item in enumerate(encoded):
            ids[row, : len(item.ids)] = item.ids
            mask[row, : len(item.ids)] = 1
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        output = self._session.run(None, {name: feeds[name] for name in self._inputs})[0]
        return np.asarray(output, dtype=np.float32), mask.astype(np.float32)
