"""Measures a reader on messages whose meaning is known: JSON lines with `text` and `gold`.

An intent in `also_ok` is neither right nor wrong. A *harmful* mistake is a right acted on that was declined or never
asked; a *false alarm* is any intent or doubt on an ordinary message. Abstaining is not failing: it is counted apart.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from intents.catalogue import Catalogue, Handling, load_catalogue
from intents.corpus import Example, read_examples
from intents.reading import Classifier, Doubt, Reading

_RIGHTS = frozenset({Handling.REQUEST, Handling.OPT_OUT})
_BINS = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One message with its reading."""

    example: Example
    reading: Reading

    @property
    def extra(self) -> frozenset[str]:
        """Intents acted on that are not there."""
        return self.reading.names - self.example.gold - self.example.also_ok

    @property
    def missed(self) -> frozenset[str]:
        """Intents that are there and were not acted on."""
        return self.example.gold - self.reading.names

    @property
    def right(self) -> bool:
        """Acted on everything that is there and nothing else, without a doubt."""
        return not self.extra and not self.missed and not self.reading.abstained

    @property
    def ordinary(self) -> bool:
        return not self.example.gold


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentFigures:
    """How one intent was read."""

    name: str
    hits: int
    extra: int
    missed: int

    @property
    def precision(self) -> float:
        return self.hits / (self.hits + self.extra) if self.hits + self.extra else math.nan

    @property
    def recall(self) -> float:
        return self.hits / (self.hits + self.missed) if self.hits + self.missed else math.nan

    @property
    def f1(self) -> float:
        wrong = self.extra + self.missed
        return 2 * self.hits / (2 * self.hits + wrong) if self.hits + wrong else math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was counted over some messages."""

    messages: int
    right: int
    #: Mean F1 over the intents that occur.
    macro_f1: float
    harmful: int
    #: Messages with something in them on which the reader abstained; and those with a gold intent among its candidates.
    abstained: int
    abstained_well: int
    ordinary: int
    false_alarms: int
    ordinary_acted_on: int
    #: Messages with several intents, and those of them with all found.
    several: int
    several_found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Intents named with a confidence in [low, high): how many, how sure on average, how often right."""

    low: float
    high: float
    count: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Everything measured over some files."""

    verdicts: tuple[Verdict, ...]
    overall: Figures
    intents: tuple[IntentFigures, ...]
    by_language: Mapping[str, Figures]
    by_slice: Mapping[str, Figures]
    reliability: tuple[Bin, ...]
    #: (intent read, intent that was there), most frequent first.
    confusion: tuple[tuple[tuple[str, str], int], ...]
    #: Wrong readings, harmful first, then by confidence.
    worst: tuple[Verdict, ...]


def evaluate(files: Iterable[Path], classifier: Classifier, *, catalogue: Catalogue | None = None) -> Evaluation:
    """Reads every message of the files and counts. Raises `CorpusError` where a line cannot be used."""
    examples = [example for file in files for example in read_examples(file)]
    return evaluate_examples(examples, classifier, catalogue=catalogue)


def evaluate_examples(
    examples: Sequence[Example], classifier: Classifier, *, catalogue: Catalogue | None = None
) -> Evaluation:
    """The same, of messages at hand."""
    return evaluate_verdicts([_read(example, classifier) for example in examples], catalogue=catalogue)


def evaluate_verdicts(read: Iterable[Verdict], *, catalogue: Catalogue | None = None) -> Evaluation:
    """The same, of messages that were read already."""
    intents = load_catalogue() if catalogue is None else catalogue
    rights = frozenset(name for name, intent in intents.items() if intent.handling in _RIGHTS)
    verdicts = tuple(read)
    wrong = [verdict for verdict in verdicts if not verdict.right]
    return Evaluation(
        verdicts=verdicts,
        overall=_figures(verdicts, rights),
        intents=_per_intent(verdicts, tuple(intents)),
        by_language=_slices(verdicts, rights, lambda verdict: verdict.example.language),
        by_slice=_slices(verdicts, rights, lambda verdict: verdict.example.slice),
        reliability=_reliability(verdicts),
        confusion=_confusion(verdicts),
        worst=tuple(sorted(wrong, key=lambda verdict: (not verdict.extra & rights, -_confidence(verdict)))),
    )


def is_harmful(verdict: Verdict, catalogue: Catalogue) -> bool:
    """Whether a right was acted on that was declined or never asked."""
    return any(catalogue[name].handling in _RIGHTS for name in verdict.extra)


def paired_p_value(first: Evaluation, second: Evaluation) -> float:
    """Exact McNemar test: how likely so unequal a split is by chance if both readers are equally good."""
    pairs = list(zip(first.verdicts, second.verdicts, strict=True))
    better = sum(one.right and not other.right for one, other in pairs)
    worse = sum(other.right and not one.right for one, other in pairs)
    changed = better + worse
    tail: int = sum(math.comb(changed, k) for k in range(min(better, worse) + 1))
    return min(1.0, float(2 * tail / 2.0**changed))


def _read(example: Example, classifier: Classifier) -> Verdict:
    reading = classifier.read(example.text, subject=example.subject, channel=example.channel)
    return Verdict(example=example, reading=reading)


def _figures(verdicts: Sequence[Verdict], rights: frozenset[str]) -> Figures:
    names = tuple(sorted({name for verdict in verdicts for name in verdict.example.gold}))
    scores = [figures.f1 for figures in _per_intent(verdicts, names)]
    ordinary = [verdict for verdict in verdicts if verdict.ordinary]
    doubtful = [verdict for verdict in verdicts if verdict.reading.abstained and not verdict.ordinary]
    several = [verdict for verdict in verdicts if len(verdict.example.gold) > 1]
    return Figures(
        messages=len(verdicts),
        right=sum(verdict.right for verdict in verdicts),
        macro_f1=sum(scores) / len(scores) if scores else math.nan,
        harmful=sum(bool(verdict.extra & rights) for verdict in verdicts),
        abstained=len(doubtful),
        abstained_well=sum(_names_a_gold(verdict) for verdict in doubtful),
        ordinary=len(ordinary),
        false_alarms=sum(bool(verdict.extra) or verdict.reading.abstained for verdict in ordinary),
        ordinary_acted_on=sum(bool(verdict.extra) for verdict in ordinary),
        several=len(several),
        several_found=sum(not verdict.missed for verdict in several),
    )


def _names_a_gold(verdict: Verdict) -> bool:
    candidates = {found.name for found in verdict.reading.candidates}
    return bool(candidates & verdict.example.gold) or verdict.reading.doubt is Doubt.LANGUAGE


def _per_intent(verdicts: Sequence[Verdict], names: Sequence[str]) -> tuple[IntentFigures, ...]:
    return tuple(
        IntentFigures(
            name=name,
            hits=sum(name in verdict.reading.names & verdict.example.gold for verdict in verdicts),
            extra=sum(name in verdict.extra for verdict in verdicts),
            missed=sum(name in verdict.missed for verdict in verdicts),
        )
        for name in names
    )


def _slices(
    verdicts: Sequence[Verdict], rights: frozenset[str], key: Callable[[Verdict], str]
) -> Mapping[str, Figures]:
    groups: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        groups.setdefault(key(verdict), []).append(verdict)
    return {name: _figures(groups[name], rights) for name in sorted(groups)}


def _reliability(verdicts: Iterable[Verdict]) -> tuple[Bin, ...]:
    named = [
        (found.confidence, found.name in verdict.example.gold | verdict.example.also_ok)
        for verdict in verdicts
        for found in (*verdict.reading.intents, *verdict.reading.candidates)
    ]
    bins = []
    for low, high in pairwise(_BINS):
        inside = [(sure, right) for sure, right in named if low <= sure < high or (high == 1.0 and sure == 1.0)]
        if inside:
            count = len(inside)
            confidence, right = (sum(column) / count for column in zip(*inside, strict=True))
            bins.append(Bin(low=low, high=high, count=count, confidence=confidence, right=right))
    return tuple(bins)


def _confusion(verdicts: Iterable[Verdict]) -> tuple[tuple[tuple[str, str], int], ...]:
    counts: dict[tuple[str, str], int] = {}
    for verdict in verdicts:
        for read in verdict.extra or ({"(nothing)"} if verdict.missed else ()):
            for there in verdict.missed or {"(nothing)"}:
                counts[read, there] = counts.get((read, there), 0) + 1
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _confidence(verdict: Verdict) -> float:
    wrong = [found.confidence for found in verdict.reading.intents if found.name in verdict.extra]
    return max(wrong, default=0.0)
