"""The chat on the shop's own pages: what a browser says and is told, as JSON.

Law: a message is the same message when browser and message id are the same. What is sent waits until the browser
fetches it, also after a restart, since a fetch looks into the outbox; `Door` only says that it is time to look.
"""

import asyncio
import json
import re
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bot import words
from bot.channels.chats.buttons import CHOICES
from bot.channels.chats.commands import meant
from bot.channels.protocol import Arrival, Outgoing, Receipt, Rendered
from bot.core.effects import Line, Part, Quotation
from bot.core.messages import InboundMessage
from bot.core.playbook import Playbook
from bot.errors import BadMessage

NAME = "webchat"
LONGEST_TEXT = 4000

#: Random ids that our own pages make.
_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
_LANGUAGE = re.compile(r"[a-z]{2}")
#: What no keyboard types; tabs and line ends stay.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
#: Replies that were handed over and whose row may not say so yet, for so many chats.
_CHATS_KEPT = 1000
_REPLIES_KEPT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message as the browser sent it."""

    chat: str
    #: Made by the browser, once for each message that its person sends.
    id: str
    text: str
    #: What the page speaks, ISO 639-1; "" where it does not say.
    language: str = ""


def read_said(raw: bytes) -> Said:
    """Understand `{"chat", "id", "text", "language"?}`; raises `BadMessage` that says what is wrong."""
    try:
        given = json.loads(raw)
        language = str(given.get("language") or "")
        said = Said(
            chat=given["chat"],
            id=given["id"],
            text=_CONTROL.sub(" ", given["text"]).strip(),
            language=language if _LANGUAGE.fullmatch(language) else "",
        )
        if not (_ID.fullmatch(said.chat) and _ID.fullmatch(said.id)):
            raise BadMessage("the ids of a chat message are 16 to 64 letters and digits")
        said.text.encode()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadMessage(f"not a chat message: {type(error).__name__}") from error
    if not said.text:
        raise BadMessage("the message is empty")
    if len(said.text) > LONGEST_TEXT:
        raise BadMessage(f"the message is longer than {LONGEST_TEXT} characters")
    return said


def written(said: Said) -> bytes:
    """The one form in which a message is kept."""
    fields = {"chat": said.chat, "id": said.id, "text": said.text, "language": said.language}
    return json.dumps({name: value for name, value in fields.items() if value}, ensure_ascii=False).encode()


class Door:
    """Where open browsers wait for news of their chat, in this process."""

    def __init__(self) -> None:
        self.closed = False
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    @contextmanager
    def waiting(self, chat: str) -> Iterator[asyncio.Event]:
        """An event that is set at the next news, or at once when the door is closed."""
        news = asyncio.Event()
        if self.closed:
            news.set()
        self._waiting[chat].add(news)
        try:
            yield news
        finally:
            self._waiting[chat].discard(news)
            if not self._waiting[chat]:
                del self._waiting[chat]

    def waits(self, chat: str) -> int:
        """How many browsers wait."""
        return len(self._waiting.get(chat, ()))

    def ring(self, chat: str) -> None:
        for news in self._waiting.get(chat, ()):
            news.set()

    def ring_all(self) -> None:
        """Something may have been missed."""
        for chat in tuple(self._waiting):
            self.ring(chat)

    def close(self) -> None:
        """Nobody waits any longer: the process stops."""
        self.closed = True
        self.ring_all()


class WebChatChannel:
    """Messages are JSON objects `{"chat", "id", "text"}`; a reply is `{"id", "parts"}`."""

    name = NAME

    def __init__(self) -> None:
        self.door = Door()
        self._handed: OrderedDict[str, dict[str, dict[str, Any]]] = OrderedDict()

    def key(self, arrival: Arrival) -> str:
        return f"{self.name}:{arrival.brand}:{arrival.external_id}"

    def parse(self, arrival: Arrival) -> InboundMessage:
        said = read_said(arrival.raw)
        return InboundMessage(
            channel=self.name,
            brand=arrival.brand,
            external_id=said.id,
            thread=said.chat,
            language=said.language,
            text=meant(said.text, said.language) or said.text,
            received_at=arrival.received_at,
        )

    def render(self, outgoing: Outgoing, playbook: Playbook) -> Rendered:
        payload = json.dumps(self.reply(outgoing), ensure_ascii=False).encode()
        return Rendered(recipient=outgoing.recipient, payload=payload)

    def reply(self, outgoing: Outgoing) -> dict[str, Any]:
        """The same as a value."""
        parts = [_part(part, outgoing) for part in outgoing.parts]
        choices = [choice for part in outgoing.parts for choice in _choices(part, outgoing.language)]
        return {"id": outgoing.id, "language": outgoing.language, "parts": parts, "choices": choices}

    async def send(self, rendered: Rendered) -> Receipt:
        """Ready to be fetched; the same reply twice is there once."""
        reply = json.loads(rendered.payload)
        handed = self._handed.setdefault(rendered.recipient, {})
        self._handed.move_to_end(rendered.recipient)
        handed[reply["id"]] = reply
        while len(handed) > _REPLIES_KEPT:
            del handed[next(iter(handed))]
        while len(self._handed) > _CHATS_KEPT:
            self._handed.popitem(last=False)
        self.door.ring(rendered.recipient)
        return Receipt(said="ready to be fetched")

    def handed(self, chat: str) -> Mapping[str, dict[str, Any]]:
        """The newest replies that were sent in this process, by their ids."""
        return self._handed.get(chat, {})


def policy_path(brand: str, quotation: Quotation) -> str:
    """Where our own pages show the quoted lines among the others of that version (`bot.web.policies`)."""
    first, last = quotation.first_line, quotation.last_line
    return f"/policy/{brand}/{quotation.policy_sha256[:16]}?lines={first}-{last}#L{first}"


def _choices(part: Part, language: str) -> list[tuple[str, str]]:
    """What may be tapped in answer to "1 or 2?": the label, and what it says."""
    if not isinstance(part, Line) or part.key not in CHOICES:
        return []
    named = (words.named("right", part.values[name], language) for name in ("first", "second") if name in part.values)
    labels = [f"{number}: {name}" for number, name in enumerate(named, 1)] or ["1", "2"]
    return [(label, str(number)) for number, label in enumerate(labels, 1)]


def _part(part: Part, outgoing: Outgoing) -> dict[str, str | int]:
    """A line is a text; a quotation keeps its bytes apart from what we say about it."""
    if isinstance(part, Quotation):
        return {
            "kind": "quote",
            "text": part.text,
            "caption": words.caption(part, outgoing.language),
            "link": policy_path(outgoing.brand, part),
            "section": part.section,
            "first_line": part.first_line,
            "last_line": part.last_line,
            "version": part.policy_sha256,
        }
    return {"kind": "text", "text": words.render(part, outgoing.language)}
