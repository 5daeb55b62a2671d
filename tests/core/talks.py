"""Random conversations with given readings, played through `decide` by a small world outside it.

The world knows only what really happened: which code was mailed to which mailbox, and when. The laws are judged by
that, never by what the core believes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from hypothesis import strategies as st

from bot.core.conversation import Conversation
from bot.core.decide import decide
from bot.core.effects import SendCode
from bot.core.messages import InboundMessage, Silence
from bot.core.playbook import Playbook
from bot.core.tickets import LEVELS, PROVED_STATES, TRANSITIONS, State
from bot.core.turn import Decision, FreshCode, Match, Turn
from intents import Doubt
from policy_faq.answer_values import PolicyAnswer

from .builders import (
    A_LIST,
    A_ROBOT,
    HANDLING,
    MAILBOX,
    NOW,
    OTHER_MAILBOX,
    a_playbook,
    a_reading,
    an_answer,
)

#: Words that a person might write; distinctive, so that a leak into a reply is seen.
TEXTS = ("Hello qwertz", "1", "2", "483920 is my code qwertz", f"I am {MAILBOX} qwertz", "")
ANSWERS = (an_answer("Orders: seven years."), an_answer("A span.", "Another span."), an_answer())
KINDS_OF_CODE = ("latest", "first", "wrong-1", "wrong-2", "wrong-3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One message of a talk, and what happens before it."""

    intents: tuple[str, ...]
    doubt: Doubt
    candidates: tuple[str, ...]
    #: Which codes are typed: the latest or the first that was mailed, or wrong ones.
    codes: tuple[str, ...]
    typed_address: str
    text: str
    silence: Silence | None
    answers: tuple[PolicyAnswer, ...]
    wait: timedelta
    #: How long the message lay before it is decided on.
    lag: timedelta
    #: What staff do to the newest request before the message comes, where the transition table lets them.
    staff: State | None
    language: str
    match: Match


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    chat: bool
    has_directory: bool
    #: The From address of its mail; "" an ambiguous one.
    address: str
    #: Codes that the mailbox got out of other talks just before; typed here, they prove nothing.
    codes_elsewhere: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailedCode:
    """A code that really left."""

    digest: str
    address: str
    references: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One message with what was before it and what followed."""

    playbook: Playbook
    before: Conversation
    turn: Turn
    decision: Decision
    #: Codes mailed before this message, in this talk or elsewhere, oldest first.
    mailed: tuple[MailedCode, ...]


_WAITS = (
    timedelta(0),
    timedelta(seconds=40),
    timedelta(minutes=1),
    timedelta(minutes=2),
    timedelta(minutes=3),
    timedelta(minutes=9, seconds=59),
    timedelta(minutes=10),
    timedelta(minutes=31),
    timedelta(minutes=61),
    timedelta(hours=25),
    timedelta(minutes=-5),
)
_LAGS = (*[timedelta(0)] * 6, timedelta(hours=2), timedelta(hours=72), timedelta(hours=73))
_INTENTS = sorted(HANDLING)
#: What people want most comes up more often.
_WISHES = (*_INTENTS, "deletion", "deletion", "access", "unsubscribe", "policy_question", "policy_question")
_NUMBERS = (0, 0, 1, 1, 1, 2, 3)


def a_step(seed: int) -> Step:
    """The step that `seed` stands for: drawing one number is twenty times faster than drawing each field."""
    chance = Random(seed)
    step = _any_step(chance)
    # Every third message only answers with a code, or guesses.
    if chance.random() < 1 / 3:
        guesses = tuple(chance.sample(KINDS_OF_CODE, 3))
        codes = chance.choice([("latest",), ("latest",), ("first",), guesses, guesses])
        return replace(step, intents=(), doubt=Doubt.NONE, candidates=(), codes=codes, typed_address="")
    return step


def _any_step(chance: Random) -> Step:
    doubt = chance.choice([Doubt.NONE] * 6 + [Doubt.AMBIGUOUS, Doubt.UNSURE, Doubt.LANGUAGE])
    # A reader that abstains names no intents.
    intents = chance.sample(_WISHES, chance.choice(_NUMBERS)) if doubt is Doubt.NONE else []
    candidates = chance.sample(_INTENTS, 2) if doubt is Doubt.AMBIGUOUS else []
    return Step(
        intents=tuple(dict.fromkeys(intents)),
        doubt=doubt,
        candidates=tuple(candidates),
        codes=chance.choice([(), (), (), (), ("latest",), ("wrong-1",)]),
        typed_address=chance.choice(["", MAILBOX, MAILBOX, OTHER_MAILBOX]),
        text=chance.choice(TEXTS),
        silence=chance.choice([None] * 6 + [A_LIST, A_ROBOT]),
        answers=tuple(chance.sample(ANSWERS, chance.choice([0, 1, 2]))),
        wait=chance.choice(_WAITS),
        lag=chance.choice(_LAGS),
        staff=chance.choice([None] * 6 + [State.COMPLETED, State.DENIED, State.CANCELLED, State.EXPIRED]),
        language=chance.choice(["en", "de", "fi", "und"]),
        match=chance.choice([*[Match.NOT_TRIED] * 6, *Match, Match.MATCHED, Match.MATCHED]),
    )


def talks(**fixed: object) -> st.SearchStrategy[Talk]:
    """Any talk of four to fourteen messages; `fixed` settles some of its fields."""
    free: dict[str, st.SearchStrategy[object]] = {
        "chat": st.booleans(),
        "has_directory": st.booleans(),
        "address": st.sampled_from([MAILBOX] * 5 + [""]),
        "codes_elsewhere": st.sampled_from([0, 0, 1, 3]),
        "steps": st.lists(st.integers(0, 2**24 - 1).map(a_step), min_size=4, max_size=14).map(tuple),
    }
    return st.builds(Talk, **(free | {name: st.just(value) for name, value in fixed.items()}))


def played(talk: Talk) -> Iterator[Scene]:
    """Every message of the talk with its decision, one after the other."""
    playbook = a_playbook(has_directory=talk.has_directory)
    channel = "webchat" if talk.chat else "email"
    address = "" if talk.chat else talk.address
    conversation = Conversation(id="talk-1", brand="rings", channel=channel, address=address)
    mailed = tuple(
        MailedCode(digest=f"elsewhere-{number}", address=MAILBOX, references=(), at=NOW)
        for number in range(talk.codes_elsewhere)
    )
    now = NOW
    for number, step in enumerate(talk.steps):
        now += step.wait
        conversation = _after_staff(conversation, step.staff)
        message = InboundMessage(
            channel=channel,
            brand="rings",
            thread="thread-1",
            address=address,
            text=step.text,
            received_at=now - step.lag,
            silence=None if talk.chat else step.silence,
        )
        turn = _turn(step, message, number, mailed, conversation, now)
        decision = decide(turn, conversation, playbook)
        yield Scene(playbook=playbook, before=conversation, turn=turn, decision=decision, mailed=mailed)
        conversation = decision.conversation
        mailed += tuple(
            MailedCode(digest=turn.fresh_code.digest, address=sent.address, references=sent.references, at=now)
            for sent in decision.effects
            if isinstance(sent, SendCode)
        )


def _turn(
    step: Step,
    message: InboundMessage,
    number: int,
    mailed: tuple[MailedCode, ...],
    before: Conversation,
    now: datetime,
) -> Turn:
    robot = message.silence is not None and message.silence.robot
    typed = step.typed_address if message.is_chat else ""
    receiver = typed or before.address
    hour = timedelta(hours=1)
    reading = a_reading(*step.intents, doubt=step.doubt, candidates=step.candidates, language=step.language)
    return Turn(
        message=message,
        reading=a_reading() if robot else reading,
        answers=step.answers,
        typed_codes=tuple(_digest(kind, number, mailed) for kind in step.codes),
        typed_address=typed,
        fresh_code=FreshCode(nonce=f"nonce-{number}", digest=f"digest-{number}"),
        fresh_references=tuple(f"PD-{number:04}-{place:04}" for place in range(len(LEVELS))),
        codes_last_hour=sum(code.address == receiver and code.at > now - hour for code in mailed),
        match=step.match,
        match_tries_left=number % 3,
        now=now,
    )


def _digest(kind: str, number: int, mailed: tuple[MailedCode, ...]) -> str:
    """What is typed; nobody can type a code that was never mailed."""
    match kind:
        case "latest" if mailed:
            return mailed[-1].digest
        case "first" if mailed:
            return mailed[0].digest
        case _:
            return f"{kind}-{number}"


def _after_staff(conversation: Conversation, to: State | None) -> Conversation:
    """Staff move the newest request, as far as the table of transitions goes; never to a state that needs proof."""
    if to is None or not conversation.requests:
        return conversation
    *others, newest = conversation.requests
    unproved = newest.state not in PROVED_STATES and to in PROVED_STATES
    if unproved or to not in TRANSITIONS[newest.state]:
        return conversation
    return replace(conversation, requests=(*others, replace(newest, state=to)))
