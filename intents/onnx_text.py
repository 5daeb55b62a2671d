"""Runs a text model in ONNX: tokens in, one row of numbers per text out.

Texts are sorted by length and run in small batches, cut where that costs least: a long text pads the short ones that it
is run with, and a run of few tokens is little cheaper than one of more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

Matrix = NDArray[np.float32]

#: Tokens of one run at most, padding included, unless one text alone has more: what stays near the processor.
_MOST_AT_ONCE = 256
#: What a run costs beside its tokens, in tokens.
_COST_OF_A_RUN = 22


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

    def batches(self, texts: Sequence[str]) -> Iterator[Batch]:
        """The texts in batches of about equal lengths, read."""
        encoded = self.tokens(texts)
        by_length = sorted(range(len(encoded)), key=lambda place: len(encoded[place].ids))
        for first, end in cheapest_cuts([len(encoded[place].ids) for place in by_length]):
            places = by_length[first:end]
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


def cheapest_cuts(lengths: Sequence[int]) -> list[tuple[int, int]]:
    """How to cut rising lengths into runs (first, end) of the least cost in all; a run is padded to its longest."""
    least, begins = [0], [0]
    for end, longest in enumerate(lengths, start=1):
        most = max(1, _MOST_AT_ONCE // max(1, longest))
        firsts = range(max(0, end - most), end)
        costs = [least[first] + _COST_OF_A_RUN + (end - first) * longest for first in firsts]
        least.append(min(costs))
        begins.append(firsts[costs.index(least[-1])])
    cuts, end = [], len(lengths)
    while end:
        cuts.append((begins[end], end))
        end = begins[end]
    return cuts[::-1]
