"""Reads a message: which intents, how sure, in which words, or why it abstains.

Same text, same reading. It never raises on any text and never reads more than 200 KB of one. What the text says about
its reader ("ignore your rules") is text like any other: only names of the catalogue come out, and nothing is acted on.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from intents.artefact import Artefact, load_artefact
from intents.declining import declines
from intents.odds import Scored, Scorer, chances_of
from intents.opened import Opened, open_message
from intents.orders import orders_the_machine
from intents.reading import Doubt, FoundIntent, Reading

_EVIDENCE = 300
_CANDIDATES = 3


class Reader:
    """A `Classifier` over a trained artefact; safe to call from several threads."""

    def __init__(self, artefact: Artefact) -> None:
        self._artefact = artefact
        self._scorer = Scorer(artefact)

    @property
    def artefact(self) -> Artefact:
        return self._artefact

    @property
    def problem(self) -> str:
        """Why it reads worse than it could; empty when all its models are there."""
        return self._artefact.problem

    def read(self, text: str, *, subject: str = "", channel: str = "email") -> Reading:
        return self.read_many([(text, subject)])[0]

    def read_many(self, messages: Iterable[tuple[str, str]]) -> list[Reading]:
        """The readings of (text, subject) pairs, quicker than one by one.

        Texts that are run together share the scale of their 8 bits: odds differ by about 0.4 from those one by one, and
        one reading in twenty-five, near a threshold, differs in what it acts on.
        """
        return [self._decide(opened, scored) for opened, scored in self.see_many(messages)]

    def see_many(self, messages: Iterable[tuple[str, str]]) -> list[tuple[Opened, Scored]]:
        """What `read_many` decides upon: each message opened, and what its windows say."""
        opened = [open_message(text, subject) for text, subject in messages]
        return list(zip(opened, self._scorer.score(opened), strict=True))

    def _decide(self, opened: Opened, scored: Scored) -> Reading:
        language = opened.language.code
        if not opened.language.readable:
            return Reading(language=language, doubt=Doubt.LANGUAGE)
        if not len(scored.odds):
            return Reading(language=language)
        card = self._artefact.card
        best = chances_of(scored.odds.max(axis=0))
        surest = np.argsort(-best)
        sure = tuple(int(place) for place in surest if best[place] >= card.act[place])
        acted = tuple(place for place in sure if not self._declined(opened, scored, place))
        if acted and not any(map(orders_the_machine, opened.window_words)):
            asked_for = _not_of_the_title(opened, scored, acted)
            return Reading(intents=self._found(opened, scored, asked_for), language=language)
        asked = tuple(int(place) for place in surest if best[place] >= card.ask[place])[:_CANDIDATES]
        if not asked:
            return Reading(language=language)
        doubt = Doubt.AMBIGUOUS if len(asked) > 1 else Doubt.UNSURE
        return Reading(candidates=self._found(opened, scored, asked), language=language, doubt=doubt)

    def _declined(self, opened: Opened, scored: Scored, place: int) -> bool:
        """Whether the writer says not to do it: asked about then, and acted on only what else is wanted."""
        said = _evidence(opened, scored, place)
        return declines(self._artefact.card.names[place], said, "\n".join(opened.part_words))

    def _found(self, opened: Opened, scored: Scored, places: Sequence[int]) -> tuple[FoundIntent, ...]:
        return tuple(
            FoundIntent(
                name=self._artefact.card.names[place],
                confidence=round(float(chances_of(scored.odds[:, place].max())), 4),
                evidence=_evidence(opened, scored, place),
            )
            for place in places
        )


def load_classifier(folder: Path | None = None, *, threads: int = 1, words_only: bool = False) -> Reader:
    """The reader of the shipped artefact, or of the one in `folder`. Raises `ArtefactError`."""
    return Reader(load_artefact(folder, threads=threads, words_only=words_only))


def _evidence(opened: Opened, scored: Scored, place: int) -> str:
    """The sentence that carries the intent most, out of the window that does."""
    span = opened.parts[scored.carrier(place)]
    return opened.text[span.start : span.end][:_EVIDENCE]


def _not_of_the_title(opened: Opened, scored: Scored, places: tuple[int, ...]) -> tuple[int, ...]:
    """A subject names a matter ("my data"); it asks for something only where the text itself asks for nothing."""
    said = tuple(place for place in places if opened.parts[scored.carrier(place)].start >= opened.head)
    return said or places
