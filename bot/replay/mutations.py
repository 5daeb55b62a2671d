"""Mutations: a conversation must hold, however its words are typed and its messages are cut and delivered.

A wording changes what a person writes and nothing of what must follow; another language keeps what is done; another
shape keeps the end of the talk; a negation makes that nothing is done. A mutation is added to the table below.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from bot.replay.negating import negated
from bot.replay.player import Result
from bot.replay.reshaping import Variation, reordered, split_in_two, two_in_one
from bot.replay.script import DEPTHS
from bot.replay.translating import in_another_language
from bot.replay.wording import WORDINGS, Wording, reworded


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One way to change conversations."""

    name: str
    #: What it makes of a conversation that was played as it is written; nothing where it has no hold on it.
    of: Callable[[Result], Iterator[Variation]]
    #: Where it says something.
    depths: tuple[str, ...] = DEPTHS


def variations(played: Result, mutation: Mutation) -> Iterator[Variation]:
    """The conversation in every form that the mutation gives it."""
    if played.depth in mutation.depths:
        yield from mutation.of(played)


def _wording(wording: Wording) -> Mutation:
    def said_otherwise(played: Result) -> Iterator[Variation]:
        script = played.script
        turns = tuple(reworded(turn, wording) for turn in script.turns)
        if turns != script.turns:
            yield Variation(script=replace(script, turns=turns), what="")

    return Mutation(name=wording.__name__, of=said_otherwise)


#: By the names that the report shows.
MUTATIONS: Mapping[str, Mutation] = MappingProxyType(
    {
        mutation.name: mutation
        for mutation in (
            *map(_wording, WORDINGS),
            Mutation(name="in_another_language", of=in_another_language),
            Mutation(name="negated", of=negated, depths=("road",)),
            Mutation(name="two_in_one", of=two_in_one),
            Mutation(name="split_in_two", of=split_in_two),
            Mutation(name="reordered", of=reordered),
        )
    }
)
