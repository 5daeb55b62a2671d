"""From text to log odds: the words of every window first, the sentence model where they leave a doubt.

A window that the words hold for ordinary with certainty is not read again. Shapes are always (texts, intents).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intents.artefact import Artefact
from intents.onnx_text import Batch
from intents.opened import Opened

Matrix = NDArray[np.float32]
Places = NDArray[np.int64]

_NO_TOKENS: tuple[Matrix, Places] = (np.zeros((0, 0), dtype=np.float32), np.zeros(0, dtype=np.int64))
#: Log odds, at most, of any intent in a window that the words hold for ordinary.
_ORDINARY = -5.0
#: Windows of one message that the sentence model reads at most, the most doubtful first; the words read them all.
MOST_READ_AGAIN = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """The log odds of each window of one message, and which sentence carries each intent in it."""

    #: Shape (windows, intents).
    odds: Matrix
    #: Same shape: places in the parts of the message.
    carriers: Places

    def carrier(self, intent: int) -> int:
        """The sentence that carries an intent most."""
        return int(self.carriers[int(self.odds[:, intent].argmax()), intent])


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the sentence model makes of one text."""

    #: Log odds, shape (intents,).
    odds: Matrix
    #: What each token adds to them, shape (tokens, intents), and where each token begins; none where nothing is likely.
    tokens: Matrix
    starts: Places


class Scorer:
    """The models of an artefact over many messages at once."""

    def __init__(self, artefact: Artefact) -> None:
        self._artefact = artefact
        self._columns = _columns(artefact.card.names, artefact.card.sentence_names)
        #: Log odds from which on it matters which words say so.
        self._told_from = float(-np.log(1 / min(artefact.card.ask) - 1))

    def score(self, messages: Sequence[Opened]) -> list[Scored]:
        """The messages in order; one in a language that is not read has no odds."""
        texts = [message.window_words if message.language.readable else () for message in messages]
        words = [self._artefact.words.read(windows) for windows in texts]
        if self._artefact.sentences is None:
            return [self._by_words(message, logits) for message, (logits, _) in zip(messages, words, strict=True)]
        asked = [self._doubtful(message, anything) for message, (_, anything) in zip(messages, words, strict=True)]
        doubtful = {
            windows[row]: logits[row]
            for windows, (logits, _), rows in zip(texts, words, asked, strict=True)
            for row in rows
        }
        told = self._by_sentences(doubtful)
        return [
            self._joined(message, by_words, {row: told[windows[row]] for row in rows})
            for message, windows, by_words, rows in zip(messages, texts, words, asked, strict=True)
        ]

    def _by_words(self, message: Opened, logits: Matrix) -> Scored:
        """What words alone say, and the sentence that carries each intent, as far as they can tell."""
        odds = self._artefact.card.words_only.odds(logits, None)
        carriers = np.zeros(odds.shape, dtype=np.int64)
        of_parts, _ = self._artefact.words.read(message.part_words if len(odds) else ())
        for row in range(len(odds)):
            parts = message.rows_of(row)
            carriers[row] = parts[0] + of_parts[parts[0] : parts[-1] + 1].argmax(axis=0)
        return Scored(odds=odds, carriers=carriers)

    def _doubtful(self, message: Opened, anything: Matrix) -> Sequence[int]:
        """The windows to read again: in a long message also those of which one sentence alone is not ordinary."""
        surest = np.array(anything)
        if len(anything) > 1:
            _, parts = self._artefact.words.read(message.part_words)
            for row in range(len(anything)):
                inside = message.rows_of(row)
                surest[row] = max(surest[row], parts[inside[0] : inside[-1] + 1].max())
        surest_first = np.argsort(-surest, kind="stable")[:MOST_READ_AGAIN]
        return [int(row) for row in surest_first if surest[row] >= self._artefact.card.gate]

    def _by_sentences(self, by_words: Mapping[str, Matrix]) -> Mapping[str, Told]:
        """What the sentence model says of texts, mixed with the words, whose logits are given."""
        assert self._artefact.sentences is not None
        texts = list(by_words)
        logits = np.array(list(by_words.values()), dtype=np.float32).reshape(-1, len(self._artefact.card.names))
        mixed = np.array(logits)
        told: dict[str, Told] = {}
        for batch in self._artefact.sentences.batches(texts):
            for column, place in self._columns.items():
                mixed[batch.places, place] = batch.output[:, :, column].sum(axis=1)
            odds = self._artefact.card.blend.odds(logits[batch.places], mixed[batch.places])
            for row, place in enumerate(batch.places):
                matters = odds[row].max() >= self._told_from
                tokens, starts = self._tokens(batch, row) if matters else _NO_TOKENS
                told[texts[place]] = Told(odds=odds[row], tokens=tokens, starts=starts)
        return told

    def _tokens(self, batch: Batch, row: int) -> tuple[Matrix, Places]:
        """What each token of a text adds, without those that frame it; intents that the model does not know get 0."""
        offsets = batch.encoded[row].offsets[1:-1]
        told = np.zeros((len(offsets), len(self._artefact.card.names)), dtype=np.float32)
        for column, place in self._columns.items():
            told[:, place] = batch.output[row, 1 : 1 + len(offsets), column]
        return told, np.array([start for start, _ in offsets], dtype=np.int64)

    def _joined(self, message: Opened, words: tuple[Matrix, Matrix], told: Mapping[int, Told]) -> Scored:
        logits, anything = words
        odds = self._artefact.card.words_only.odds(logits, None)
        joined = np.where((anything < self._artefact.card.gate)[:, None], np.minimum(odds, _ORDINARY), odds)
        carriers = np.repeat(np.array(message.firsts[: len(odds)], dtype=np.int64)[:, None], odds.shape[1], axis=1)
        part_words = message.part_words if any(len(one.starts) for one in told.values()) else ()
        for row, one in told.items():
            joined[row] = one.odds
            if len(one.starts):
                carriers[row] += _loudest(one, [len(part_words[part]) for part in message.rows_of(row)])
        return Scored(odds=joined, carriers=carriers)


def chances_of(odds: Matrix) -> Matrix:
    """Probabilities for log odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30, 30))), dtype=np.float32)


def _loudest(told: Told, lengths: Sequence[int]) -> Places:
    """For each intent the sentence, out of those of so many letters, whose tokens add most to it."""
    begins = np.cumsum([0, *(length + 1 for length in lengths[:-1])])
    sentence_of = np.searchsorted(begins, told.starts, side="right") - 1
    added = np.zeros((len(lengths), told.odds.shape[0]), dtype=np.float32)
    np.add.at(added, sentence_of, told.tokens)
    return np.asarray(added.argmax(axis=0), dtype=np.int64)


def _columns(names: Sequence[str], sentence_names: Sequence[str]) -> Mapping[int, int]:
    """Output of the sentence model -> place of the intent; intents that it does not know are left to the words."""
    return {output: names.index(name) for output, name in enumerate(sentence_names) if name in names}
