"""Builders for the store's tests: everything has a sensible value, a test names only what it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.channels.protocol import Arrival
from bot.core.clocks import Deadline
from bot.core.conversation import Conversation
from bot.core.effects import Effect, Line, OpenRequest, Reply, SendCode
from bot.core.messages import InboundMessage
from bot.core.playbook import Mode
from bot.core.tickets import Request, State, Verification
from bot.core.turn import Decision
from bot.keys import Keys
from bot.store import Claim, Store

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LEASE = timedelta(minutes=1)
KEYS = Keys(current=b"k" * 32)
BRAND = "marigold"
ADDRESS = "ada@customers.example"
RAW = b"From: ada@customers.example\r\n\r\nPlease delete my account.\r\n"


def an_arrival(**changes: Any) -> Arrival:
    return replace(Arrival(channel="email", brand=BRAND, raw=RAW, received_at=NOW), **changes)


def a_message(**changes: Any) -> InboundMessage:
    message = InboundMessage(
        channel="email",
        brand=BRAND,
        address=ADDRESS,
        subject="My account",
        received_at=NOW,
        message_id="<2@customers.example>",
        references=("<1@customers.example>", "<0@customers.example>", "<1@customers.example>"),
    )
    return replace(message, **changes)


def a_conversation(**changes: Any) -> Conversation:
    return replace(Conversation(id="talk", brand=BRAND, channel="email", address=ADDRESS, language="en"), **changes)


def a_deadline(**changes: Any) -> Deadline:
    due = Deadline(regime="eu", step="answer", due_at=NOW + timedelta(days=31), due_on="2026-04-02", sum="the sum")
    return replace(due, **changes)


def a_request(**changes: Any) -> Request:
    request = Request(
        reference="PD-AAAA-AAAA",
        right="deletion",
        state=State.AWAITING_VERIFICATION,
        level=1,
        received_at=NOW,
        address=ADDRESS,
        deadlines=(a_deadline(), a_deadline(regime="policy", due_at=NOW + timedelta(days=40), due_on="2026-04-11")),
    )
    return replace(request, **changes)


def a_verification(**changes: Any) -> Verification:
    return replace(Verification(level=1, method="code", subject=ADDRESS, at=NOW), **changes)


def an_opening(*, verification: Verification | None = None, **changes: Any) -> OpenRequest:
    return OpenRequest(request=a_request(**changes), claimed_address=ADDRESS, verification=verification)


def a_reply(**changes: Any) -> Reply:
    return replace(Reply(parts=(Line(key="hello", values={"shop": "Marigold"}),)), **changes)


def a_code(**changes: Any) -> SendCode:
    code = SendCode(address=ADDRESS, nonce="nonce-1", parts=(Line(key="the_code"),), references=("PD-AAAA-AAAA",))
    return replace(code, **changes)


def a_decision(*effects: Effect, conversation: Conversation | None = None, **changes: Any) -> Decision:
    decision = Decision(
        conversation=conversation or a_conversation(),
        effects=effects,
        rules=("some_rule",),
        intents=frozenset({"deletion"}),
    )
    return replace(decision, **changes)


async def claimed(store: Store, *, key: str = "key-1", conversation: str = "talk", **changes: Any) -> Claim:
    """A message that was accepted and claimed."""
    await store.accept(an_arrival(**changes), key=key, conversation=conversation)
    claim = await store.claim("worker", now=NOW, lease=LEASE)
    assert claim is not None
    return claim


async def saved(
    store: Store,
    *effects: Effect,
    key: str = "key-1",
    conversation: Conversation | None = None,
    message: InboundMessage | None = None,
    mode: Mode = Mode.AUTOMATIC,
    now: datetime = NOW,
) -> Claim:
    """A message that was handled with `effects`."""
    talk = conversation or a_conversation()
    claim = await claimed(store, key=key, conversation=talk.id)
    decision = a_decision(*effects, conversation=talk)
    await store.save(claim, decision, message=message or a_message(), mode=mode, now=now)
    return claim
