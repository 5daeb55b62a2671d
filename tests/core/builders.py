"""Builders of the core's values with harmless defaults: a test names only what it is about."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from bot.core.clocks import Clock, Unit
from bot.core.conversation import Conversation, Proved, WaitingForCode
from bot.core.decide import decide
from bot.core.draft import Draft
from bot.core.effects import Line, Part, Reply
from bot.core.messages import InboundMessage, Silence
from bot.core.opening import deadlines
from bot.core.playbook import Playbook
from bot.core.tickets import LEVELS, Request, State
from bot.core.turn import Decision, FreshCode, Turn
from bot.words.heard import phrases
from intents import Doubt, FoundIntent, Reading, load_catalogue
from policy_faq.answer_values import PolicyAnswer, Quote

E = TypeVar("E")

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
MAILBOX = "ada@example.org"
OTHER_MAILBOX = "mallory@example.net"
SHOP_CONTACT = "hello@shop.example"

HANDLING = {name: intent.handling.value for name, intent in load_catalogue().items()}
ONE_MONTH = Clock(
    regime="eu", step="answer", count=1, unit=Unit.MONTHS, rights=frozenset(LEVELS), source="GDPR Art. 12(3)"
)

#: A mailing list: a person wrote it, but nothing may be sent there.
A_LIST = Silence(rule="L04", reason="List-Id", robot=False)
#: An auto-reply: nobody wrote it.
A_ROBOT = Silence(rule="L01", reason="Auto-Submitted: auto-replied")


def a_playbook(**changes: Any) -> Playbook:
    """A shop in the EU that speaks English and German."""
    chosen = {
        "brand": "rings",
        "shop": "Example Rings",
        "contact": SHOP_CONTACT,
        "languages": ("en", "de"),
        "handling": HANDLING,
        "clocks": (ONE_MONTH,),
        "phrases": phrases(),
    }
    return Playbook(**(chosen | changes))


def a_mail(text: str = "Hello", **changes: Any) -> InboundMessage:
    return a_message(text, channel="email", **({"address": MAILBOX} | changes))


def a_chat_line(text: str = "Hello", **changes: Any) -> InboundMessage:
    return a_message(text, channel="webchat", **changes)


def a_message(text: str = "Hello", **changes: Any) -> InboundMessage:
    chosen = {"channel": "email", "brand": "rings", "thread": "thread-1", "text": text, "received_at": NOW}
    return InboundMessage(**(chosen | changes))


def a_reading(*names: str, doubt: Doubt = Doubt.NONE, candidates: Sequence[str] = (), language: str = "en") -> Reading:
    return Reading(intents=_found(names), candidates=_found(candidates), doubt=doubt, language=language)


def a_turn(message: InboundMessage, *names: str, **changes: Any) -> Turn:
    """A turn in which `names` were read; the code that it may send has the digest "fresh"."""
    chosen = {
        "message": message,
        "reading": a_reading(*names),
        "fresh_code": FreshCode(nonce="nonce", digest="fresh"),
        "fresh_references": tuple(f"PD-TEST-{number:04}" for number in range(len(LEVELS))),
        "now": message.received_at,
    }
    return Turn(**(chosen | changes))


def a_conversation(message: InboundMessage, **changes: Any) -> Conversation:
    """The talk that `message` begins: mail names its writer's address, a chat does not."""
    chosen = {"id": "talk-1", "brand": message.brand, "channel": message.channel, "address": message.address}
    return Conversation(**(chosen | changes))


def a_request(right: str, state: State = State.AWAITING_VERIFICATION, **changes: Any) -> Request:
    draft = Draft(turn=a_turn(a_mail()), playbook=a_playbook(), conversation=a_conversation(a_mail()))
    chosen = {
        "reference": f"PD-OLD-{right}",
        "right": right,
        "state": state,
        "level": min(LEVELS[right], 1),
        "received_at": NOW - timedelta(days=1),
        "address": MAILBOX,
        "deadlines": deadlines(draft, right),
    }
    return Request(**(chosen | changes))


def waiting_for(digest: str = "right", **changes: Any) -> WaitingForCode:
    return WaitingForCode(**({"digest": digest, "address": MAILBOX, "expires_at": NOW + timedelta(hours=1)} | changes))


def proved(**changes: Any) -> Proved:
    chosen = {"level": 1, "method": "code", "address": MAILBOX, "at": NOW - timedelta(minutes=1)}
    return Proved(**(chosen | {"until": NOW + timedelta(hours=1)} | changes))


def an_answer(*texts: str, question: str = "How long do you keep orders?") -> PolicyAnswer:
    """An answer that quotes `texts`, one from each line; without texts, the policy does not say."""
    quotes = tuple(
        Quote(text=text, section="4. Keeping", first_line=number, last_line=number, start=0, end=len(text))
        for number, text in enumerate(texts, start=1)
    )
    return PolicyAnswer(question=question, quotes=quotes, confidence=0.9, policy_sha256="ab" * 32)


def decided(turn: Turn, conversation: Conversation | None = None, playbook: Playbook | None = None) -> Decision:
    return decide(turn, conversation or a_conversation(turn.message), playbook or a_playbook())


def only(decision: Decision, kind: type[E]) -> E:
    """The one effect of `kind`; fails where there is none or more than one."""
    (found,) = every(decision, kind)
    return found


def every(decision: Decision, kind: type[E]) -> tuple[E, ...]:
    return tuple(effect for effect in decision.effects if isinstance(effect, kind))


def said(decision: Decision) -> tuple[Part, ...]:
    """All that is replied."""
    return tuple(part for reply in every(decision, Reply) for part in reply.parts)


def keys_said(decision: Decision) -> tuple[str, ...]:
    """The keys of the fixed sentences that are replied, without the first courtesy and what every receipt says."""
    keys = tuple(part.key for part in said(decision) if isinstance(part, Line))
    return tuple(key for key in keys if key not in {"mail_opening", "chat_greeting"} and not key.startswith("receipt_"))


def later(turn: Turn, **delay: float) -> Turn:
    """The same turn, that much later."""
    moment = turn.now + timedelta(**delay)
    return replace(turn, now=moment, message=replace(turn.message, received_at=moment))


def _found(names: Sequence[str]) -> tuple[FoundIntent, ...]:
    return tuple(FoundIntent(name=name, confidence=0.9, evidence=name) for name in names)
