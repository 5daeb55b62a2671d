"""The form of a conversation file: every field with its kind and what it is for.

A field is added here; what can be expected stands in `bot.replay.checks`. The published JSON Schema is made of the same
tables: `python -m bot.replay.form > bot/replay/conversation.schema.json`.
"""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from bot.core.playbook import Mode
from bot.core.proving import POINTS
from bot.core.tickets import LEVELS, State
from bot.core.turn import Match
from bot.replay.checks import expectation_kind, intent_names, policy_lines
from bot.replay.kinds import Choice, Flag, Kind, Located, Many, Named, Record, Schema, Table, Text
from bot.replay.places import BadConversation, Place
from bot.replay.script import CHANNELS, DEPTHS, Existing, Given, Said, Script, StaffMove, Turn

SCHEMA_FILE = Path(__file__).with_name("conversation.schema.json")

_UNITS = {"minute": 60, "hour": 3600, "day": 86400}
_DURATION = Text(
    pattern=r"[0-9]{1,5} (?:minute|hour|day)s?", called='a time such as "25 hours", "3 days", "10 minutes"'
)
_MOMENT = Text(
    pattern=r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?Z",
    called='a moment such as "2026-11-23T10:00Z"',
)
_DOUBTS = ("ambiguous", "unsure", "language")
_MATCHES = tuple(match.name.lower() for match in Match)
_MODES = tuple(mode.value for mode in Mode)
_BRAND = Text(pattern="[a-z0-9][a-z0-9-]{0,39}", called="a brand's short name")
_LANGUAGE = Text(pattern="[a-z]{2,3}", called="a language's code, such as de")


@cache
def conversation_kind() -> Record:
    """The whole file, or one line of it."""
    mode = Choice(called="a mode", words=_MODES)
    return Record(
        called="a conversation",
        fields={
            "conversation": (Text(), "What it shows, in one sentence."),
            "brand": (_BRAND, "Whose inbox it is; marigold unless said otherwise."),
            "policy": (Text(), 'Path of a policy file; "none" for a brand without one; else the brand\'s own.'),
            "channel": (
                Choice(called="a channel", words=CHANNELS),
                "Where it is recorded; email unless said otherwise.",
            ),
            "channels": (
                _many(Choice(called="a channel", words=CHANNELS), 1),
                "Every channel that it may be played on.",
            ),
            "depth": (_many(Choice(called="a depth", words=DEPTHS), 1), "Where it may be played; both unless said."),
            "mode": (mode, "How much the bot does by itself; automatic unless said otherwise."),
            "modes": (Table(of=mode, names=_intent()), "Modes of single intents."),
            "has_directory": (Flag(), "The shop has a customer directory; its answers are given by `match`."),
            "customers": (_many(_customer_kind(), 1), "What the shop knows of its customers; compared for real."),
            "existing": (_many(_existing_kind(), 1), "Requests that are there before it begins, made by mail."),
            "from": (Text(), "The mailbox of whoever writes."),
            "starts": (_MOMENT, "The clock when it begins."),
            "tags": (_many(Text(), 0), "Words to find it by."),
            "turns": (Many(of=_turn_kind(), or_one=False, least=1), "What happens, in order."),
        },
        build=_script,
        needed=("turns",),
    )


@cache
def _turn_kind() -> Record:
    return Record(
        called="a turn",
        fields={
            "says": (Text(), "The text that a person writes; may hold {code}, {wrong_code}, {reference} ..."),
            "translations": (
                Table(of=Text(), names=_LANGUAGE),
                "The same text in other languages, for --mutate.",
            ),
            "button": (Text(), "Chats: presses the button with this label; elsewhere it is typed."),
            "eml": (Text(), "Path of a whole mail, beside this file."),
            "html": (Text(), "The body in HTML, beside the text or instead of it."),
            "subject": (Text(), "Mail: the subject."),
            "headers": (Table(of=Text()), "Mail: further header fields; From, Date and Message-ID may be replaced."),
            "attachments": (_many(Text(), 0), "Mail: names of attached files."),
            "from": (Text(), 'The mailbox of whoever writes; "nobody" where the mail names none.'),
            "name": (Text(), "The display name of whoever writes."),
            "platform": (
                Choice(called="a wish that a platform hands on", words=("deletion",)),
                "Chats of Meta: the platform hands on that its user wants this.",
            ),
            "thread": (Choice(called="a thread", words=("reply", "new")), "Answers our newest mail, or begins anew."),
            "after": (_DURATION, "Time that passes before it."),
            "delayed": (_DURATION, "How long the message lay before it came to us."),
            "reads": (_many(_intent(), 0), "Core depth: the intents that are read."),
            "doubt": (Choice(called="a doubt", words=_DOUBTS), "Core depth: why the reader abstains."),
            "candidates": (_many(_intent(), 0), "Core depth: what it may be."),
            "language": (_LANGUAGE, "Core depth: the language that is read."),
            "match": (Choice(called="a match", words=_MATCHES), "Core depth: how details fit the shop's records."),
            "answers": (Many(of=policy_lines(), or_one=True), "Core depth: policy lines for each question."),
            "staff": (_staff_kind(), "Staff act instead."),
            "expect": (Named(name="expectation", find=expectation_kind), "What must follow."),
        },
        build=_turn,
        rivals=(("says", "button", "eml", "platform", "staff"), ("html", "eml", "staff")),
    )


