"""The core alone: messages are parsed and ours rendered, `decide` decides, and what follows is kept in memory.

The reading and the policy's answers are those that the script gives; nothing waits for a disk or a model.
"""

from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

from bot.channels import Arrival, Outgoing
from bot.core.conversation import Conversation, WaitingForCode
from bot.core.decide import decide
from bot.core.effects import (
    AmendRequest,
    Effect,
    HandToStaff,
    Line,
    OpenRequest,
    Part,
    Reply,
    Resume,
    SendCode,
    Suppress,
)
from bot.core.messages import InboundMessage
from bot.core.playbook import Mode
from bot.core.proving import MAX_MATCH_TRIES
from bot.core.rules.take_the_command import command_in
from bot.core.tickets import LEVELS
from bot.core.turn import Decision, FreshCode, Held, Match, Turn
from bot.engine.desk import brings_a_code, typed_address, typed_codes
from bot.engine.newsletters import listed_in
from bot.errors import BadMessage, OurFault
from bot.replay.ledger import Ledger
from bot.replay.ledger_rows import rows_of
from bot.replay.scene import ForStaff, Scene, Spoken, answers_of, reading_of
from bot.replay.script import Given, StaffMove
from bot.replay.stage import HOST, KEYS, House, Props
from bot.replay.stored import CORE_TABLES, StoredRow
from bot.store.verdict import forgets_message, is_quiet, outcome_of
from intents.reading import Reading


@asynccontextmanager
async def core_stage(house: House, props: Props) -> AsyncIterator["CoreStage"]:
    """A desk without a database."""
    del house
    yield CoreStage(props)


#: At core depth nothing is kept that could be counted.
_HELD = Held(messages=1, replies=1, since="2026-03-02")


