"""The contrary of what was asked for: whoever says "do not" gets nothing opened, stopped or mailed.

Law: a text is turned round only where every wish in it can be; English only. The reading decides here, so this says
nothing at core depth, where readings are given.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.replay.kinds import Located
from bot.replay.player import Result
from bot.replay.reshaping import Variation, standing
from bot.replay.scene import Scene
from bot.replay.script import Check, Expectation, Said, Turn
from bot.replay.wording import is_prose, sentences

_VERBS = (
    "cancel|change|close|correct|deactivate|delete|destroy|erase|export|fix|forget|freeze|give|hand|limit|opt|pause|"
    "provide|remove|restrict|send|show|stop|take|tell|transfer|unsubscribe|update|wipe"
)
_LEAD = r"(?P<lead>(?:(?:hello|hi|and|then|also|now|after that|thank you|thanks)[,.]?\s+)*)"
_ORDER = re.compile(rf"{_LEAD}(?:please\s+)?(?:also\s+|just\s+|now\s+)?(?P<verb>{_VERBS})\b", re.IGNORECASE)
_ASKED = re.compile(rf"{_LEAD}(?:can|could|would|will) you (?:please )?(?P<verb>{_VERBS})\b", re.IGNORECASE)
_WISH = re.compile(
    rf"{_LEAD}(?:i|we) (?P<verb>want|wish|need|demand|request|object|withdraw|revoke|opt|ask)\b", re.IGNORECASE
)
_LIKING = re.compile(rf"{_LEAD}(?:i|we)(?: would|'d) like\b", re.IGNORECASE)
_FURTHER = re.compile(rf"\band (?:please |then |also )*(?P<verb>{_VERBS})\b", re.IGNORECASE)
_WISHES = re.compile(
    rf"\b(?:{_VERBS}|want|wish|need|demand|request|object|withdraw|revoke|opt|ask|like)\b", re.IGNORECASE
)
_NEGATION = re.compile(r"\b(?:not|no|never|nothing|without)\b|n['’]t\b", re.IGNORECASE)
_ASKS_FOR_A_MAILBOX = ("ask_address", "ask_address_only")
_FEWEST_WORDS = 2


def negated(played: Result) -> Iterator[Variation]:
    """The talk up to the first message that led to something, which now asks for the contrary."""
    before = Scene()
    for place, (turn, done) in enumerate(zip(played.script.turns, played.turns, strict=False)):
        if _acted(before, done.scene):
            if (said := _said_otherwise(turn)) is not None:
                turns = (*played.script.turns[:place], replace(turn, act=said, expect=_nothing_new(turn, before)))
                yield Variation(script=replace(played.script, turns=turns), what=f"turn {place + 1}")
            return
        before = done.scene


def negation_of(text: str) -> str:
    """`text` with every wish in it denied; "" where that cannot be said by rule."""
    if _NEGATION.search(text):
        return ""
    found = [_denied(sentence) for sentence in sentences(text)]
    untouched = [old for old, new in zip(sentences(text), found, strict=True) if old == new]
    if len(untouched) == len(found) or any(_WISHES.search(sentence) for sentence in untouched):
        return ""
    return " ".join(found)


def _denied(sentence: str) -> str:
    if order := (_ORDER.match(sentence) or _ASKED.match(sentence)):
        rest = _FURTHER.sub(lambda found: f"and do not {found['verb'].lower()}", sentence[order.end() :])
        please = "please do not" if order["lead"] else "Please do not"
        return f"{order['lead']}{please} {order['verb'].lower()}{rest}".replace("?", ".")
    if wish := _WISH.match(sentence):
        return f"{wish['lead']}I do not {wish['verb'].lower()}{sentence[wish.end() :]}"
    if liking := _LIKING.match(sentence):
        return f"{liking['lead']}I would not like{sentence[liking.end() :]}"
    return sentence


def _acted(before: Scene, after: Scene) -> bool:
    asked = any(key in _ASKS_FOR_A_MAILBOX for reply in after.replies for key in reply.keys)
    more = len(after.tickets) > len(before.tickets) or len(after.suppressed) > len(before.suppressed)
    return more or bool(after.codes) or asked


def _said_otherwise(turn: Turn) -> Said | None:
    said = turn.act
    if not isinstance(said, Said) or said.html or not is_prose(turn, fewest=_FEWEST_WORDS):
        return None
    if _WISHES.search(said.subject or ""):
        return None
    text = negation_of(said.text)
    return replace(said, text=text) if text else None


def _nothing_new(turn: Turn, before: Scene) -> Expectation:
    place = turn.place
    unasked = tuple(Located(value=name, place=place) for name in _ASKS_FOR_A_MAILBOX)
    return Expectation(
        checks=(
            *standing(turn, before),
            Check(name="no_code", value=True, place=place),
            Check(name="template_not", value=unasked, place=place),
        )
    )
