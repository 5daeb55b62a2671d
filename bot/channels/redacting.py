"""A message without the card numbers in it: what is read, and the bytes that are kept in place of what came.

Law: whatever part of a message holds such a number, none of its bytes are kept as they came: of a mail only what was
understood stays, in the form of a mail; of a chat its own form with the number hidden.
"""

import json
from dataclasses import replace
from email import message_from_bytes, policy
from email.header import Header
from email.utils import format_datetime
from typing import Any

from bot.channels.protocol import Arrival
from bot.core.cards import without_cards
from bot.core.messages import InboundMessage

#: Decoded text that is looked through in one mail.
_LOOKED_THROUGH = 2_000_000


def redacted(arrival: Arrival, message: InboundMessage) -> tuple[Arrival, InboundMessage]:
    """Both as they are where no card number is in them. Pure."""
    text, in_text = without_cards(message.text)
    subject, in_subject = without_cards(message.subject)
    names = tuple(without_cards(name)[0] for name in message.attachments)
    hidden = in_text + in_subject or names != message.attachments
    if not hidden and not (message.channel == "email" and _is_in_the_rest(arrival.raw)):
        return arrival, message
    told = replace(message, text=text, subject=subject, attachments=names, cards_hidden=True)
    raw = _as_mail(told) if message.channel == "email" else _hidden_within(arrival.raw)
    return replace(arrival, raw=raw), told


def _is_in_the_rest(raw: bytes) -> bool:
    """In a quotation, a signature, the other form of the text, or a header."""
    try:
        mail = message_from_bytes(raw, policy=policy.compat32)
        parts = [part for part in mail.walk() if part.get_content_maintype() == "text"]
        texts = [bytes(part.get_payload(decode=True) or b"")[:_LOOKED_THROUGH] for part in parts]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        texts = [raw[:_LOOKED_THROUGH]]
    return any(without_cards(text.decode("utf-8", "replace"))[1] for text in texts)


def _as_mail(message: InboundMessage) -> bytes:
    """What was understood of it, as a plain mail."""
    headers = {
        "From": message.address,
        "Subject": Header(" ".join(message.subject.split()), "utf-8").encode() if message.subject else "",
        "Date": format_datetime(message.received_at),
        "Message-ID": message.message_id,
        "References": " ".join(reversed(message.references)),
        "X-Privacy-Desk": "the number of a payment card was removed, and all but the text with it",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    }
    lines = [f"{name}: {' '.join(value.split())}" for name, value in headers.items() if value]
    body = "\r\n".join(message.text.splitlines())
    return ("\r\n".join(lines) + "\r\n\r\n" + body + "\r\n").encode("utf-8", "replace")


def _hidden_within(raw: bytes) -> bytes:
    """The same JSON, or text, with the numbers hidden in its words."""
    text = raw.decode("utf-8", "replace")
    try:
        return json.dumps(_hide(json.loads(text)), ensure_ascii=False).encode("utf-8", "replace")
    except (ValueError, RecursionError):
        return without_cards(text)[0].encode()


def _hide(value: Any) -> Any:
    match value:
        case str():
            return without_cards(value)[0]
        case dict():
            return {name: _hide(inner) for name, inner in value.items()}
        case list():
            return [_hide(inner) for inner in value]
        case _:
            return value
