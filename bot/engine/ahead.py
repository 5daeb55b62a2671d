"""What can be made of a mail before its turn on the road: understood, looked through for card numbers, and read.

Law: pure, and the same as on the road; whatever is not plain is left to the road (None), which says why.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from bot.channels import Arrival
from bot.channels.mail.parsing_child import message_of
from bot.channels.mail.understanding import Ourselves, understand
from bot.channels.redacting import redacted
from bot.core.messages import InboundMessage
from bot.engine.desk import typed_codes
from intents.reading import Doubt, FoundIntent, Reading


class ReadsMany(Protocol):
    """A `Classifier` that is quicker with many messages at once."""

    def read_many(self, messages: Sequence[tuple[str, str]]) -> list[Reading]:
        """The readings of (text, subject) pairs."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What of a message is read."""

    text: str
    subject: str
    #: "email" or "chat".
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """A mail that was understood and read; no card number is in it."""

    message: InboundMessage
    reading: Reading


def words_to_read(message: InboundMessage) -> Words | None:
    """None where the writer wishes for nothing: nobody wrote it, it is empty, or a bare code."""
    if message.is_from_a_colleague and message.forwarded is not None:
        return Words(text=message.forwarded.text, subject=message.forwarded.subject, channel="email")
    if (message.silence is not None and message.silence.robot) or not (message.text or message.subject):
        return None
    if typed_codes(message.text) and not any(sign.isalpha() for sign in message.text):
        return None
    # A reply repeats the subject of what it answers: those are not the writer's words.
    subject = "" if message.references else message.subject
    return Words(text=message.text, subject=subject, channel="chat" if message.is_chat else "email")


def look_ahead(
    arrivals: Sequence[Arrival],
    ourselves: Ourselves,
    reader: ReadsMany,
    within: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> list[Ahead | None]:
    """Of mails that came in, what each says; each is understood `within` a limit of the caller's.

    A delivery report waits for its turn, since it is read with a key.
    """
    messages = [_understood(arrival, ourselves, within) for arrival in arrivals]
    words = {place: found for place, message in enumerate(messages) if message and (found := words_to_read(message))}
    read = reader.read_many([(found.text, found.subject) for found in words.values()]) if words else []
    readings = dict(zip(words, read, strict=True))
    return [
        None if message is None else Ahead(message=message, reading=readings.get(place, Reading()))
        for place, message in enumerate(messages)
    ]


def _understood(
    arrival: Arrival, ourselves: Ourselves, within: Callable[[], AbstractContextManager[object]]
) -> InboundMessage | None:
    try:
        with within():
            _, message = redacted(arrival, understand(arrival, ourselves))
    except Exception:
        # Its turn on the road brings out what is the matter, and says so.
        return None
    return None if message.cards_hidden or message.bounce is not None else message


def to_json(ahead: Ahead | None) -> dict[str, Any] | None:
    """JSON values, but for dates, which are the arrival's."""
    return None if ahead is None else {"message": asdict(ahead.message), "reading": asdict(ahead.reading)}


def from_json(value: dict[str, Any] | None, arrival: Arrival) -> Ahead | None:
    """What `to_json` gave of the mail that came in as `arrival`."""
    if value is None:
        return None
    reading = value["reading"]
    return Ahead(
        message=message_of(value["message"], arrival),
        reading=Reading(
            intents=_found(reading["intents"]),
            candidates=_found(reading["candidates"]),
            language=reading["language"],
            doubt=Doubt(reading["doubt"]),
        ),
    )


def _found(rows: Sequence[dict[str, Any]]) -> tuple[FoundIntent, ...]:
    return tuple(FoundIntent(**row) for row in rows)
