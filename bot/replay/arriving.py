"""From what a person says to the bytes that come in, as their mail program or chat would send them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from hashlib import sha256
from typing import Any

from bot.channels import Arrival
from bot.channels.meta.events import PLATFORMS, arrival_of, deletion_event
from bot.replay.places import BadConversation
from bot.replay.scene import Spoken
from bot.replay.script import Said

_POLICY = SMTP.clone(max_line_length=998)
_NOBODY = "nobody"


def mail_arrival(
    said: Said, *, brand: str, shop: str, writer: str, number: int, answers: Spoken | None, now: datetime
) -> Arrival:
    """The mail as the shop's server takes it. Raises `BadConversation` for headers that no mail can have."""
    try:
        raw = said.eml or _mail(said, shop=shop, writer=writer, number=number, answers=answers, now=now)
    except (ValueError, TypeError, MessageError) as error:
        raise BadConversation(f"{said.place}: no mail can be made of it ({error})") from error
    return Arrival(channel="email", brand=brand, raw=raw, received_at=now - said.delayed, external_id=str(number))


def chat_arrival(
    text: str,
    *,
    brand: str,
    channel: str,
    writer: str,
    number: int,
    received_at: datetime,
    attachments: Sequence[str] = (),
    pressed: bool = False,
) -> Arrival:
    """A line of a chat, or a button that says it; whoever writes has a chat of their own."""
    person, at = chat_name(channel, writer), int(received_at.timestamp())
    match channel:
        case "terminal":
            said: dict[str, Any] = {"id": number, "chat": person, "text": text}
        case "webchat":
            said = {"id": f"{number:016}", "chat": person, "text": text}
        case "telegram":
            said = {"update_id": number, "message": _of_telegram(person, text, attachments, number, at)}
        case "whatsapp":
            about = _pressed_in_whatsapp(text) if pressed else _of_whatsapp(text, attachments)
            said = _of_meta(channel, {"from": person, "timestamp": str(at), **about})
        case _:
            files = [{"type": "file"} for _ in attachments]
            tapped = {"quick_reply": {"payload": text}} if pressed else {}
            message = {"mid": f"m{number}", "text": text, "attachments": files, **tapped}
            said = _of_meta(channel, {"sender": {"id": person}, "timestamp": at * 1000, "message": message})
    raw, origin = json.dumps(said).encode(), {"account": "1"} if channel in PLATFORMS else {"bot": "1"}
    return Arrival(
        channel=channel, brand=brand, raw=raw, received_at=received_at, external_id=f"{person}:{number}", origin=origin
    )


def platform_arrival(
    wish: str, *, brand: str, channel: str, writer: str, number: int, received_at: datetime
) -> Arrival:
    """The platform of a chat hands on what its user wants. Raises `BadConversation` where no platform does."""
    if channel not in PLATFORMS:
        raise BadConversation(f"nobody hands on a {wish} on the channel {channel}")
    event = deletion_event(channel, "1", chat_name(channel, writer), number)
    return arrival_of(event, brand, received_at)


def chat_name(channel: str, writer: str) -> str:
    """The writer's chat, in a form that the channel gives its chats."""
    if channel == "terminal":
        return writer
    digest = sha256(f"{channel} {writer}".encode()).hexdigest()
    return digest[:32] if channel == "webchat" else str(int(digest[:8], 16) + 1)


def _of_telegram(person: str, text: str, attachments: Sequence[str], number: int, at: int) -> dict[str, Any]:
    user = {"id": int(person), "is_bot": False, "first_name": "Somebody"}
    said = {"message_id": number, "from": user, "chat": {"id": int(person), "type": "private"}, "date": at}
    if attachments:
        return {**said, "caption": text, "document": {"file_name": attachments[0]}}
    return {**said, "text": text}


def _of_meta(platform: str, said: Mapping[str, Any]) -> dict[str, Any]:
    return {"platform": platform, "account": "1", "said": dict(said)}


def _of_whatsapp(text: str, attachments: Sequence[str]) -> dict[str, Any]:
    if attachments:
        return {"type": "document", "document": {"filename": attachments[0], "caption": text}}
    return {"type": "text", "text": {"body": text}}


def _pressed_in_whatsapp(text: str) -> dict[str, Any]:
    reply = {"type": "button_reply", "button_reply": {"id": text, "title": text}}
    return {"type": "interactive", "interactive": reply}


def _mail(said: Said, *, shop: str, writer: str, number: int, answers: Spoken | None, now: datetime) -> bytes:
    mail = EmailMessage(policy=_POLICY)
    if writer != _NOBODY:
        mail["From"] = formataddr((said.name, writer))
    mail["To"] = shop
    mail["Subject"] = _subject(said, answers)
    mail["Date"] = format_datetime(now - said.delayed - timedelta(seconds=5))
    mail["Message-ID"] = f"<turn-{number}.{now:%Y%m%d%H%M%S}@customers.example>"
    if answers is not None:
        mail["In-Reply-To"] = answers.outgoing.message_id
        mail["References"] = " ".join([*answers.outgoing.references, answers.outgoing.message_id])
    for name, value in said.headers.items():
        del mail[name]
        mail[name] = value
    if said.text or not said.html:
        mail.set_content(said.text + "\n")
        if said.html:
            mail.add_alternative(said.html, subtype="html")
    else:
        mail.set_content(said.html, subtype="html")
    for name in said.attachments:
        mail.add_attachment(b"-", maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def _subject(said: Said, answers: Spoken | None) -> str:
    if said.subject is not None:
        return said.subject
    return f"Re: {answers.mail['Subject']}" if answers is not None else "Hello"
