"""Turns mails and chats into a conversation file: what people wrote without what points to them, and what follows.

What follows is written down as it is now, for somebody to review: a recording is not yet a promise.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import yaml

from bot.channels import Arrival, Channel
from bot.channels.mail.headers import parse_fields
from bot.core.messages import InboundMessage
from bot.replay.judges import COURTESIES
from bot.replay.player import Result
from bot.replay.pseudonyms import Pseudonyms
from bot.replay.scene import Scene
from bot.replay.script import START

_CODE = re.compile(r"(?<![\d\w])\d{3}[ -]?\d{3}(?![\d\w])")
#: Header fields that the sending rules look at, and what is written down instead of their values.
_KEPT_HEADERS = {
    "Auto-Submitted": "",
    "Precedence": "",
    "X-Auto-Response-Suppress": "",
    "List-Id": "<list.example>",
    "List-Unsubscribe": "<https://list.example/leave>",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One message of a thread."""

    message: InboundMessage
    #: As the mail claims it, or the chat's own time.
    written_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: int = 0


def understood(raws: Iterable[bytes], channel: Channel, brand: str) -> list[list[Recorded]]:
    """The mails by thread, each thread in the order of its dates. Raises `BadMessage`."""
    threads: dict[str, list[Recorded]] = {}
    for raw in raws:
        message = channel.parse(Arrival(channel="email", brand=brand, raw=raw, received_at=START))
        fields = parse_fields(raw.partition(b"\r\n\r\n")[0].partition(b"\n\n")[0])
        kept = {name: value or fields.first(name.lower()) for name, value in _KEPT_HEADERS.items()}
        recorded = Recorded(
            message=message,
            written_at=_date(fields.first("date")),
            headers={name: value for name, value in kept.items() if fields.has(name.lower())},
            attachments=len(message.attachments),
        )
        threads.setdefault(message.thread, []).append(recorded)
    return in_order(threads)


def in_order(threads: Mapping[str, Iterable[Recorded]]) -> list[list[Recorded]]:
    """Each thread in the order of its dates."""
    return [sorted(thread, key=lambda one: one.written_at) for thread in threads.values()]


def conversation(thread: Sequence[Recorded], *, brand: str) -> tuple[dict[str, Any], Pseudonyms]:
    """The file's content without expectations, and the substitutes that were used."""
    pseudonyms = Pseudonyms(
        (mail.message.sender for mail in thread), (mail.message.address for mail in thread if mail.message.address)
    )
    for mail in thread:
        pseudonyms.learn(mail.message.subject)
        pseudonyms.learn(mail.message.text)
    turns = [_turn(mail, thread[place - 1] if place else None, pseudonyms) for place, mail in enumerate(thread)]
    channel = thread[0].message.channel
    where = {"channel": channel} if channel != "email" else {}
    return {"conversation": "Recorded; say here what it shows.", "brand": brand, **where, "turns": turns}, pseudonyms


def with_what_followed(content: Mapping[str, Any], result: Result) -> dict[str, Any]:
    """The same with readings and expectations as they were when it was played."""
    played = [
        {**turn, **_given(found.scene), "expect": _expectation(found.scene)}
        for turn, found in zip(content["turns"], result.turns, strict=False)
    ]
    return {**content, "turns": [*played, *content["turns"][len(played) :]]}


def spoken(content: Mapping[str, Any]) -> str:
    """Everything in the file that came from the mails."""
    return "\n".join(str(turn.get(name, "")) for turn in content["turns"] for name in ("says", "subject", "from"))


def written(content: Mapping[str, Any]) -> str:
    """The text of the file."""
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def _turn(mail: Recorded, before: Recorded | None, pseudonyms: Pseudonyms) -> dict[str, Any]:
    message = mail.message
    # A number that answers our mail was our code; the number itself proves nothing any more.
    text = _CODE.sub("{code}", message.text) if before is not None else message.text
    turn: dict[str, Any] = {"says": pseudonyms.instead(text)}
    if message.subject:
        turn["subject"] = pseudonyms.instead(message.subject)
    if not message.is_chat:
        turn["from"] = pseudonyms.instead(message.address) if message.address else "nobody"
    if mail.headers:
        turn["headers"] = dict(mail.headers)
    if mail.attachments:
        turn["attachments"] = [f"attachment-{number + 1}" for number in range(mail.attachments)]
    minutes = int((mail.written_at - before.written_at).total_seconds() // 60) if before is not None else 0
    return {**turn, "after": f"{minutes} minutes"} if 0 < minutes < 99999 else turn


def _given(scene: Scene) -> dict[str, Any]:
    reading = scene.reading
    if reading is None:
        return {}
    given: dict[str, Any] = {"reads": [found.name for found in reading.intents], "language": reading.language}
    if reading.abstained:
        given |= {"doubt": reading.doubt.value, "candidates": [found.name for found in reading.candidates]}
    if lines := [one for reply in scene.replies for one in reply.lines]:
        given["answers"] = [", ".join(f"{first}-{last}" for first, last in lines)]
    return given


def _expectation(scene: Scene) -> dict[str, Any]:
    keys = [key for reply in scene.replies for key in reply.keys if key not in COURTESIES]
    expected: dict[str, Any] = {"rules": list(scene.rules), "requests": len(scene.tickets)}
    expected |= {"templates": keys} if scene.replies else {"no_reply": True}
    expected["staff"] = [item.reason for item in scene.staff]
    if scene.tickets:
        expected["request"] = [{"right": ticket.right, "state": ticket.state} for ticket in scene.tickets]
    return expected


def _date(text: str) -> datetime:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return START
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks."""

    def represent_str(self, data: str) -> Any:
        style = "|" if "\n" in data else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _Dumper.represent_str)
