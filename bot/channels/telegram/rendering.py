"""Our words as Telegram messages: plain text that nobody parses, each below the limit, with buttons where they help.

The wire form is JSON, `{"id", "brand", "chat", "texts", "buttons"}`: one outgoing message may be several of theirs.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.channels.memory import chat_text
from bot.channels.protocol import Outgoing, Rendered
from bot.channels.telegram.api import Buttons
from bot.channels.telegram.aside import WHICH_LANGUAGE, chat_of
from bot.channels.telegram.phrases import button, sentence
from bot.core.effects import Line, Part
from bot.core.playbook import Playbook
from bot.errors import Refused

#: UTF-16 units in one message; Telegram's own limit is 4,096.
LONGEST = 4000
_OFFERED: Buttons = (("mydata", "forget"), ("unsubscribe", "cookies"), ("privacy", "human"))
_LANGUAGES_A_ROW = 4
#: Where to break, the best first.
_ENDS = ("\n\n", "\n", " ")


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
        chat, aside = chat_of(outgoing.recipient)
    except ValueError as error:
        raise Refused("the recipient is not a chat") from error
    if aside is not None:
        text = sentence(aside.kind, aside.language or outgoing.language, shop=playbook.shop)
        buttons = _languages(playbook) if aside.kind == WHICH_LANGUAGE else ()
    elif chat < 0:
        raise Refused("nothing personal is said in a group")
    else:
        text = chat_text(outgoing.parts, outgoing.language)
        buttons = _buttons(outgoing.parts, outgoing.language)
    wire = Wire(id=outgoing.id, brand=outgoing.brand, chat=chat, texts=tuple(split(text)), buttons=buttons)
    return Rendered(recipient=outgoing.recipient, payload=wire.to_bytes())


def split(text: str, longest: int = LONGEST) -> Iterator[str]:
    """Pieces of at most `longest` UTF-16 units, broken after a paragraph, else a line, else a word, else anywhere."""
    rest = text.strip()
    while _units(rest) > longest:
        head = _head(rest, longest)
        cut = next((at for end in _ENDS if (at := head.rfind(end)) > 0), len(head))
        yield rest[:cut].rstrip()
        rest = rest[cut:].lstrip()
    if rest:
        yield rest


def _head(text: str, longest: int) -> str:
    """The longest beginning of `text` within `longest` units; a character is never cut in two."""
    head = text[:longest]
    while (over := _units(head) - longest) > 0:
        head = head[: -max(1, over // 2)]
    return head


def _units(text: str) -> int:
    return len(text) + sum(char > "\uffff" for char in text)


def _buttons(parts: Sequence[Part], language: str) -> Buttons:
    """Quick answers to what was said, in its language."""
    keys = {part.key for part in parts if isinstance(part, Line)}
    if "which_one" in keys:
        return (("1", "2"),)
    offered = _OFFERED if "chat_purpose" in keys else (("human",),) if "policy_does_not_say" in keys else ()
    return tuple(tuple(button(command, language) for command in row) for row in offered)


def _languages(playbook: Playbook) -> Buttons:
    offered = [f"/language {code}" for code in playbook.languages]
    return tuple(tuple(offered[at : at + _LANGUAGES_A_ROW]) for at in range(0, len(offered), _LANGUAGES_A_ROW))
