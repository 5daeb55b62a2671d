"""Builders for the tests of mail: a raw message, an arrival, a channel, an outgoing mail, a playbook."""

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.channels.mail.channel import MailChannel
from bot.channels.mail.smtp_out import Submission
from bot.channels.protocol import Arrival, Outgoing
from bot.core.clocks import Clock, Unit
from bot.core.effects import Line, Part
from bot.core.messages import InboundMessage
from bot.core.playbook import Playbook
from bot.core.tickets import LEVELS
from bot.keys import Keys
from bot.words.heard import phrases

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SHOP = "hello@marigold.example"
HOST = "desk.marigold.example"
KEYS = Keys(current=b"k" * 32)


def a_mail(
    *extra: str,
    body: str = "Please delete my account.\n",
    sender: str = "Ada Byron <ada@example.org>",
    subject: str = "My account",
    message_id: str = "<1@example.org>",
    content_type: str = "text/plain; charset=utf-8",
) -> bytes:
    """A plain mail of a person, with further header lines on top."""
    lines = [
        *extra,
        f"From: {sender}",
        f"To: {SHOP}",
        f"Subject: {subject}",
        "Date: Sun, 22 Nov 2026 09:00:00 +0000",
        f"Message-ID: {message_id}",
        "MIME-Version: 1.0",
        f"Content-Type: {content_type}",
        "",
        body,
    ]
    return "\r\n".join(lines).replace("\r\n", "\n").replace("\n", "\r\n").encode()


def an_arrival(raw: bytes, *, brand: str = "marigold", envelope: Mapping[str, str] | None = None) -> Arrival:
    return Arrival(channel="email", brand=brand, raw=raw, received_at=NOW, envelope=envelope or {})


def a_channel(*, port: int = 25, authserv_id: str = "mx.marigold.example", envelope_sender: str = "") -> MailChannel:
    submission = Submission(host="127.0.0.1", port=port, security="none", envelope_sender=envelope_sender, timeout=5)
    return MailChannel(
        addresses={"marigold": SHOP},
        aliases=frozenset({"privacy@marigold.example"}),
        host=HOST,
        authserv_id=authserv_id,
        keys=KEYS,
        submission=submission,
    )


def read(raw: bytes, *, envelope: Mapping[str, str] | None = None) -> InboundMessage:
    """What the channel makes of a raw message."""
    return a_channel().parse(an_arrival(raw, envelope=envelope))


def silence_of(raw: bytes, *, envelope: Mapping[str, str] | None = None) -> str:
    """The row that silences a reply, "" where one may follow."""
    silence = read(raw, envelope=envelope).silence
    return silence.rule if silence else ""


def a_playbook(*, shop: str = "Marigold & Finch", contact: str = "+44 20 7946 0000") -> Playbook:
    clock = Clock(
        regime="eu", step="answer", count=1, unit=Unit.MONTHS, rights=frozenset(LEVELS), source="GDPR Art. 12(3)"
    )
    return Playbook(brand="marigold", shop=shop, contact=contact, clocks=(clock,), phrases=phrases())


def an_outgoing(
    *parts: Part,
    recipient: str = "ada@example.org",
    kind: str = "reply",
    subject: str = "",
    in_reply_to: str = "<1@example.org>",
    references: tuple[str, ...] = (),
) -> Outgoing:
    return Outgoing(
        id="out-1",
        channel="email",
        brand="marigold",
        conversation="talk-1",
        recipient=recipient,
        language="en",
        kind=kind,
        parts=parts or (Line(key="mail_opening"),),
        subject=subject,
        in_reply_to=in_reply_to,
        references=references,
        message_id=KEYS.message_id("out-1", "talk-1", HOST),
        created_at=NOW,
    )
