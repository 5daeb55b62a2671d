"""Our words as messages of the three platforms: plain text in pieces that each takes, with quick answers. Pure.

The wire form is JSON, `{"id", "brand", "person", "texts", "buttons", "heard_at", "by_a_person"}`.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.channels.chats.aside import WHICH_LANGUAGE, chat_of
from bot.channels.chats.buttons import Buttons, buttons_below, languages_of
from bot.channels.chats.phrases import sentence
from bot.channels.chats.splitting import Measure, split, utf8, utf16
from bot.channels.memory import chat_text
from bot.channels.meta.events import INSTAGRAM, MESSENGER, WHATSAPP
from bot.channels.protocol import Outgoing, Rendered
from bot.core.effects import Line
from bot.core.playbook import Playbook
from bot.errors import Refused

#: What one message may hold: 2,000 characters, 1,000 bytes, 4,096 characters.
_LONGEST: dict[str, tuple[int, Measure]] = {
    MESSENGER: (2000, utf16),
    INSTAGRAM: (1000, utf8),
    WHATSAPP: (4096, utf16),
}
#: WhatsApp: three buttons below a text of at most 1,024 characters; elsewhere thirteen. A label has 20 characters.
_MOST_BUTTONS = {MESSENGER: 13, INSTAGRAM: 13, WHATSAPP: 3}
_LONGEST_ABOVE_BUTTONS = 1024
_LONGEST_LABEL = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """What goes to the Graph API for one outgoing message."""

    #: Id of the outbox row.
    id: str
    brand: str
    person: str
    texts: tuple[str, ...]
    #: Quick answers below the last text.
    buttons: tuple[str, ...] = ()
    #: When the person last wrote; None where nobody knows.
    heard_at: datetime | None = None
    #: Somebody of the staff wrote it.
    by_a_person: bool = False

    def to_bytes(self) -> bytes:
        fields = {
            "id": self.id,
            "brand": self.brand,
            "person": self.person,
            "texts": self.texts,
            "buttons": self.buttons,
            "heard_at": self.heard_at.isoformat() if self.heard_at else None,
            "by_a_person": self.by_a_person,
        }
        return json.dumps(fields, ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, payload: bytes) -> "Wire":
        fields = json.loads(payload)
        heard_at = fields.pop("heard_at")
        texts, buttons = tuple(fields.pop("texts")), tuple(fields.pop("buttons"))
        return cls(
            texts=texts, buttons=buttons, heard_at=datetime.fromisoformat(heard_at) if heard_at else None, **fields
        )


def render_meta(platform: str, outgoing: Outgoing, playbook: Playbook) -> Rendered:
    """An aside gets its one sentence whatever was decided; raises `Refused` for no chat."""
    try:
        person, aside = chat_of(outgoing.recipient)
    except ValueError as error:
        raise Refused("the recipient is not a chat") from error
    if aside is not None:
        text = sentence(aside.kind, outgoing.language, shop=playbook.shop)
        rows: Buttons = languages_of(playbook) if aside.kind == WHICH_LANGUAGE else ()
    else:
        text = chat_text(outgoing.parts, outgoing.language, policy_url=playbook.policy_url)
        rows = buttons_below(outgoing.parts, outgoing.language)
    longest, measure = _LONGEST[platform]
    wire = Wire(
        id=outgoing.id,
        brand=outgoing.brand,
        person=person,
        texts=tuple(split(text, longest, measure)),
        buttons=tuple(label for row in rows for label in row)[: _MOST_BUTTONS[platform]],
        heard_at=outgoing.heard_at,
        by_a_person=any(isinstance(part, Line) and part.key == "letter_words" for part in outgoing.parts),
    )
    return Rendered(recipient=outgoing.recipient, payload=wire.to_bytes())


def body_of(platform: str, wire: Wire, number: int, *, as_a_person: bool = False) -> dict[str, Any]:
    """What is posted for piece `number`; `as_a_person` uses the longer window that people's answers have."""
    text = wire.texts[number]
    buttons = wire.buttons if number == len(wire.texts) - 1 else ()
    if platform == WHATSAPP:
        return _to_a_number(wire, text, buttons)
    message: dict[str, Any] = {"text": text}
    if buttons:
        message["quick_replies"] = [
            {"content_type": "text", "title": _label(label), "payload": label} for label in buttons
        ]
    window = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"} if as_a_person else {"messaging_type": "RESPONSE"}
    return {"recipient": {"id": wire.person}, **window, "message": message}


def _to_a_number(wire: Wire, text: str, buttons: tuple[str, ...]) -> dict[str, Any]:
    about: dict[str, Any] = {"type": "text", "text": {"preview_url": False, "body": text}}
    if buttons and len(text) <= _LONGEST_ABOVE_BUTTONS:
        replies = [{"type": "reply", "reply": {"id": label, "title": _label(label)}} for label in buttons]
        pressed = {"type": "button", "body": {"text": text}, "action": {"buttons": replies}}
        about = {"type": "interactive", "interactive": pressed}
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": wire.person,
        # Comes back with each report about the message.
        "biz_opaque_callback_data": wire.id,
        **about,
    }


def _label(text: str) -> str:
    return text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1].rstrip()}…"
