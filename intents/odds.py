"""From text to log odds: words first, the sentence model where they leave a doubt, each sentence also by itself.

A window is read whole, for a "not" to reach what it negates, and sentence by sentence, for a second wish not to be
drowned by the first; both are mixed in the log odds. Shapes are always (texts, intents).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from intents.artefact import Artefact
from intents.opened import Opened

Matrix = NDArray[np.float32]

_BATCH = 4
#: A sentence of one word ("Hello,") says nothing by itself.
_LEAST_WORDS = 2


class Scorer:
    """The models of an artefact over many messages at once."""

    def __init__(self, artefact: Artefact) -> None:
        self._artefact = artefact
        self._columns = _columns(artefact.card.names, artefact.card.sentence_names)

    def odds(self, messages: Sequence[Opened]) -> list[tuple[Matrix, Matrix]]:
        """For each message the log odds of its windows, sentences mixed in, and those of its sentences alone.

        A message in a language that is not read has none.
        """
        empty = np.zeros((0, len(self._artefact.card.names)), dtype=np.float32)
        readable = [message for message in messages if message.language.readable]
        windows, parts = self._by_words(readable)
        if self._artefact.sentences is not None:
            self._by_sentences(readable, windows, parts)
        scored = iter(zip(windows, parts, strict=True))
        return [next(scored) if message.language.readable else (empty, empty) for message in messages]

    def _by_words(self, messages: Sequence[Opened]) -> tuple[list[Matrix], list[Matrix]]:
        model, blend = self._artefact.words, self._artefact.card.words_only
        windows = [blend.odds(model.logits(message.window_words), None) for message in messages]
        # Sentences are scored for their evidence only: not where there is but one.
        parts = [
            blend.odds(model.logits(message.part_words), None) if len(message.parts) > 1 else odds
            for message, odds in zip(messages, windows, strict=True)
        ]
        return windows, parts

    def _by_sentences(self, messages: Sequence[Opened], windows: list[Matrix], parts: list[Matrix]) -> None:
        """Replaces the odds of every window that the words alone do not hold for ordinary with certainty."""
        card = self._artefact.card
        opened = [
            [row for row, odds in enumerate(of_message) if chances_of(odds).max() >= card.gate]
            for of_message in windows
        ]
        texts: dict[str, int] = {}
        for message, rows in zip(messages, opened, strict=True):
            words, part_words = message.window_words, message.part_words
            for row in rows:
                texts.setdefault(words[row], len(texts))
                for part in _telling(message, row, part_words):
                    texts.setdefault(part_words[part], len(texts))
        scored = self._blended(list(texts))
        for place, (message, rows) in enumerate(zip(messages, opened, strict=True)):
            words, part_words = message.window_words, message.part_words
            for row in rows:
                windows[place][row] = scored[texts[words[row]]]
                telling = _telling(message, row, part_words)
                for part in telling:
                    parts[place][part] = scored[texts[part_words[part]]]
                if telling:
                    loudest = parts[place][telling].max(axis=0)
                    share = card.blend.part_share
                    windows[place][row] = (1 - share) * windows[place][row] + share * loudest

    def _blended(self, texts: Sequence[str]) -> Matrix:
        assert self._artefact.sentences is not None
        words = self._artefact.words.logits(texts)
        logits = np.array(words)
        for places, output, _ in self._artefact.sentences.batches(texts, size=_BATCH):
            for column, place in self._columns.items():
                logits[places, place] = output[:, column]
        return self._artefact.card.blend.odds(words, logits)


def chances_of(odds: Matrix) -> Matrix:
    """Probabilities for log odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30, 30))), dtype=np.float32)


def _telling(message: Opened, window: int, part_words: Sequence[str]) -> list[int]:
    """The sentences of a window that are read by themselves: none where there is but one."""
    rows = message.rows_of(window)
    return [row for row in rows if len(part_words[row].split()) >= _LEAST_WORDS] if len(rows) > 1 else []


def _columns(names: Sequence[str], sentence_names: Sequence[str]) -> Mapping[int, int]:
    """Output of the sentence model -> place of the intent; intents that it does not know are left to the words."""
    return {output: names.index(name) for output, name in enumerate(sentence_names) if name in names}
