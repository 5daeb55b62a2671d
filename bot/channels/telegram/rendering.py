"""Our words as Telegram messages: plain text that nobody parses, each below the limit, with buttons where they help.

The wire form is JSON, `{"id", "brand", "chat", "texts", "buttons"}`: one outgoing message may be several of theirs.
"""

import json
from dataclasses import dataclass

from bot.channels.chats.aside import WHICH_LANGUAGE, chat_of
from bot.channels.chats.buttons import Buttons, buttons_below, languages_of
from bot.channels.chats.phrases import sentence
from bot.channels.chats.splitting import split, utf16
from bot.channels.memory import chat_text
from bot.channels.protocol import Outgoing, Rendered
from bot.core.playbook import Playbook
from bot.errors import Refused

#: UTF-16 units in one message; Telegram's own limit is 4,096.
LONGEST = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """What goes to the Bot API for one outgoing message."""

    #: Id of the outbox row.
    id: str
    brand: str
    chat: int
    texts: tuple[str, ...]
    #: Rows of quick answers below the last text.
    buttons: Buttons = ()

    def to_bytes(self) -> bytes:
        fields = {"id": self.id, "brand": self.brand, "chat": self.chat, "texts": self.texts, "buttons": self.buttons}
        return json.dumps(fields, ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, payload: bytes) -> "Wire":
        fields = json.loads(payload)
        return cls(
            id=fields["id"],
            brand=fields["brand"],
            chat=fields["chat"],
            texts=tuple(fields["texts"]),
            buttons=tuple(tuple(row) for row in fields["buttons"]),
        )


def render_telegram(outgoing: Outgoing, playbook: Playbook) -> Rendered:
    """An aside gets its one sentence whatever was decided, and so does a group; raises `Refused` for no chat."""
    try:
        named, aside = chat_of(outgoing.recipient)
        chat = int(named)
    except ValueError as error:
        raise Refused("the recipient is not a chat") from error
    if aside is not None:
        text = sentence(aside.kind, aside.language or outgoing.language, shop=playbook.shop)
        buttons = languages_of(playbook) if aside.kind == WHICH_LANGUAGE else ()
    elif chat < 0:
        raise Refused("nothing personal is said in a group")
    else:
        text = chat_text(outgoing.parts, outgoing.language, policy_url=playbook.policy_url)
        buttons = buttons_below(outgoing.parts, outgoing.language)
    wire = Wire(
        id=outgoing.id, brand=outgoing.brand, chat=chat, texts=tuple(split(text, LONGEST, utf16)), buttons=buttons
    )
    return Rendered(recipient=outgoing.recipient, payload=wire.to_bytes())
