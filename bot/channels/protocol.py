"""The seam between the road and a channel: `parse` and `render` are pure, only `send` does I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.core.effects import Part
from bot.core.messages import InboundMessage
from bot.core.playbook import Playbook


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A message as it came in, before anybody understood it."""

    channel: str
    brand: str
    #: The bytes as received; kept, never re-serialised.
    raw: bytes
    #: UTC; the server's own date (IMAP INTERNALDATE) or our first sight.
    received_at: datetime
    #: The channel's own id of the message, "" where it has none (SMTP).
    external_id: str = ""
    #: What the channel needs to find the message again, e.g. {"mailbox": "INBOX", "uidvalidity": "3", "uid": "17"}.
    origin: Mapping[str, str] = field(default_factory=dict)
    #: The transport's own knowledge, e.g. {"mail_from": "", "rcpt_to": "hello@shop.example"}.
    envelope: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message of ours, not yet in any channel's form."""

    #: Id of the outbox row.
    id: str
    channel: str
    brand: str
    conversation: str
    #: Mail: the one recipient. Chat: the chat's id.
    recipient: str
    language: str
    #: "reply" or "code".
    kind: str
    #: Lines and quotations, in order.
    parts: tuple[Part, ...]
    #: Mail: subject of the message that it answers; "" for a mail of its own (a code).
    subject: str = ""
    #: Mail: Message-ID that it answers, and that message's References, oldest first.
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    #: Mail: fixed for the row, so that a repeated attempt is recognisable.
    message_id: str = ""
    #: Chat: when the person last wrote there; None where nobody knows.
    heard_at: datetime | None = None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A message in its channel's form."""

    recipient: str
    #: Wire form: an RFC 5322 message for mail, UTF-8 text for a chat.
    payload: bytes
    #: Mail: its envelope sender, "" for the usual one.
    sender: str = ""
    #: Mail: the brand whose people may keep a copy; "" of what is for its recipient's eyes only, such as a code.
    copy_for: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the other side said when it took the message."""

    #: The channel's id of the sent message, or the server's reply.
    said: str


class Channel(Protocol):
    """One way to talk with people."""

    @property
    def name(self) -> str:
        """What messages of this channel are marked with."""
        ...

    def key(self, arrival: Arrival) -> str:
        """What makes this message the same as another delivery of it; never fails on any bytes."""
        ...

    def parse(self, arrival: Arrival) -> InboundMessage:
        """Understand the bytes; raises `BadMessage` where that is impossible."""
        ...

    def render(self, outgoing: Outgoing, playbook: Playbook) -> Rendered:
        """Give our words the channel's form, in the shop's name."""
        ...

    async def send(self, rendered: Rendered) -> Receipt:
        """Hand it over; raises `NotNow`, `Refused` or `Uncertain`."""
        ...
