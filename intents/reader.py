"""Reads a message: which intents, how sure, in which words, or why it abstains.

Same text, same reading. It never raises on any text and never reads more than 200 KB of one. What the text says about
its reader ("ignore your rules") is text like any other: only names of the catalogue come out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from intents.artefact import Artefact, load_artefact
from intents.language import Language, language_of
from intents.own_words import Span, own_spans
from intents.reading import Doubt, FoundIntent, Reading
from intents.sentences import Window, sentences, windows

Matrix = NDArray[np.float32]

#: Bytes of a message that are read; the rest is not.
MOST_TEXT = 200_000
_SUBJECT = 300
_EVIDENCE = 300
_BATCH = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the reader saw in a message before it decided: for `explain` and for training."""

    #: Subject and text as one, capped: all spans count from its start.
    text: str
    language: Language
    parts: tuple[Span, ...]
    windows: tuple[Window, ...]
    #: Shape (windows, intents): probabilities.
    chances: Matrix


class Reader:
    """A `Classifier` over a trained artefact; safe to call from several threads."""

    def __init__(self, artefact: Artefact) -> None:
        self._artefact = artefact
        self._names = artefact.card.names
        self._columns = _columns(self._names, artefact.card.sentence_names)

    @property
    def artefact(self) -> Artefact:
        return self._artefact

    @property
    def problem(self) -> str:
        """Why it reads worse than it could; empty when all its models are there."""
        return self._artefact.problem

    def read(self, text: str, *, subject: str = "", channel: str = "email") -> Reading:
        return self._decide(self.see(text, subject=subject))

    def read_many(self, messages: Iterable[tuple[str, str]]) -> list[Reading]:
        """The readings of (text, subject) pairs, the same as one by one but quicker."""
        return [self._decide(seen) for seen in self._see_all(messages)]

    def see(self, text: str, *, subject: str = "") -> Seen:
        """All that `read` decides upon."""
        return self._see_all([(text, subject)])[0]

    def _see_all(self, messages: Iterable[tuple[str, str]]) -> list[Seen]:
        opened = [_open(text, subject) for text, subject in messages]
        texts = [words for one in opened if one.language.readable for words in one.words]
        chances = self._chances(texts) if texts else np.zeros((0, len(self._names)), dtype=np.float32)
        seen = []
        first = 0
        for one in opened:
            last = first + (len(one.words) if one.language.readable else 0)
            seen.append(
                Seen(
                    text=one.text,
                    language=one.language,
                    parts=one.parts,
                    windows=one.windows,
                    chances=chances[first:last],
                )
            )
            first = last
        return seen

    def _chances(self, texts: Sequence[str]) -> Matrix:
        card = self._artefact.card
        words = np.asarray(self._artefact.words.logits(texts))
        chances = card.words_only.chances(words, None)
        if self._artefact.sentences is None:
            return chances
        # What the words alone hold for ordinary with certainty is not read again: most of the inbox.
        open_ = np.flatnonzero(chances.max(axis=1) >= card.gate)
        logits = words[open_]
        for places, output, _ in self._artefact.sentences.batches([texts[int(place)] for place in open_], size=_BATCH):
            for name, column in self._columns.items():
                logits[places, column] = output[:, name]
        chances[open_] = card.blend.chances(words[open_], logits)
        return chances

    def _decide(self, seen: Seen) -> Reading:
        language = seen.language.code
        if not seen.language.readable:
            return Reading(language=language, doubt=Doubt.LANGUAGE)
        if not len(seen.chances):
            return Reading(language=language)
        best = seen.chances.max(axis=0)
        card = self._artefact.card
        acted = tuple(place for place in np.argsort(-best) if best[place] >= card.act[place])
        if acted:
            return Reading(intents=self._found(seen, best, acted), language=language)
        asked = tuple(place for place in np.argsort(-best) if best[place] >= card.ask[place])[:3]
        if not asked:
            return Reading(language=language)
        doubt = Doubt.AMBIGUOUS if len(asked) > 1 else Doubt.UNSURE
        return Reading(candidates=self._found(seen, best, asked), language=language, doubt=doubt)

    def _found(self, seen: Seen, best: Matrix, places: Sequence[int]) -> tuple[FoundIntent, ...]:
        return tuple(
            FoundIntent(
                name=self._names[place],
                confidence=round(float(best[place]), 4),
                evidence=self._evidence(seen, place),
            )
            for place in places
        )

    def _evidence(self, seen: Seen, place: int) -> str:
        """The sentence that carries the intent most, out of the window that does."""
        parts = seen.windows[int(seen.chances[:, place].argmax())].parts
        if len(parts) > 1:
            logits = self._artefact.words.logits([seen.text[part.start : part.end] for part in parts])
            parts = (parts[int(logits[:, place].argmax())],)
        return seen.text[parts[0].start : parts[0].end][:_EVIDENCE]


def load_classifier(folder: Path | None = None, *, threads: int = 1, words_only: bool = False) -> Reader:
    """The reader of the shipped artefact, or of the one in `folder`. Raises `ArtefactError`."""
    return Reader(load_artefact(folder, threads=threads, words_only=words_only))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """A message before any model saw it."""

    text: str
    language: Language
    parts: tuple[Span, ...]
    windows: tuple[Window, ...]
    #: The words of each window.
    words: tuple[str, ...]


def _open(text: str, subject: str) -> _Opened:
    whole, spans = _whole(text, subject)
    parts = sentences(whole, spans)
    found = windows(parts)
    words = tuple(window.words(whole) for window in found)
    return _Opened(text=whole, language=language_of(" ".join(words[:2])), parts=parts, windows=found, words=words)


def own_text(text: str, subject: str = "") -> str:
    """The writer's own words as one line, as the models see a message that fits into one window."""
    whole, spans = _whole(text, subject)
    return Window(sentences(whole, spans)).words(whole)


def _whole(text: str, subject: str) -> tuple[str, tuple[Span, ...]]:
    """Subject and text as one string without NUL and lone surrogates, and the writer's own spans of it."""
    head = " ".join(subject[:_SUBJECT].split())
    body = text[:MOST_TEXT].encode("utf-8", "replace")[:MOST_TEXT].decode("utf-8", "ignore")
    body = body.replace("\x00", " ")
    offset = len(head) + 1 if head else 0
    whole = f"{head}\n{body}" if head else body
    own = tuple(Span(span.start + offset, span.end + offset) for span in own_spans(body))
    return whole, ((Span(0, len(head)), *own) if head else own)


def _columns(names: Sequence[str], sentence_names: Sequence[str]) -> Mapping[int, int]:
    """Output of the sentence model -> place of the intent; intents that it does not know are left to the words."""
    return {output: names.index(name) for output, name in enumerate(sentence_names) if name in names}