class CoreStage:
    """Protocol `Stage`."""

    def __init__(self, props: Props) -> None:
        self._props = props
        self._ledger = Ledger()
        self._keys: set[str] = set()
        self._written = 0
        #: What each code mail named.
        self._codes: dict[str, tuple[str, ...]] = {}

    async def hear(self, arrival: Arrival, given: Given, *, as_given: bool = False) -> Scene:
        del as_given
        channel = self._props.channels[arrival.channel]
        key = channel.key(arrival)
        if key in self._keys:
            return replace(await self.look(), outcome="known already")
        self._keys.add(key)
        try:
            message = channel.parse(arrival)
        except BadMessage:
            return replace(await self.look(), outcome="shunted")
        name = self._talk_of(message, key)
        before = self._ledger.talk(name)
        begins = Conversation(id=name, brand=message.brand, channel=message.channel, address=message.address)
        turn = await self._turn(message, before or begins, given)
        if before is not None and _is_a_guess(turn, before):
            # As handling does: it costs a try, and nothing else that it says counts (T13).
            blank = replace(message, subject="", text="")
            turn = replace(turn, message=blank, reading=Reading(), answers=())
        elif before is None and not message.is_chat and any(map(KEYS.read_message_id, message.references)):
            turn = replace(turn, answers_anothers_mail=True)
        decision = decide(turn, before or begins, self._props.playbook)
        if before is not None or not is_quiet(decision.effects):
            self._ledger.keep_talk(decision.conversation)
        return self._follow(message, turn, decision)

    async def move(self, reference: str, move: StaffMove) -> None:
        self._ledger.move(reference, move.to, reason_code=move.reason_code, words=move.words)

    async def stored(self, tables: Collection[str]) -> Mapping[str, tuple[StoredRow, ...]]:
        return {name: rows_of(self._ledger, name) for name in tables if name in CORE_TABLES}

    async def look(self) -> Scene:
        return Scene(tickets=self._ledger.tickets, suppressed=self._ledger.suppressed)

    async def wait(self) -> Scene:
        """What time brings about is found in the database, which is not here."""
        return await self.look()

    def _talk_of(self, message: InboundMessage, key: str) -> str:
        """As `bot.engine.intake` finds it."""
        if message.is_chat:
            return _name(message.channel, message.thread)
        if message.bounce is not None and (came_back := self._talk_of_mail(message.bounce.original_message_id)):
            return came_back.id
        for talk in filter(None, map(self._talk_of_mail, message.references)):
            is_theirs = talk.address == message.address
            if message.address and (is_theirs or (message.is_from_a_colleague and talk.address in message.recipients)):
                return talk.id
        if message.address and brings_a_code(message.text):
            waiting = self._ledger.waiting_talk(message.address, now=self._props.clock.now)
            if waiting is not None:
                return waiting
        return _name("email", key)

    def _talk_of_mail(self, message_id: str) -> Conversation | None:
        """The talk of a mail of ours."""
        reference = KEYS.read_message_id(message_id)
        return self._ledger.talk(reference.conversation_id) if reference else None

    async def _turn(self, message: InboundMessage, talk: Conversation, given: Given) -> Turn:
        """As `bot.engine.handling` makes it, but that reading and answers are given."""
        self._written += 1
        now, nonce = self._props.clock.now, _name(talk.id, "nonce", str(self._written))
        address = typed_address(message.text) if message.is_chat else ""
        waiting = talk.proof.address if isinstance(talk.proof, WaitingForCode) else talk.address
        robot = message.silence is not None and message.silence.robot
        reading = Reading() if robot else reading_of(given, message.text, self._props.playbook.languages[0])
        match, tries_left = await self._match(message, talk, given)
        asks = any(self._props.playbook.handling.get(found.name) == "answer" for found in reading.intents)
        return Turn(
            message=message,
            reading=reading,
            answers=answers_of(given, message, self._props.policy) if asks else (),
            typed_codes=tuple(KEYS.code_digest(talk.id, code) for code in typed_codes(message.text)),
            typed_address=address,
            fresh_code=FreshCode(nonce=nonce, digest=KEYS.code_digest(talk.id, KEYS.code(nonce))),
            fresh_references=tuple(_references(talk.id, self._written)),
            codes_last_hour=self._ledger.codes_since(address or waiting, now - timedelta(hours=1)),
            answers_code_for=self._named_in_code(message),
            answers_our_mail=_answers_our_mail(message, talk),
            match=match,
            match_tries_left=tries_left,
            listed=listed_in(KEYS, message),
            held=_HELD if message.is_chat and command_in(message.text) else None,
            now=now,
        )

    async def _match(self, message: InboundMessage, talk: Conversation, given: Given) -> tuple[Match, int]:
        """What the script gives, or what the customers that it names say."""
        customers, plain = self._props.customers, message.silence is None
        if customers is None or given.match != "not_tried" or not plain:
            return Match[given.match.upper()], MAX_MATCH_TRIES - 1
        return await customers.tried(message.text, talk, self._props.playbook, self._props.clock.now)

    def _named_in_code(self, message: InboundMessage) -> tuple[str, ...]:
        if message.is_chat or not message.authenticated or not message.references:
            return ()
        newest = KEYS.read_message_id(message.references[0])
        return self._codes.get(newest.outbox_id, ()) if newest else ()

    def _follow(self, message: InboundMessage, turn: Turn, decision: Decision) -> Scene:
        """Carry out every effect, as `bot.store` and the delivery do."""
        spoken: list[Spoken] = []
        kept_back: list[str] = []
        sends = self._props.playbook.mode_of(decision.intents) is Mode.AUTOMATIC
        for effect in decision.effects:
            self._keep(effect, decision.conversation.id)
            if isinstance(effect, Reply | SendCode):
                outgoing = self._outgoing(effect, message, decision.conversation)
                if sends:
                    spoken.append(self._spoken(outgoing))
                else:
                    kept_back.append(outgoing.kind)
        staff = tuple(
            ForStaff(reason=effect.reason, urgent=effect.urgent, reference=effect.reference)
            for effect in decision.effects
            if isinstance(effect, HandToStaff)
        )
        return Scene(
            reading=turn.reading,
            rules=decision.rules,
            outcome=outcome_of(decision.effects),
            replies=tuple(one for one in spoken if one.outgoing.kind == "reply"),
            codes=tuple(one for one in spoken if one.outgoing.kind == "code"),
            kept_back=tuple(kept_back),
            staff=staff,
            tickets=self._ledger.tickets,
            suppressed=self._ledger.suppressed,
            forgotten=forgets_message(decision.effects),
        )

    def _keep(self, effect: Effect, talk: str) -> None:
        match effect:
            case OpenRequest():
                self._ledger.open(effect, talk)
            case AmendRequest():
                self._ledger.amend(effect, talk)
            case Suppress():
                self._ledger.suppress(effect, talk)
            case Resume():
                self._ledger.resume(effect)
            case SendCode():
                self._ledger.note_code(effect.address, self._props.clock.now)
            case _:
                pass

    def _outgoing(self, effect: Reply | SendCode, message: InboundMessage, talk: Conversation) -> Outgoing:
        self._written += 1
        identity = f"out-{self._written}"
        code = Outgoing(
            id=identity,
            channel="email",
            brand=talk.brand,
            conversation=talk.id,
            recipient=message.thread if message.is_chat else message.address,
            language=talk.language,
            kind="code",
            parts=effect.parts,
            message_id=KEYS.message_id(identity, talk.id, HOST),
            created_at=self._props.clock.now,
        )
        if isinstance(effect, SendCode):
            self._codes[identity] = effect.references
            return replace(code, recipient=effect.address, parts=tuple(_with_code(effect)))
        if not code.recipient:
            raise OurFault("A reply was decided on for a message without an address.")
        reply = replace(code, kind="reply", channel=message.channel)
        if message.is_chat:
            return replace(reply, message_id="")
        return replace(
            reply,
            subject=message.subject if message.authenticated else "",
            in_reply_to=message.message_id,
            references=tuple(dict.fromkeys(message.references))[::-1],
        )

    def _spoken(self, outgoing: Outgoing) -> Spoken:
        rendered = self._props.channels[outgoing.channel].render(outgoing, self._props.playbook)
        return Spoken(outgoing=outgoing, payload=rendered.payload)


def _is_a_guess(turn: Turn, talk: Conversation) -> bool:
    """A mail that only a number has brought into the talk, and a wrong one."""
    message, proof = turn.message, talk.proof
    named = map(KEYS.read_message_id, message.references)
    about_it = message.bounce is not None or any(found and found.conversation_id == talk.id for found in named)
    right = isinstance(proof, WaitingForCode) and proof.digest in turn.typed_codes
    return not (message.is_chat or about_it or right)


def _answers_our_mail(message: InboundMessage, talk: Conversation) -> bool:
    """As handling sees it: the newest mail that it refers to is one of ours, of this talk."""
    newest = KEYS.read_message_id(message.references[0]) if message.references else None
    return not message.is_chat and newest is not None and newest.conversation_id == talk.id


def _with_code(effect: SendCode) -> Iterator[Part]:
    for part in effect.parts:
        is_code = isinstance(part, Line) and part.key == "the_code"
        yield Line(key="the_code", values={"code": KEYS.code(effect.nonce)}) if is_code else part


def _references(talk: str, written: int) -> Iterator[str]:
    for place, _ in enumerate(LEVELS):
        letters = sha256(f"{talk} {written} {place}".encode()).hexdigest()[:8].upper()
        yield f"PD-{letters[:4]}-{letters[4:]}"


def _name(*values: str) -> str:
    return sha256("\0".join(values).encode()).hexdigest()[:32]
