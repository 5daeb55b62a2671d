"""Accepting what came in: the raw bytes are kept, once, before anything is acknowledged (law 4)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from hmac import compare_digest

from bot.channels import Arrival
from bot.core.messages import InboundMessage
from bot.engine.desk import Desk, brings_a_code, typed_codes
from bot.errors import BadMessage
from bot.store import Accepted, New


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A message that came in, looked at before it is kept."""

    arrival: Arrival
    #: What makes it the same message when it comes again.
    key: str
    #: None where it cannot be parsed.
    message: InboundMessage | None


async def accept(desk: Desk, arrival: Arrival) -> Accepted:
    """Keep `arrival`; when this returns, the channel may acknowledge it.

    A message that cannot be parsed is kept all the same: handling it will shunt it with the reason.
    Raises `StoreUnavailable`; then nothing may be acknowledged.
    """
    return (await accept_all(desk, [await look_at(desk, await desk.vouch(arrival))]))[0]


async def look_at(desk: Desk, arrival: Arrival) -> Seen:
    """What accepting needs to know of an arrival that was vouched for."""
    channel = desk.channels[arrival.channel]
    key = await asyncio.to_thread(channel.key, arrival)
    try:
        message = await asyncio.to_thread(channel.parse, arrival)
    except BadMessage:
        return Seen(arrival=arrival, key=key, message=None)
    return Seen(arrival=arrival, key=key, message=message)


async def accept_all(desk: Desk, seen: Sequence[Seen]) -> list[Accepted]:
    """Keep them all, in their order, in one transaction. Raises `StoreUnavailable`; then none is kept."""
    return await desk.store.accept_all([await _new(desk, one) for one in seen])


async def _new(desk: Desk, seen: Seen) -> New:
    message = seen.message
    return New(
        arrival=seen.arrival,
        key=seen.key,
        conversation=await _conversation_of(desk, message, seen.key) if message else _new_conversation(desk, seen.key),
        message_id=message.message_id if message is not None and not message.is_chat else "",
    )


async def accept_from_sent(desk: Desk, arrival: Arrival) -> Accepted | None:
    """Keep a mail of the shop's Sent folder where it answers somebody in a talk of ours; nothing is kept of others."""
    channel = desk.channels[arrival.channel]
    try:
        message = await asyncio.to_thread(channel.parse, arrival)
    except BadMessage:
        return None
    if not message.is_from_a_colleague or not await _answered_by_a_colleague(desk, message):
        return None
    return await accept(desk, arrival)


async def _conversation_of(desk: Desk, message: InboundMessage, key: str) -> str:
    """The talk that a message belongs to.

    A mail joins a talk only by a Message-ID that we signed, or that a colleague's answer in it had and nobody else has
    seen, and only from the mailbox that the talk is with (T13). A code that comes back in a mail of its own joins the
    talk of that mailbox that waits for this very code, a wrong one the newest that waits: whoever guesses is counted.
    """
    if message.is_chat:
        return chat_conversation(desk, message.channel, message.brand, message.thread)
    if message.bounce is not None and message.bounce.outbox_id:
        return await desk.store.mail.talk_of_outgoing(message.bounce.outbox_id) or _new_conversation(desk, key)
    if message.is_from_a_colleague and (answered := await _answered_by_a_colleague(desk, message)):
        return answered
    for reference in map(desk.keys.read_message_id, message.references):
        if reference is not None and await _is_with(desk, reference.conversation_id, message):
            return reference.conversation_id
    for talk in await desk.store.mail.talks_of_colleagues(message.brand, message.references):
        if await _is_with(desk, talk, message):
            return talk
    if message.address and brings_a_code(message.text):
        waiting = await desk.store.waiting_conversations(message.brand, "email", message.address)
        if waiting:
            return _waits_for(desk, waiting, typed_codes(message.text)) or waiting[0][0]
    return _new_conversation(desk, key)


def _waits_for(desk: Desk, waiting: Sequence[tuple[str, str]], codes: Sequence[str]) -> str:
    """The talk whose code is one of `codes`, "" for none."""
    return next(
        (
            talk
            for talk, digest in waiting
            if any(compare_digest(desk.keys.typed_digest(talk, code, digest), digest) for code in codes)
        ),
        "",
    )


async def _answered_by_a_colleague(desk: Desk, message: InboundMessage) -> str | None:
    """The talk in whose thread a colleague has written to the person that it is with.

    Either end of the thread will do: a mail of ours by its signature, the person's own by the id it came with.
    """
    named = [reference.conversation_id for reference in map(desk.keys.read_message_id, message.references) if reference]
    known = await desk.store.mail.talks_of_messages(message.brand, message.references)
    for talk in dict.fromkeys((*named, *known)):
        conversation = await desk.store.conversation(talk)
        if conversation is None or conversation.brand != message.brand or conversation.address == message.address:
            continue
        if conversation.address in message.recipients:
            return talk
    return None


def chat_conversation(desk: Desk, channel: str, brand: str, chat: str) -> str:
    """The id of the talk in one chat."""
    return _conversation_id(desk, channel, brand, chat)


async def _is_with(desk: Desk, conversation_id: str, message: InboundMessage) -> bool:
    conversation = await desk.store.conversation(conversation_id)
    return (
        conversation is not None
        and conversation.brand == message.brand
        and bool(message.address)
        and conversation.address == message.address
    )


def _new_conversation(desk: Desk, key: str) -> str:
    """Made of the message's own key, so that a second delivery names the same talk."""
    return _conversation_id(desk, "email", key)


def _conversation_id(desk: Desk, *values: str) -> str:
    """Half a digest: it stands in our Message-IDs, which some servers cut where they are long."""
    return desk.keys.lasting_digest("conversation", *values)[:32]
