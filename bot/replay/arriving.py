"""From what a person says to the bytes that come in, as their mail program or chat would send them."""

import json
from datetime import datetime, timedelta
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from bot.channels import Arrival
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


def chat_arrival(text: str, *, brand: str, channel: str, writer: str, number: int, received_at: datetime) -> Arrival:
    """A line of a chat; whoever writes has a chat of their own."""
    raw = json.dumps({"id": number, "chat": writer, "text": text}).encode()
    return Arrival(channel=channel, brand=brand, raw=raw, received_at=received_at, external_id=f"{writer}:{number}")


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
