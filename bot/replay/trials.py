"""Conversations under mutation: which of those that hold as they are written break when they are said otherwise.

What breaks is a finding and no verdict: a person looks at it, and says the rule or the text that must change.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from bot.replay.html_page import described, table
from bot.replay.player import Outcome, Result
from bot.replay.report import failures_of
from bot.replay.script import Said
from intents.html_report import page


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One conversation that was played in one other form."""

    mutation: str
    #: Which form, "" where there is only one.
    what: str
    result: Result

    @property
    def talk(self) -> tuple[str, str, str]:
        """The conversation that it was made of."""
        return f"{self.result.script.place}", self.result.depth, self.result.channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one mutation came to."""

    mutation: str
    #: Conversations that it has a hold on.
    talks: int
    outcomes: Mapping[str, int]


def tallies(names: Iterable[str], trials: Sequence[Trial]) -> list[Tally]:
    """In the order of `names`; 0 talks where a mutation has no hold on any."""
    return [_tally(name, [one for one in trials if one.mutation == name]) for name in names]


def _tally(name: str, trials: Sequence[Trial]) -> Tally:
    outcomes = Counter(one.result.outcome.value for one in trials)
    return Tally(
        mutation=name,
        talks=len({one.talk for one in trials}),
        outcomes={outcome.value: outcomes[outcome.value] for outcome in Outcome},
    )


def trial_objects(names: Iterable[str], trials: Sequence[Trial], *, held: int) -> Iterator[dict[str, Any]]:
    """One object for each form that was played, then one for each mutation; `held` talks were put to them."""
    for one in trials:
        result = one.result
        yield {
            "kind": "trial",
            "mutation": one.mutation,
            "variant": one.what,
            "path": str(result.script.place.file),
            "line": result.script.place.line,
            "conversation": result.script.title,
            "depth": result.depth,
            "channel": result.channel,
            "outcome": result.outcome.value,
            "said": said_in(result),
            "failures": failures_of(result.failures),
        }
    for tally in tallies(names, trials):
        counted = {name.replace(" ", "_"): count for name, count in tally.outcomes.items()}
        forms = sum(tally.outcomes.values())
        yield {
            "kind": "mutation",
            "mutation": tally.mutation,
            "held": held,
            "talks": tally.talks,
            "forms": forms,
            **counted,
        }


def trials_page(names: Sequence[str], trials: Sequence[Trial], *, held: int) -> str:
    """One HTML page: the count for each mutation, then each talk that breaks, with what was said and what came."""
    parts = [
        "<h1>Conversations under mutation</h1>",
        f"<p>{held} conversations hold as they are written. Each was played in every other form that it can take. "
        "Under no answer the reader was unsure: the bot asks or hands on, and does nothing.</p>",
        _counted(names, trials),
        _broken(trials),
    ]
    return page("Conversations under mutation", parts)


def said_in(result: Result) -> list[str]:
    """What the person wrote up to where the talk ended."""
    turns = result.script.turns[: len(result.turns)]
    return [turn.act.text for turn in turns if isinstance(turn.act, Said)]


def _counted(names: Sequence[str], trials: Sequence[Trial]) -> str:
    found = tallies(names, trials)
    rows = [
        [
            described(tally.mutation),
            tally.talks,
            sum(tally.outcomes.values()),
            *(tally.outcomes[one.value] for one in Outcome),
        ]
        for tally in found
    ]
    heads = ("mutation", "talks", "forms", *(one.value for one in Outcome))
    looks = ["bad" if tally.outcomes[Outcome.FAILED.value] else "" for tally in found]
    return table(heads, rows, looks=looks)


def _broken(trials: Sequence[Trial]) -> str:
    broken = [one for one in trials if one.result.outcome is Outcome.FAILED]
    by_talk: dict[str, list[Trial]] = {}
    for one in broken:
        title = f"{one.result.script.title} [{one.result.depth}, {one.result.channel}]"
        by_talk.setdefault(title, []).append(one)
    parts = [f"<h2>{len(by_talk)} talks break under one mutation or more</h2>"]
    for title, found in by_talk.items():
        rows = [
            [
                f"{described(one.mutation)} {one.what}",
                " | ".join(said_in(one.result)),
                f"{one.result.failures[0].place}",
                one.result.failures[0].expected,
                one.result.failures[0].found,
            ]
            for one in found
        ]
        inner = table(("mutation", "said", "where", "expected", "found"), rows)
        parts.append(f"<details><summary>{escape(title)}: {len(rows)}</summary>{inner}</details>")
    return "".join(parts)
