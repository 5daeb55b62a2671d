"""What is worked out once for each policy: vectors of its units, words for search, and its topic map.

Made from the policy's hash, so it can be kept; a policy of 700 lines takes under 2 MB.
"""

import os
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from math import log
from pathlib import Path

import numpy as np

from policy_faq.features import VECTOR, Encoder, Matrix, folded
from policy_faq.names import named_in, words_of
from policy_faq.policy import Policy
from policy_faq.topic_map import Span, TopicMap

#: What a span loses against the one mapped before it.
_LATER = 0.02
#: What a span gains that holds a name which the question mentions.
_NAMED = 0.15
#: How far behind the best a span may be and still be shown.
_FAR = 0.12
_ENDINGS = re.compile(r"(?:ations?|ingly|ments?|ings?|edly|ies|ied|ed|es|s|ly|ion)$")


@dataclass(frozen=True, slots=True)
class PolicyIndex:
    """Search over one policy's units."""

    policy: Policy
    topics: TopicMap
    #: Shape (units, 384): the unit's own words and, with less weight, those around it. None without an encoder.
    vectors: Matrix | None
    #: Vectors of the reviewed spans of topics that have several.
    span_vectors: dict[Span, Matrix] = field(default_factory=dict)
    #: The proper names in the policy, in small letters.
    names: frozenset[str] = frozenset()

    def likeness(self, span: Span, question: Matrix) -> float:
        """How like the question's vector the most like unit within the span is; 0 without vectors."""
        if self.vectors is None:
            return 0.0
        first = bisect_left(self.policy.units, span[0], key=lambda unit: unit.start)
        last = bisect_left(self.policy.units, span[1], key=lambda unit: unit.start)
        return float((self.vectors[first:last] @ question).max(initial=0.0))

    def nearest(self, spans: Sequence[Span], question: str, vector: Matrix, most: int) -> tuple[Span, ...]:
        """Up to `most` spans that are the likest to the question and not far behind the best; earlier ones first."""
        if len(spans) < 2 or not all(span in self.span_vectors for span in spans):
            return tuple(spans[:most])
        named = named_in(question, self.names)
        likeness = {
            span: float(self.span_vectors[span] @ vector)
            - _LATER * place
            + _NAMED * bool(named & words_of(self.text(span)))
            for place, span in enumerate(spans)
        }
        best = max(likeness.values())
        near = [span for span in spans if likeness[span] >= best - _FAR]
        return tuple(sorted(near, key=lambda span: -likeness[span])[:most])

    def text(self, span: Span) -> str:
        """The policy's words in a span."""
        return self.policy.text[span[0] : span[1]]


class WordIndex:
    """BM25 over stemmed words."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = [Counter(stems(text)) for text in texts]
        lengths = np.array([max(sum(count.values()), 1) for count in counts], dtype=np.float32)
        self._norm = 1.2 * (0.25 + 0.75 * lengths / (lengths.mean() if len(lengths) else 1.0))
        self._postings: dict[str, tuple[list[int], list[int]]] = {}
        for place, count in enumerate(counts):
            for stem, times in count.items():
                places, frequencies = self._postings.setdefault(stem, ([], []))
                places.append(place)
                frequencies.append(times)
        self._size = len(texts)

    def scores(self, question: str) -> Matrix:
        """One score a text, 0 where no word is shared."""
        total = np.zeros(self._size, dtype=np.float32)
        for stem in set(stems(question)):
            places, frequencies = self._postings.get(stem, ([], []))
            if places:
                rarity = log(1 + (self._size - len(places) + 0.5) / (len(places) + 0.5))
                times = np.array(frequencies, dtype=np.float32)
                total[places] += rarity * times * 2.2 / (times + self._norm[places])
        return total


def stems(text: str) -> list[str]:
    """Words without their commonest endings."""
    return [_ENDINGS.sub("", word) if len(word) > 4 else word for word in re.findall(r"[^\W_]{2,}", folded(text))]


def unit_texts(policy: Policy) -> list[str]:
    return [policy.text[unit.start : unit.end] for unit in policy.units]


def cached_vectors(policy: Policy, encoder: Encoder, folder: Path | None) -> Matrix:
    """The units' vectors out of `folder`, kept there under the policy's and the encoder's hash; worked out if not."""
    if folder is None:
        return unit_vectors(policy, encoder)
    path = folder / f"{policy.sha256}.{encoder.version}.npy"
    with suppress(OSError, ValueError):
        kept = np.load(path, allow_pickle=False)
        if kept.shape == (len(policy.units), VECTOR):
            return np.asarray(kept, dtype=np.float32)
    vectors = unit_vectors(policy, encoder)
    # A cache that cannot be written costs time, not the answer.
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        with part.open("wb") as stream:
            np.save(stream, vectors.astype(np.float16))
        part.replace(path)
    return vectors


def unit_vectors(policy: Policy, encoder: Encoder) -> Matrix:
    """Vectors of the units, a part of each from its headings and introducing line."""
    return _mixed(unit_texts(policy), [policy.context(unit) for unit in policy.units], encoder)


def span_vectors(policy: Policy, spans: Sequence[Span], encoder: Encoder) -> Matrix:
    """Vectors of the spans, a part of each from its headings."""
    texts = [policy.text[start:end] for start, end in spans]
    return _mixed(texts, [policy.section_at(start).label.rpartition(" > ")[2] for start, _ in spans], encoder)


def _mixed(texts: Sequence[str], contexts: Sequence[str], encoder: Encoder) -> Matrix:
    """Each text's vector with a part of its context's; each context is encoded once."""
    distinct = sorted({context[-120:] for context in contexts if context})
    around = dict(zip(distinct, encoder.encode(distinct), strict=True)) if distinct else {}
    own = encoder.encode(texts)
    empty = np.zeros(VECTOR, dtype=np.float32)
    mixed = own + 0.3 * np.array([around.get(context[-120:], empty) for context in contexts])
    return np.asarray(mixed / np.maximum(np.linalg.norm(mixed, axis=1, keepdims=True), 1e-9), dtype=np.float32)
