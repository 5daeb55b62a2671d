"""What was said in a case, as its page shows it: each message read again, so that the clerk sees what the bot saw.

Law: what is shown is text; a message whose bytes are gone, or cannot be read, says so.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot import words
from bot.channels.protocol import Arrival
from bot.console import mailview
from bot.core.effects import Line, Quotation
from bot.core.messages import InboundMessage
from bot.engine.desk import Desk
from bot.errors import BadMessage
from bot.store.casebook import Said
from intents.reading import FoundIntent, Reading
from policy_faq import PolicyAnswer

#: Messages of a talk that are read again, the newest.
MOST_READ = 10
LONGEST_SHOWN = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some words of a message, with the intent that they are the evidence of, "" for none."""

    text: str
    intent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A part of a message of ours."""

    text: str
    #: Where a quotation stands, "" for words of ours.
    caption: str = ""
    #: Staff's own words.
    by_staff: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of either side."""

    said: Said
    subject: str = ""
    sender: str = ""
    pieces: tuple[Piece, ...] = ()
    paragraphs: tuple[Paragraph, ...] = ()
    attachments: tuple[str, ...] = ()
    #: What was found in it, read again now.
    reading: Reading | None = None
    #: The document of its HTML frame, "" for none.
    html: str = ""
    #: A key of the console's words: why its text is not shown.
    trouble: str = ""
    authenticated: bool = False

    @property
    def found(self) -> tuple[FoundIntent, ...]:
        return (self.reading.intents or self.reading.candidates) if self.reading else ()


async def hear(desk: Desk, said: Sequence[Said]) -> list[Message]:
    """Every message, oldest first."""
    latest = [one.id for one in said if not one.ours][-MOST_READ:]
    return [_ours(one) if one.ours else await _theirs(desk, one, read=one.id in latest) for one in said]


async def policy_says(desk: Desk, brand: str, message: Message, language: str) -> PolicyAnswer | None:
    """What the policy in force says to a message's evidence, or to its text."""
    evidence = " ".join(dict.fromkeys(found.evidence for found in message.found))
    question = evidence or "".join(piece.text for piece in message.pieces)[:2000]
    return await desk.oracle.answer(brand, question, language=language) if question.strip() else None


def _ours(said: Said) -> Message:
    return Message(said=said, paragraphs=tuple(_paragraph(part, said.language) for part in said.parts))


def _paragraph(part: Line | Quotation, language: str) -> Paragraph:
    if isinstance(part, Quotation):
        return Paragraph(text=part.text, caption=words.caption(part, language))
    if part.key == "the_code":
        return Paragraph(text=words.phrase("the_code", language, code="••••••"))
    return Paragraph(text=words.render(part, language), by_staff=part.key == "letter_words")


async def _theirs(desk: Desk, said: Said, *, read: bool) -> Message:
    arrival = said.arrival
    if arrival is None:
        return Message(said=said, trouble="by_hand" if "taken_by_hand" in said.rules else "text_gone")
    channel = desk.channels.get(arrival.channel)
    if channel is None:
        return Message(said=said, trouble="text_gone")
    try:
        message = await asyncio.to_thread(channel.parse, arrival)
    except BadMessage:
        return Message(said=said, trouble="text_unreadable")
    reading = await _read(desk, message) if read else None
    return Message(
        said=said,
        subject=message.subject,
        sender=message.sender or message.address,
        pieces=marked(message.text[:LONGEST_SHOWN], reading),
        attachments=message.attachments,
        reading=reading,
        html=await asyncio.to_thread(_frame, arrival) if arrival.channel == "email" else "",
        authenticated=message.authenticated,
    )


async def _read(desk: Desk, message: InboundMessage) -> Reading:
    channel = "chat" if message.is_chat else "email"
    return await asyncio.to_thread(desk.classifier.read, message.text, subject=message.subject, channel=channel)


def _frame(arrival: Arrival) -> str:
    markup = mailview.html_of(arrival.raw)
    return mailview.framed(markup) if markup else ""


def marked(text: str, reading: Reading | None) -> tuple[Piece, ...]:
    """`text` in pieces, the evidence of each intent marked; where two overlap, the first has it."""
    spans: list[tuple[int, int, str]] = []
    for found in reading.intents or reading.candidates if reading else ():
        start = text.find(found.evidence) if found.evidence.strip() else -1
        end = start + len(found.evidence)
        if start >= 0 and all(end <= other[0] or start >= other[1] for other in spans):
            spans.append((start, end, found.name))
    pieces, place = [], 0
    for start, end, name in sorted(spans):
        pieces += [Piece(text=text[place:start]), Piece(text=text[start:end], intent=name)]
        place = end
    return tuple(piece for piece in (*pieces, Piece(text=text[place:])) if piece.text)
