"""What Meta posts, as single events and as messages. Pure.

Law: ids only; a profile name or a telephone number is never identity. Echoes of our own messages, receipts, reactions
and typing are not kept; files, forwards and what a person took back become asides, and no file is fetched.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.channels.chats.aside import NOT_READ, WHICH_LANGUAGE, Aside
from bot.channels.chats.commands import meant
from bot.channels.protocol import Arrival
from bot.core.messages import InboundMessage, Silence
from bot.errors import BadMessage

MESSENGER, INSTAGRAM, WHATSAPP = "messenger", "instagram", "whatsapp"
PLATFORMS = (MESSENGER, INSTAGRAM, WHATSAPP)
_PLATFORM_OF = {"page": MESSENGER, "instagram": INSTAGRAM, "whatsapp_business_account": WHATSAPP}
#: What a "Get started" button posts by custom.
_START = "GET_STARTED"
_FILES = ("image", "audio", "video", "document", "sticker")
#: Kinds of WhatsApp messages that nobody wrote to us.
_NOT_SAID = frozenset({"reaction", "system", "ephemeral", "request_welcome"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened in one chat."""

    platform: str
    #: Our page, Instagram account or telephone number id.
    account: str
    #: What makes it the same event when it is posted again.
    id: str
    #: As kept: the event alone, not the batch that it came in.
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CameBack:
    """WhatsApp took a message of ours and could not deliver it."""

    account: str
    #: Id of the outbox row, which we gave along.
    outbox_id: str
    #: Meta's number for why, 0 where it gives none.
    code: int


def events_of(raw: bytes) -> Iterator[Event | CameBack]:
    """Everything in one post that concerns us, in its order; raises `BadMessage` where the post is none of Meta's."""
    try:
        posted = json.loads(raw)
        platform = _PLATFORM_OF[posted["object"]]
        for entry in posted["entry"]:
            if platform == WHATSAPP:
                for change in entry.get("changes", ()):
                    yield from _of_whatsapp(change)
            else:
                for said in entry.get("messaging", ()):
                    yield from _of_messaging(platform, str(entry["id"]), said)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadMessage(f"not a post of Meta: {type(error).__name__}") from error


def _of_messaging(platform: str, account: str, said: Mapping[str, Any]) -> Iterator[Event]:
    message, postback = said.get("message"), said.get("postback")
    if message is not None and not message.get("is_echo"):
        yield _event(platform, account, str(message["mid"]), said)
    elif postback is not None:
        sender, at = said["sender"]["id"], said.get("timestamp", 0)
        yield _event(platform, account, str(postback.get("mid") or f"postback-{sender}-{at}"), said)


def _of_whatsapp(change: Mapping[str, Any]) -> Iterator[Event | CameBack]:
    if change.get("field") != "messages":
        return
    value = change["value"]
    account = str(value["metadata"]["phone_number_id"])
    for said in value.get("messages", ()):
        if said.get("type") not in _NOT_SAID:
            yield _event(WHATSAPP, account, str(said["id"]), said)
    for status in value.get("statuses", ()):
        if status.get("status") == "failed":
            errors = status.get("errors") or [{}]
            named = str(status.get("biz_opaque_callback_data") or "")
            yield CameBack(account=account, outbox_id=named, code=int(errors[0].get("code") or 0))


def _event(platform: str, account: str, number: str, said: Mapping[str, Any]) -> Event:
    kept = {"platform": platform, "account": account, "said": said}
    return Event(platform=platform, account=account, id=number, raw=json.dumps(kept, ensure_ascii=False).encode())


def deletion_event(platform: str, account: str, user: str, issued_at: object) -> Event:
    """Meta hands on that somebody wants their data deleted (data deletion request callback)."""
    kept = {"platform": platform, "account": account, "deletion_of": user}
    raw = json.dumps(kept).encode()
    return Event(platform=platform, account=account, id=f"deletion-{user}-{issued_at}", raw=raw)


