"""From text to log odds: words first, the sentence model where they leave a doubt, each sentence also by itself.

A window is read whole, for a "not" to reach what it negates, and sentence by sentence, for a second wish not to be
drowned by the first; both are mixed in the log odds. Shapes are always (texts, intents).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intents.artefact import Artefact
from intents.opened import Opened

Matrix = NDArray[np.float32]

_BATCH = 4
#: A sentence of one word ("Hello,") says nothing by itself.
_LEAST_WORDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """The log odds of one message before its sentences are mixed in."""

    windows: Matrix
    parts: Matrix
    #: For each window the sentences in it that were read by themselves.
    telling: tuple[tuple[int, ...], ...]

    def mixed(self, share: float) -> Matrix:
        """The windows, with so much of the loudest sentence in each."""
        odds = np.array(self.windows)
        for row, telling in enumerate(self.telling):
            if telling:
                odds[row] = (1 - share) * odds[row] + share * self.parts[list(telling)].max(axis=0)
        return odds


class Scorer:
    """The models of an artefact over many messages at once."""

    def __init__(self, artefact: Artefact) -> None:
        self._artefact = artefact
        self._columns = _columns(artefact.card.names, artefact.card.sentence_names)

    def score(self, messages: Sequence[Opened]) -> list[Scored]:
        """The messages in order; one in a language that is not read has no odds."""
        readable = [message for message in messages if message.language.readable]
        scored = self._by_words(readable)
        if self._artefact.sentences is not None:
            scored = self._by_sentences(readable, scored)
        empty = np.zeros((0, len(self._artefact.card.names)), dtype=np.float32)
        nothing = Scored(windows=empty, parts=empty, telling=())
        following = iter(scored)
        return [next(following) if message.language.readable else nothing for message in messages]

    def _by_words(self, messages: Sequence[Opened]) -> list[Scored]:
        model, blend = self._artefact.words, self._artefact.card.words_only
        scored = []
        for message in messages:
            windows = blend.odds(model.logits(message.window_words), None)
            # Sentences are scored for their evidence only: not where there is but one.
            alone = len(message.parts) < 2
            parts = np.array(windows) if alone else blend.odds(model.logits(message.part_words), None)
            scored.append(Scored(windows=windows, parts=parts, telling=((),) * len(windows)))
        return scored

    def _by_sentences(self, messages: Sequence[Opened], scored: Sequence[Scored]) -> list[Scored]:
        """Reads every window again that the words alone do not hold for ordinary with certainty."""
        asked = [self._asked(message, one) for message, one in zip(messages, scored, strict=True)]
        texts: dict[str, int] = {}
        for message, rows in zip(messages, asked, strict=True):
            words, part_words = message.window_words, message.part_words
            for row, telling in rows.items():
                for text in (words[row], *(part_words[part] for part in telling)):
                    texts.setdefault(text, len(texts))
        odds = self._blended(list(texts))
        found = []
        for message, rows, one in zip(messages, asked, scored, strict=True):
            words, part_words = message.window_words, message.part_words
            windows, parts = np.array(one.windows), np.array(one.parts)
            for row, telling in rows.items():
                windows[row] = odds[texts[words[row]]]
                for part in telling:
                    parts[part] = odds[texts[part_words[part]]]
            telling_of = tuple(rows.get(row, ()) for row in range(len(windows)))
            found.append(Scored(windows=windows, parts=parts, telling=telling_of))
        return found

    def _asked(self, message: Opened, scored: Scored) -> Mapping[int, tuple[int, ...]]:
        """The windows to read again, each with the sentences to read by themselves."""
        part_words = message.part_words
        surest = chances_of(scored.windows).max(axis=1)
        rows = (row for row, chance in enumerate(surest) if chance >= self._artefact.card.gate)
        return {row: _telling(message, row, part_words) for row in rows}

    def _blended(self, texts: Sequence[str]) -> Matrix:
        assert self._artefact.sentences is not None
        words = self._artefact.words.logits(texts)
        logits = np.array(words)
        for batch in self._artefact.sentences.batches(texts, size=_BATCH):
            for column, place in self._columns.items():
                logits[batch.places, place] = batch.output[:, column]
        return self._artefact.card.blend.odds(words, logits)


def chances_of(odds: Matrix) -> Matrix:
    """Probabilities for log odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30, 30))), dtype=np.float32)


def _telling(message: Opened, window: int, part_words: Sequence[str]) -> tuple[int, ...]:
    """The sentences of a window that are read by themselves: none where there is but one."""
    rows = message.rows_of(window)
    return tuple(row for row in rows if len(part_words[row].split()) >= _LEAST_WORDS) if len(rows) > 1 else ()


def _columns(names: Sequence[str], sentence_names: Sequence[str]) -> Mapping[int, int]:
    """Output of the sentence model -> place of the intent; intents that it does not know are left to the words."""
    return {output: names.index(name) for output, name in enumerate(sentence_names) if name in names}
