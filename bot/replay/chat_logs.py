"""What people wrote in chats that were exported or logged elsewhere, ready to be recorded.

A Telegram Desktop export (`result.json`) tells who wrote by ids: in a private chat the person is the chat's own id, in
a chat with a bot whoever is not the bot. Groups are left out, and so is all that we or the shop wrote.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.channels.meta.events import Event, arrival_of, events_of, read_event
from bot.channels.telegram.updates import CHANNEL
from bot.core.messages import InboundMessage
from bot.errors import BadMessage, BadSetting
from bot.replay.recorder import Recorded, in_order
from bot.replay.script import START


def telegram_threads(file: Path, brand: str) -> list[list[Recorded]]:
    """The private chats of an export, each as one thread. Raises `BadSetting` where it is none."""
    try:
        export = json.loads(file.read_text(encoding="utf-8"))
        chats = export["chats"]["list"] if "chats" in export else [export]
        threads = {str(chat["id"]): [_of_telegram(one, chat, brand) for one in _theirs(chat)] for chat in chats}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadSetting(f"{file}: this is no Telegram Desktop export ({type(error).__name__}: {error})") from error
    return in_order({name: thread for name, thread in threads.items() if thread})


def meta_threads(file: Path, brand: str) -> list[list[Recorded]]:
    """The chats of a log with one webhook body on each line. Raises `BadSetting` with the line that is none."""
    threads: dict[str, list[Recorded]] = {}
    try:
        lines = file.read_bytes().splitlines()
    except OSError as error:
        raise BadSetting(f"{file}: cannot be read ({error.strerror})") from error
    for number, line in enumerate(lines, start=1):
        try:
            events = [one for one in events_of(line) if isinstance(one, Event)] if line.strip() else []
            messages = [read_event(arrival_of(event, brand, datetime.now(UTC))) for event in events]
        except BadMessage as error:
            raise BadSetting(f"{file}:{number}: {error}") from error
        for message in messages:
            if message.text or message.attachments:
                recorded = _recorded(message)
                threads.setdefault(f"{message.channel} {message.sender}", []).append(recorded)
    return in_order(threads)


def stored_thread(messages: Iterable[InboundMessage]) -> list[Recorded]:
    """A talk of the database, as its channel understood it."""
    (thread,) = in_order({"": [_recorded(message) for message in messages]})
    return thread


def _recorded(message: InboundMessage) -> Recorded:
    return Recorded(message=message, written_at=message.received_at, attachments=len(message.attachments))


def _theirs(chat: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What the person wrote in a chat of two."""
    other = f"user{chat['id']}"
    for said in chat["messages"]:
        if said["type"] != "message" or "forwarded_from" in said:
            continue
        by_the_other = said.get("from_id") == other
        if (chat["type"] == "personal_chat" and by_the_other) or (chat["type"] == "bot_chat" and not by_the_other):
            yield said


def _of_telegram(said: Mapping[str, Any], chat: Mapping[str, Any], brand: str) -> Recorded:
    pieces = said["text"] if isinstance(said["text"], list) else [said["text"]]
    message = InboundMessage(
        channel=CHANNEL,
        brand=brand,
        external_id=str(said["id"]),
        thread=str(chat["id"]),
        sender=str(said.get("from") or ""),
        text="".join(piece if isinstance(piece, str) else str(piece["text"]) for piece in pieces),
        received_at=_when(said),
        attachments=tuple(name for name in ("file", "photo") if name in said),
    )
    return _recorded(message)


def _when(said: Mapping[str, Any]) -> datetime:
    if "date_unixtime" in said:
        return datetime.fromtimestamp(int(said["date_unixtime"]), UTC)
    return datetime.fromisoformat(said["date"]).replace(tzinfo=UTC) if "date" in said else START