@cache
def _customer_kind() -> Record:
    about = {point: (Text(), point.replace("_", " ")) for point in POINTS}
    return Record(
        called="a customer",
        fields={"address": (Text(), "The mailbox."), **about},
        build=lambda found, _: {name: located.value for name, located in found.items()},
        needed=("address",),
    )


@cache
def _existing_kind() -> Record:
    chosen: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "to": ("state", State),
        "sender": ("from", str),
        "received": ("received", _moment),
        "text": ("says", str),
        "reason_code": ("reason_code", str),
        "words": ("words", str),
    }
    return Record(
        called="a request that is there",
        fields={
            "right": (Choice(called="a right", words=tuple(LEVELS)), "What was asked for."),
            "state": (Choice(called="a state", words=tuple(State)), "Where it stands; open unless said."),
            "from": (Text(), "The mailbox that asked for it."),
            "received": (_MOMENT, "When it came in; a day before unless said."),
            "says": (Text(), "What was written, where its words matter."),
            "reason_code": (Text(), "Of a denial."),
            "words": (Text(), "Of a denial: what the person was told."),
        },
        build=lambda found, place: Existing(
            place=place,
            right=found["right"].value,
            **{name: make(found[key].value) for name, (key, make) in chosen.items() if key in found},
        ),
        needed=("right",),
    )


@cache
def _staff_kind() -> Record:
    return Record(
        called="a step of the staff",
        fields={
            "request": (Choice(called="a right", words=tuple(LEVELS)), "The newest request for this right."),
            "to": (Choice(called="a state", words=tuple(State)), "Where it goes."),
            "reason_code": (Text(), "Of a denial."),
            "words": (Text(), "Of a denial: what the person is told."),
        },
        build=lambda found, place: StaffMove(
            place=place,
            right=found["request"].value,
            to=State(found["to"].value),
            reason_code=_value(found, "reason_code", ""),
            words=_value(found, "words", ""),
        ),
        needed=("request", "to"),
    )


def schema() -> Schema:
    """The published JSON Schema."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Recorded conversation",
        "description": "What people said to the privacy desk and what must follow.",
        **conversation_kind().schema(),
        "$defs": {"expectation": expectation_kind().schema()},
    }


def _script(found: dict[str, Located], place: Place) -> Script:
    channel = _value(found, "channel", "email")
    chosen: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "title": ("conversation", str),
        "brand": ("brand", str),
        "policy": ("policy", str),
        "sender": ("from", str),
        "mode": ("mode", Mode),
        "has_directory": ("has_directory", bool),
        "starts": ("starts", _moment),
    }
    values = {name: make(found[key].value) for name, (key, make) in chosen.items() if key in found}
    return Script(
        place=place,
        **({"title": place.file.name.partition(".")[0].replace("-", " ")} | values),
        channel=channel,
        channels=tuple(dict.fromkeys((channel, *_members(found, "channels")))),
        depths=_members(found, "depth") or DEPTHS,
        modes={name: Mode(mode) for name, mode in _value(found, "modes", {}).items()},
        tags=_members(found, "tags"),
        customers=_members(found, "customers"),
        existing=_members(found, "existing"),
        turns=_members(found, "turns"),
    )


def _turn(found: dict[str, Located], place: Place) -> Turn:
    said = {"says", "button", "eml", "html", "subject", "headers", "attachments", "platform"} & found.keys()
    act: Said | StaffMove | None = _value(found, "staff", None)
    if act is None and said:
        act = _said(found, place)
    values = {"expect": found["expect"].value} if "expect" in found else {}
    return Turn(place=place, after=_duration(_value(found, "after", "0 days")), act=act, **values)


def _said(found: dict[str, Located], place: Place) -> Said:
    return Said(
        place=place,
        text=_value(found, "says", _value(found, "button", "")),
        pressed="button" in found,
        html=_value(found, "html", ""),
        subject=_value(found, "subject", None),
        eml=_beside(found["eml"]) if "eml" in found else None,
        headers=_value(found, "headers", {}),
        attachments=_members(found, "attachments"),
        sender=_value(found, "from", ""),
        name=_value(found, "name", ""),
        thread=_value(found, "thread", "reply"),
        platform=_value(found, "platform", ""),
        delayed=_duration(_value(found, "delayed", "0 days")),
        translations=_value(found, "translations", {}),
        given=Given(
            intents=_members(found, "reads"),
            doubt=_value(found, "doubt", ""),
            candidates=_members(found, "candidates"),
            language=_value(found, "language", ""),
            match=_value(found, "match", "not_tried"),
            **({"answers": _members(found, "answers")} if "answers" in found else {}),
        ),
    )


def _beside(path: Located) -> bytes:
    file: Path = path.place.file.parent / path.value
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadConversation(f"{path.place}: {file} cannot be read ({error.strerror})") from error


def _value(found: dict[str, Located], name: str, otherwise: Any) -> Any:
    return found[name].value if name in found else otherwise


def _members(found: dict[str, Located], name: str) -> tuple[Any, ...]:
    return tuple(member.value for member in found[name].value) if name in found else ()


def _duration(text: str) -> timedelta:
    count, unit = text.split()
    return timedelta(seconds=int(count) * _UNITS[unit.removesuffix("s")])


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _many(of: Kind, least: int) -> Many:
    return Many(of=of, least=least)


def _intent() -> Choice:
    return Choice(called="an intent", words=intent_names())


def written_schema() -> str:
    """The schema as its file holds it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(written_schema())
