"""What followed from one message, as a customer, a clerk and the post office see it: values only."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import dropwhile

from bot.channels import Outgoing
from bot.core.effects import Line, Quotation
from bot.core.messages import InboundMessage
from bot.replay.script import Given
from bot.replay.stored import StoredRow
from intents.reading import Doubt, FoundIntent, Reading
from policy_faq import Policy, PolicyAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One message of ours that left."""

    outgoing: Outgoing
    #: As it went over the wire.
    payload: bytes

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of its fixed sentences, in order."""
        return tuple(part.key for part in self.outgoing.parts if isinstance(part, Line))

    @property
    def lines(self) -> tuple[tuple[int, int], ...]:
        """First and last policy line of each quotation."""
        parts = self.outgoing.parts
        return tuple((part.first_line, part.last_line) for part in parts if isinstance(part, Quotation))

    @property
    def below_greeting(self) -> "Spoken":
        """Without what the first line of a chat quotes of the policy on kept chats; at core depth it quotes nothing."""
        parts = self.outgoing.parts
        greets = len(parts) > 2 and isinstance(parts[0], Line) and parts[0].key == "chat_greeting"
        if not greets or not isinstance(parts[1], Line) or not isinstance(parts[2], Quotation):
            return self
        rest = dropwhile(lambda part: isinstance(part, Quotation), parts[2:])
        return replace(self, outgoing=replace(self.outgoing, parts=(parts[0], *rest)))

    @property
    def buttons(self) -> Mapping[str, str]:
        """What may be tapped below it, by its label: what that says. Nothing in mail and in the terminal."""
        if self.outgoing.channel in ("email", "terminal"):
            return {}
        wire = json.loads(self.payload)
        if self.outgoing.channel == "webchat":
            return {label: said for choice in wire["choices"] for label, said in (choice, choice[::-1][:1] * 2)}
        return {label: label for row in wire["buttons"] for label in (row if isinstance(row, list) else [row])}

    @property
    def mail(self) -> EmailMessage:
        """Read back as a mail program does; of a chat line, one without headers."""
        return message_from_bytes(self.payload, policy=policy.default)

    @property
    def text(self) -> str:
        """What its reader sees, in plain text."""
        if self.outgoing.channel != "email":
            return _chat_text(self.outgoing.channel, self.payload)
        # The old policy takes half the time, and thousands of talks are played.
        parts = message_from_bytes(self.payload, policy=policy.compat32).walk()
        plain = next((part for part in parts if part.get_content_type() == "text/plain"), None)
        decoded = plain.get_payload(decode=True) if plain is not None else b""
        return decoded.decode().replace("\r\n", "\n") if isinstance(decoded, bytes) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A request as staff see it."""

    reference: str
    right: str
    state: str
    #: The least proof that it needs.
    level: int
    #: What the law or a policy calls it more closely, "" where nothing does.
    kind: str
    #: The day, ISO 8601, by which the person must have an answer.
    due_on: str
    claimed: str
    #: The proved mailbox, "" before it is proved.
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForStaff:
    """Something that a person must look at."""

    reason: str
    urgent: bool
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One message and all that followed from it."""

    #: What was read, None where nothing was.
    reading: Reading | None = None
    rules: tuple[str, ...] = ()
    #: One word: "untouched", "dropped", "shunted" ...
    outcome: str = ""
    replies: tuple[Spoken, ...] = ()
    codes: tuple[Spoken, ...] = ()
    #: Kinds of what was written and waits, or was only recorded, because of the mode: "reply", "code".
    kept_back: tuple[str, ...] = ()
    staff: tuple[ForStaff, ...] = ()
    #: Every request of everybody, oldest first.
    tickets: tuple[Ticket, ...] = ()
    #: (purpose, address) of everybody who wants nothing more.
    suppressed: tuple[tuple[str, str], ...] = ()
    #: Events that were written into the record; None at core depth, which keeps none.
    audit: tuple[str, ...] | None = None
    #: Nothing of the message's content is in the database.
    forgotten: bool = False
    #: The rows of the tables that the turn asks for, as far as this depth keeps them.
    stored: Mapping[str, tuple[StoredRow, ...]] = field(default_factory=dict)

    @property
    def spoken(self) -> tuple[Spoken, ...]:
        return (*self.replies, *self.codes)


def reading_of(given: Given, text: str, language: str) -> Reading:
    """The reading that a script gives; its evidence is the whole text, and digits alone have no language."""
    speaks = any(letter.isalpha() for letter in text)
    return Reading(
        intents=_found(given.intents, text),
        candidates=_found(given.candidates, text),
        language=given.language or (language if speaks else "und"),
        doubt=Doubt(given.doubt),
    )


def answers_of(given: Given, message: InboundMessage, policy: Policy | None) -> tuple[PolicyAnswer, ...]:
    """The answers that a script gives, quoted from the policy; none where there is no policy."""
    if policy is None:
        return ()
    return tuple(_answer(policy, message.text, lines, given.language) for lines in given.answers)


def _chat_text(channel: str, payload: bytes) -> str:
    """What the person's app shows of it, buttons apart."""
    if channel == "terminal":
        return payload.decode()
    wire = json.loads(payload)
    if channel != "webchat":
        return "\n\n".join(wire["texts"])
    return "\n\n".join(
        f"{part['text']}\n({part['caption']})" if part["kind"] == "quote" else part["text"] for part in wire["parts"]
    )


def _found(names: Sequence[str], text: str) -> tuple[FoundIntent, ...]:
    return tuple(FoundIntent(name=name, confidence=0.99, evidence=text) for name in names)


def _answer(policy: Policy, question: str, lines: Sequence[tuple[int, int]], language: str) -> PolicyAnswer:
    spans = [span for first, last in lines if (span := policy.line_span(first, last))]
    quotes = tuple(policy.quote(*span) for span in spans)
    return PolicyAnswer(
        question=question,
        quotes=quotes,
        confidence=0.99,
        policy_sha256=policy.sha256,
        policy_date=policy.dated,
        policy_language=policy.language,
        other_language=bool(language) and policy.language != language,
    )
