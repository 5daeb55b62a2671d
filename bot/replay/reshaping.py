"""The same messages in another shape: two in one, one in two, the earlier one delivered late.

Law: what was asked for is the same in the end. So of a reshaped talk only the end is judged: the same requests with the
same states, proofs and due dates, the same suppressions, and never a word or code that the file forbids. Messages that
mean nothing without the one before (a choice, a code, a request taken back) keep their places.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

from bot.replay.kinds import Located
from bot.replay.player import Result
from bot.replay.scene import Scene, Ticket
from bot.replay.script import Check, Expectation, Given, Said, Script, Turn
from bot.replay.wanted import WantedSuppression, WantedTicket
from bot.replay.wording import is_prose, sentences

#: Two words are a message of its own; one is a choice or a command.
_FEWEST_WORDS = 2
#: Rules that take up something that was said or asked before.
_ANSWERING = ("take_", "cancel_", "report_status", "hand_over_", "unlink_")
#: A talk that tells our codes apart by their number needs as many of them.
_NUMBERED = re.compile(r"\{code:\d")
_MINUTE = timedelta(minutes=1)
#: What a file forbids holds in every shape.
_FORBIDDEN = frozenset({"never_says", "code_not_to"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """One conversation in another form."""

    script: Script
    #: Which turns were changed, or into what.
    what: str


def two_in_one(played: Result) -> Iterator[Variation]:
    """Two messages of one person that follow each other come as one."""
    turns = played.script.turns
    for place in _pairs(played):
        first, second = turns[place], turns[place + 1]
        if second.after or not isinstance(first.act, Said) or not isinstance(second.act, Said):
            continue
        text = f"{first.act.text.rstrip()}\n\n{second.act.text.lstrip()}"
        act = replace(first.act, text=text, given=_together(first.act.given, second.act.given))
        merged = replace(first, act=act, expect=_end_of(played, place + 1))
        yield _variation(played, place, [merged], place + 2, what=f"turns {place + 1} and {place + 2}")


def split_in_two(played: Result) -> Iterator[Variation]:
    """A message of several sentences comes as two, its first sentence alone; the reading goes with the first."""
    for place, turn in enumerate(played.script.turns[: len(played.turns)]):
        said = turn.act
        if not isinstance(said, Said) or not _may_move(turn) or len(pieces := sentences(said.text)) < 2:
            continue
        first, rest = pieces[0], "\n".join(pieces[1:])
        if min(len(first.split()), len(rest.split())) < _FEWEST_WORDS:
            continue
        begun = replace(turn, act=replace(said, text=first), expect=_forbidden(turn))
        added = Said(place=said.place, text=rest, sender=said.sender, name=said.name, headers=said.headers)
        ended = Turn(place=turn.place, after=_MINUTE, act=_read_as(added, said.given), expect=_end_of(played, place))
        yield _variation(played, place, [begun, ended], place + 1, what=f"turn {place + 1}")


def reordered(played: Result) -> Iterator[Variation]:
    """The first of two messages lies somewhere for a while and comes after the second."""
    turns = played.script.turns
    for place in _pairs(played):
        first, second = turns[place], turns[place + 1]
        if not isinstance(first.act, Said):
            continue
        early = replace(second, after=first.after + second.after, expect=_forbidden(second))
        delayed = replace(first.act, delayed=first.act.delayed + second.after + _MINUTE)
        late = replace(first, after=_MINUTE, act=delayed, expect=_end_of(played, place + 1))
        yield _variation(played, place, [early, late], place + 2, what=f"turns {place + 1} and {place + 2}")


def _pairs(played: Result) -> Iterator[int]:
    """Where one person writes two messages that could as well be one, or come the other way round."""
    turns, writer = played.script.turns[: len(played.turns)], played.script.sender
    if any(isinstance(turn.act, Said) and _NUMBERED.search(turn.act.text) for turn in turns):
        return
    for place, (first, second) in enumerate(pairwise(turns)):
        if isinstance(first.act, Said):
            writer = first.act.sender or writer
        answers = any(rule.startswith(_ANSWERING) for rule in played.turns[place + 1].scene.rules)
        if answers or not (_may_move(first) and _may_move(second) and isinstance(second.act, Said)):
            continue
        if second.act.sender in ("", writer) and second.act.thread == "reply" and not second.act.headers:
            yield place


def _may_move(turn: Turn) -> bool:
    """Plain prose that was understood at once: an answer to a question of ours has its place."""
    said = turn.act
    plain = isinstance(said, Said) and not (said.html or said.attachments or said.given.doubt)
    return plain and is_prose(turn, fewest=_FEWEST_WORDS)


def _together(first: Given, second: Given) -> Given:
    answers = (*(first.answers if any(first.answers) else ()), *(second.answers if any(second.answers) else ()))
    intents = tuple(dict.fromkeys((*first.intents, *second.intents)))
    return replace(first, intents=intents, answers=answers or first.answers, language=first.language or second.language)


def _read_as(added: Said, given: Given) -> Said:
    """Further words without a wish, in the same language."""
    return replace(added, given=Given(language=given.language))


def _variation(played: Result, start: int, instead: Sequence[Turn], end: int, *, what: str) -> Variation:
    """The talk with `instead` for the turns from `start` to `end`; of later turns too only the end is judged."""
    turns = played.script.turns
    later = [replace(turns[place], expect=_end_of(played, place)) for place in range(end, len(played.turns))]
    return Variation(script=replace(played.script, turns=(*turns[:start], *instead, *later)), what=what)


def _forbidden(turn: Turn) -> Expectation:
    return Expectation(checks=tuple(check for check in turn.expect.checks if check.name in _FORBIDDEN))


def _end_of(played: Result, place: int) -> Expectation:
    """What stood after a turn when the talk was played as it is written."""
    turn = played.script.turns[place]
    return Expectation(checks=(*standing(turn, played.turns[place].scene), *_forbidden(turn).checks))


def standing(turn: Turn, scene: Scene) -> Iterator[Check]:
    """The requests and suppressions of `scene` as expectations."""
    yield Check(name="requests", value=len(scene.tickets), place=turn.place)
    wanted = tuple(Located(value=_wanted(ticket), place=turn.place) for ticket in scene.tickets)
    yield Check(name="request", value=wanted, place=turn.place)
    if not scene.suppressed:
        yield Check(name="not_suppressed", value=True, place=turn.place)
        return
    purposes = (WantedSuppression(purpose=purpose, address=address) for purpose, address in scene.suppressed)
    yield Check(
        name="suppressed", value=tuple(Located(value=one, place=turn.place) for one in purposes), place=turn.place
    )


def _wanted(ticket: Ticket) -> WantedTicket:
    return WantedTicket(
        right=ticket.right, state=ticket.state, due=ticket.due_on, claimed=ticket.claimed, subject=ticket.subject
    )
