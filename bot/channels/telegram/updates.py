"""An update of the Bot API as a message. Pure.

Law (RELIABILITY T14): numeric ids only; a name, a user name or a shared contact is never identity. Edits, forwards,
stickers and whatever stands in a group become asides or nothing; their text goes no further.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.channels.chats.aside import NOT_READ, PRIVATE_ONLY, WHICH_LANGUAGE, Aside
from bot.channels.chats.commands import meant
from bot.channels.chats.phrases import spoken
from bot.channels.protocol import Arrival
from bot.core.messages import InboundMessage, Silence
from bot.errors import BadMessage

CHANNEL = "telegram"
#: The only kinds of updates that are asked for.
ASKED_FOR = ("message", "edited_message")
_FORWARDED = ("forward_origin", "forward_date", "forward_from", "forward_from_chat", "forward_sender_name", "via_bot")
_FILES = ("document", "photo", "video", "audio", "voice", "video_note", "animation", "sticker")
_LONGEST_NAME = 100


def read_update(arrival: Arrival) -> InboundMessage:
    """Understand one update; raises `BadMessage` where it is none."""
    try:
        update = json.loads(arrival.raw)
        if "update_id" not in update:
            raise BadMessage("not an update of the Bot API: it has no number")
        kind = next((name for name in ASKED_FOR if name in update), "")
        if not kind:
            return _silent(arrival, "an update of a kind that nobody asked for")
        return _message(arrival, update[kind], edited=kind == "edited_message")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadMessage(f"not an update of the Bot API: {type(error).__name__}") from error


def _message(arrival: Arrival, said: Mapping[str, Any], *, edited: bool) -> InboundMessage:
    chat, writer = int(said["chat"]["id"]), said.get("from")
    if writer is None or writer.get("is_bot") or "sender_chat" in said:
        return _silent(arrival, "no person wrote it", thread=str(chat))
    language = spoken(str(writer.get("language_code") or ""))
    if said["chat"]["type"] != "private":
        return _in_a_group(arrival, said, language, edited=edited)
    if chat != int(writer["id"]):
        return _silent(arrival, "a private chat of somebody else", thread=str(chat))
    if edited or any(mark in said for mark in _FORWARDED):
        return _aside(arrival, said, Aside(chat=str(chat), kind=NOT_READ, language=language))
    text = str(said.get("text") or said.get("caption") or "")
    if not text.strip():
        return _without_text(arrival, said, Aside(chat=str(chat), kind=NOT_READ, language=language))
    wanted = meant(text, language)
    if wanted is None:
        return _aside(arrival, said, Aside(chat=str(chat), kind=WHICH_LANGUAGE, language=language))
    return _inbound(arrival, said, thread=str(chat), text=wanted)


def _in_a_group(arrival: Arrival, said: Mapping[str, Any], language: str, *, edited: bool) -> InboundMessage:
    """Whoever speaks to the bot is told once per message that it talks in private; the rest is not its business."""
    chat = int(said["chat"]["id"])
    spoken_to = str(said.get("text") or "").startswith("/") or _answers_us(arrival, said)
    if edited or not spoken_to or any(mark in said for mark in _FORWARDED):
        return _silent(arrival, "a group's own talk", thread=str(chat))
    return _aside(arrival, said, Aside(chat=str(chat), kind=PRIVATE_ONLY, language=language))


def _answers_us(arrival: Arrival, said: Mapping[str, Any]) -> bool:
    answered = (said.get("reply_to_message") or {}).get("from") or {}
    return bool(answered) and str(answered.get("id")) == arrival.origin.get("bot")


def _without_text(arrival: Arrival, said: Mapping[str, Any], aside: Aside) -> InboundMessage:
    """One line for a file, none for each picture of an album or for what Telegram itself announces."""
    if "media_group_id" in said or not _shows_something(said):
        return _silent(arrival, "nothing was written", thread=aside.chat)
    return _aside(arrival, said, aside)


def _shows_something(said: Mapping[str, Any]) -> bool:
    return any(name in said for name in (*_FILES, "contact", "location", "venue", "poll", "dice", "story"))


def _inbound(arrival: Arrival, said: Mapping[str, Any], *, thread: str, text: str) -> InboundMessage:
    return InboundMessage(
        channel=CHANNEL,
        brand=arrival.brand,
        external_id=arrival.external_id,
        thread=thread,
        sender=str(int(said["from"]["id"])),
        language=spoken(str(said["from"].get("language_code") or "")),
        text=text,
        received_at=_when(arrival, said),
        attachments=tuple(_label(said[name], name) for name in _FILES if name in said),
    )


def _aside(arrival: Arrival, said: Mapping[str, Any], aside: Aside) -> InboundMessage:
    return _inbound(arrival, said, thread=aside.thread, text="")


def _silent(arrival: Arrival, reason: str, *, thread: str = "") -> InboundMessage:
    return InboundMessage(
        channel=CHANNEL,
        brand=arrival.brand,
        external_id=arrival.external_id,
        thread=thread,
        received_at=arrival.received_at,
        silence=Silence(rule="T14", reason=reason),
    )


def _when(arrival: Arrival, said: Mapping[str, Any]) -> datetime:
    """Telegram's own time of the message where it makes sense, and never later than our first sight."""
    try:
        sent = datetime.fromtimestamp(int(said["date"]), UTC)
    except (KeyError, ValueError, TypeError, OverflowError, OSError):
        return arrival.received_at
    return min(sent, arrival.received_at)


def _label(file: object, kind: str) -> str:
    """A file's name as a label: no control or direction marks, one line, never a path."""
    name = str(file.get("file_name") or kind) if isinstance(file, Mapping) else kind
    plain = "".join(char for char in name if unicodedata.category(char)[0] != "C")
    return re.split(r"[/\\]", plain)[-1][:_LONGEST_NAME] or kind
