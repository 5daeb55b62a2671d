"""Handling one accepted message: understand it, decide, save everything that follows in one transaction."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from bot.channels.redacting import redacted
from bot.core.conversation import Conversation, WaitingForCode
from bot.core.decide import decide
from bot.core.messages import InboundMessage
from bot.core.playbook import Mode, Playbook
from bot.core.rules.cancel_what_was_not_theirs import denies
from bot.core.rules.take_the_choice import chosen
from bot.core.rules.take_the_command import command_in
from bot.core.tickets import LEVELS
from bot.core.turn import FreshCode, Turn
from bot.engine.ahead import Ahead, words_to_read
from bot.engine.desk import Desk, above_our_code_mail, typed_address, typed_codes
from bot.engine.greeting import kept_of_chats
from bot.engine.newsletters import listed_in
from bot.engine.proving import try_proofs
from bot.engine.reading import read_in_time
from bot.engine.together import Together, given_back
from bot.errors import BadMessage
from bot.store import Claim, Decided
from bot.store.ids import new_reference
from intents.reading import FoundIntent, Reading
from policy_faq import PolicyAnswer, goes_on_asking

#: Nothing is known ahead.
_NOTHING: Mapping[str, Ahead] = MappingProxyType({})
#: A text that is no longer than this says one thing.
_FEW_SIGNS = 40
#: The intent of a question to the policy.
_QUESTION = "policy_question"


async def handle(desk: Desk, claim: Claim) -> None:
    """Walk the road from claim to "done"; what is raised on the way leaves the message shunted or to be tried again.

    Where another worker has it by now, that one sees to it. Raises only `StoreUnavailable`.
    """
    await handle_all(desk, [claim])


async def handle_all(desk: Desk, claims: Sequence[Claim], ahead: Mapping[str, Ahead] = _NOTHING) -> None:
    """The same of several of different conversations, in their order; their transactions are one where they may be.

    `ahead` has what is known already of some, by the id of the message.
    """
    together = Together(desk)
    for claim in claims:
        async with given_back(desk, claim):
            since = time.monotonic()
            await together.add(await _decided(desk, claim, ahead.get(claim.inbox_id), together), since=since)
    await together.save()


async def _decided(desk: Desk, claim: Claim, ahead: Ahead | None, together: Together) -> Decided:
    claim, message = (claim, ahead.message) if ahead is not None else await _understood(desk, claim)
    await together.make_way(claim, message)
    playbook = desk.playbooks[message.brand]
    known = await desk.store.conversation(claim.conversation) if claim.version else None
    conversation = known or Conversation(
        id=claim.conversation, brand=message.brand, channel=message.channel, address=message.address
    )
    turn = await _turn(desk, claim, message, conversation, playbook, ahead)
    decision = decide(turn, conversation, playbook)
    mode = await _mode(desk, playbook.mode_of(decision.intents), message)
    return Decided(claim=claim, decision=decision, message=message, mode=mode, now=turn.now)


async def _understood(desk: Desk, claim: Claim) -> tuple[Claim, InboundMessage]:
    """Both without card numbers. Raises `BadMessage`."""
    message = await asyncio.to_thread(desk.channels[claim.arrival.channel].parse, claim.arrival)
    arrival, message = await asyncio.to_thread(redacted, claim.arrival, message)
    return replace(claim, arrival=arrival), message


async def _mode(desk: Desk, mode: Mode, message: InboundMessage) -> Mode:
    """A mail that came before the database was restored may have been answered: staff let the answer go."""
    restored_at = await desk.store.restored_at() if mode is Mode.AUTOMATIC else None
    return Mode.APPROVE if restored_at is not None and message.received_at < restored_at else mode


async def _turn(
    desk: Desk,
    claim: Claim,
    message: InboundMessage,
    conversation: Conversation,
    playbook: Playbook,
    ahead: Ahead | None,
) -> Turn:
    """Everything that `decide` may need, made before it is asked."""
    kept = conversation.proof.digest if isinstance(conversation.proof, WaitingForCode) else ""
    codes = tuple(desk.keys.typed_digest(conversation.id, code, kept) for code in typed_codes(message.text))
    tried = await try_proofs(desk, message, conversation, playbook, codes, inbox_id=claim.inbox_id)
    if claim.version and _is_a_guess(desk, message, conversation, codes):
        message = replace(message, subject="", text="")
    reading = Reading() if _only_denies(message, playbook) else await _read(desk, message, ahead)
    reading = _in_the_talk(reading, message, conversation, playbook)
    now = desk.now()
    nonce = desk.keys.nonce()
    address = typed_address(message.text) if message.is_chat else ""
    asker = address or conversation.address
    # Most mail is: nothing that was sent or asked before matters to it.
    ordinary = not (message.is_chat or claim.version or reading.intents or reading.candidates)
    return Turn(
        message=message,
        reading=reading,
        answers=await _answers(
            desk,
            message,
            reading,
            playbook,
            about=conversation.asked_about,
            again=await _picked_question(desk, claim, message, conversation, playbook),
        ),
        kept_of_chats=await kept_of_chats(desk, message, conversation, language=reading.language),
        typed_codes=tried.codes,
        own_words=above_our_code_mail(message.text),
        answers_anothers_mail=not claim.version and _names_a_mail_of_ours(desk, message),
        answers_our_mail=_answers_our_mail(desk, message, conversation),
        codes_are_spent=tried.codes_are_spent,
        codes_are_strays=tried.codes_are_strays,
        answers_code_for=await _answers_code_for(desk, message, conversation),
        match=tried.match,
        match_tries_left=tried.match_tries_left,
        typed_address=address,
        fresh_code=FreshCode(nonce=nonce, digest=desk.keys.code_digest(conversation.id, desk.keys.code(nonce))),
        fresh_references=tuple(new_reference() for _ in LEVELS),
        codes_last_hour=0 if ordinary else await desk.store.codes_sent(asker, since=now - timedelta(hours=1)),
        listed=listed_in(desk.keys, message),
        held=await desk.store.held(conversation.id) if message.is_chat and command_in(message.text) else None,
        kinds_this_year=frozenset() if ordinary else await desk.store.kinds_since(message.brand, asker, _new_year(now)),
        now=now,
    )


def _names_a_mail_of_ours(desk: Desk, message: InboundMessage) -> bool:
    return not message.is_chat and any(map(desk.keys.read_message_id, message.references))


def _is_a_guess(desk: Desk, message: InboundMessage, conversation: Conversation, codes: Sequence[str]) -> bool:
    """A mail that only a number has brought into this talk, and a wrong one: anybody may have sent it.

    It costs a try, and nothing else that it says counts here (T13).
    """
    named = map(desk.keys.read_message_id, message.references)
    if message.is_chat or any(found and found.conversation_id == conversation.id for found in named):
        return False
    proof = conversation.proof
    return not (isinstance(proof, WaitingForCode) and proof.digest in codes)


def _only_denies(message: InboundMessage, playbook: Playbook) -> bool:
    """The words that our code mails offer wish for nothing and are no sign of a language."""
    return len(message.text) <= _FEW_SIGNS and denies(playbook.phrases, message.text)


async def _answers_code_for(desk: Desk, message: InboundMessage, conversation: Conversation) -> tuple[str, ...]:
    """The requests that the code mail named which this mail answers: the newest it refers to, and signed by us."""
    if message.is_chat or not message.authenticated or not message.references:
        return ()
    newest = desk.keys.read_message_id(message.references[0])
    if newest is None or newest.conversation_id != conversation.id:
        return ()
    return await desk.store.named_in_code(newest.outbox_id)


def _answers_our_mail(desk: Desk, message: InboundMessage, conversation: Conversation) -> bool:
    newest = desk.keys.read_message_id(message.references[0]) if message.references else None
    return not message.is_chat and newest is not None and newest.conversation_id == conversation.id


def _new_year(now: datetime) -> datetime:
    return now.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)


async def _read(desk: Desk, message: InboundMessage, ahead: Ahead | None) -> Reading:
    if ahead is not None and message is ahead.message:
        return ahead.reading
    words = words_to_read(message)
    if words is None:
        return Reading()
    return await read_in_time(desk.classifier, desk.patience, words.text, subject=words.subject, channel=words.channel)


def _in_the_talk(reading: Reading, message: InboundMessage, conversation: Conversation, playbook: Playbook) -> Reading:
    """ "And for how long?" says nothing alone: right after a question to the policy it is one too."""
    alone = reading.intents or playbook.handling.get(_QUESTION) != "answer" or not conversation.asked_about
    if alone or not goes_on_asking(message.text):
        return reading
    asked = FoundIntent(name=_QUESTION, confidence=1.0, evidence=message.text)
    return Reading(intents=(asked,), language=reading.language)


async def _picked_question(
    desk: Desk, claim: Claim, message: InboundMessage, conversation: Conversation, playbook: Playbook
) -> str:
    """What was written before we asked "A or B?", where the number that came back picks a question; else ""."""
    if playbook.handling.get(chosen(conversation.asked, message.text) or "") != "answer":
        return ""
    before = await desk.store.heard_before(conversation.id, claim.inbox_id)
    if before is None:
        return ""
    with suppress(BadMessage):
        return (await asyncio.to_thread(desk.channels[before.channel].parse, before)).text
    return ""


async def _answers(
    desk: Desk, message: InboundMessage, reading: Reading, playbook: Playbook, *, about: str, again: str
) -> tuple[PolicyAnswer, ...]:
    """One answer for each question read, and to `again` where that is picked; none where the brand has no policy."""
    asked = [found.evidence for found in reading.intents if playbook.handling.get(found.name) == "answer"]
    asked += [again] if again else []
    found = [
        await desk.oracle.answer(message.brand, question, language=reading.language, about=about)
        for question in dict.fromkeys(asked)
    ]
    return tuple(answer for answer in found if answer is not None)