def arrival_of(event: Event, brand: str, now: datetime) -> Arrival:
    """An event of `brand`'s account as it came in."""
    return Arrival(
        channel=event.platform,
        brand=brand,
        raw=event.raw,
        received_at=now,
        external_id=event.id,
        origin={"account": event.account},
    )


def read_event(arrival: Arrival) -> InboundMessage:
    """Understand one event; raises `BadMessage` where it is none."""
    try:
        kept = json.loads(arrival.raw)
        if (user := kept.get("deletion_of")) is not None:
            message = _message(arrival, person=f"deletion-{user}")
            nobody = Silence(rule="T17", reason="the platform hands it on; nobody reads an answer there", robot=False)
            return replace(message, platform_asks_for="deletion", silence=nobody)
        said = kept["said"]
        return _of_a_number(arrival, said) if kept["platform"] == WHATSAPP else _of_a_page(arrival, said)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadMessage(f"not an event of Meta: {type(error).__name__}") from error


def _of_a_page(arrival: Arrival, said: Mapping[str, Any]) -> InboundMessage:
    """Messenger and Instagram."""
    person, at = str(said["sender"]["id"]), _when(arrival, said.get("timestamp"), per_second=1000)
    message = said.get("message")
    if message is None:
        postback = said["postback"]
        pressed = str(postback.get("payload") or "")
        text = "/start" if pressed == _START else pressed if pressed.startswith("/") else str(postback["title"])
        return _said(arrival, person, at, text)
    files = tuple(str(one.get("type") or "file") for one in message.get("attachments") or ())
    quick = message.get("quick_reply") or {}
    text = str(quick.get("payload") or message.get("text") or "")
    if message.get("is_deleted") or message.get("is_unsupported"):
        text = ""
    return _said(arrival, person, at, text, files)


def _of_a_number(arrival: Arrival, said: Mapping[str, Any]) -> InboundMessage:
    """WhatsApp."""
    person, at = str(said["from"]), _when(arrival, said.get("timestamp"), per_second=1)
    kind = str(said["type"])
    about = said.get(kind) if isinstance(said.get(kind), Mapping) else {}
    context = said.get("context") or {}
    text = ""
    if not (context.get("forwarded") or context.get("frequently_forwarded")):
        text = _text_of(kind, about or {})
    return _said(arrival, person, at, text, (kind,) if kind in _FILES else ())


def _text_of(kind: str, about: Mapping[str, Any]) -> str:
    if kind == "text":
        return str(about["body"])
    if kind == "button":
        return str(about.get("payload") or about["text"])
    if kind == "interactive":
        reply = about.get("button_reply") or about.get("list_reply") or {}
        return str(reply.get("id") or reply.get("title") or "")
    return str(about.get("caption") or "")


def _said(arrival: Arrival, person: str, at: datetime, text: str, files: tuple[str, ...] = ()) -> InboundMessage:
    """What they mean, or an aside where there is nothing that may be acted on."""
    wanted = meant(text, "") if text.strip() else ""
    if wanted:
        return _message(arrival, person=person, at=at, text=wanted, files=files)
    kind = WHICH_LANGUAGE if wanted is None else NOT_READ
    return _message(arrival, person=person, at=at, thread=Aside(chat=person, kind=kind).thread, files=files)


def _message(
    arrival: Arrival,
    *,
    person: str,
    at: datetime | None = None,
    text: str = "",
    thread: str = "",
    files: tuple[str, ...] = (),
) -> InboundMessage:
    if not person or "/" in person:
        raise BadMessage("an event of Meta without a person")
    return InboundMessage(
        channel=arrival.channel,
        brand=arrival.brand,
        external_id=arrival.external_id,
        thread=thread or person,
        sender=person,
        text=text,
        received_at=at or arrival.received_at,
        attachments=files,
    )


def _when(arrival: Arrival, stamp: object, *, per_second: int) -> datetime:
    """Meta's own time of the message where it makes sense, and never later than our first sight."""
    try:
        sent = datetime.fromtimestamp(int(str(stamp)) / per_second, UTC)
    except (ValueError, OverflowError, OSError):
        return arrival.received_at
    return min(sent, arrival.received_at)
