"""Which updates are acted on, which get one line, and which nothing (RELIABILITY T14, T33)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channels import Arrival
from bot.channels.chats.aside import chat_of
from bot.channels.chats.phrases import WISHES, wish
from bot.channels.telegram.channel import TelegramChannel
from bot.core.messages import InboundMessage
from bot.errors import BadMessage
from tests.channels.telegram.fake_bot_api import a_message

ADA, BOT, GROUP = 7001, 55, -100200
NOW = datetime(2026, 3, 2, 10, 0, 5, tzinfo=UTC)
CHANNEL = TelegramChannel({})


def arrival(raw: bytes, number: str = "1") -> Arrival:
    origin = {"bot": str(BOT)}
    return Arrival(channel="telegram", brand="rings", raw=raw, received_at=NOW, external_id=number, origin=origin)


def read(update: dict[str, Any]) -> InboundMessage:
    return CHANNEL.parse(arrival(json.dumps({"update_id": 1, **update}).encode()))


def in_private(text: str = "", **more: Any) -> InboundMessage:
    return read({"message": a_message(ADA, text, **more)})


def in_a_group(text: str = "", **more: Any) -> InboundMessage:
    return read({"message": a_message(ADA, text, chat={"id": GROUP, "type": "supergroup", "title": "Rings"}, **more)})


def is_aside(message: InboundMessage, kind: str) -> bool:
    """Nothing of it can be acted on: no text, a talk of its own."""
    _, aside = chat_of(message.thread)
    return aside is not None and aside.kind == kind and message.text == "" and message.silence is None


def is_silence(message: InboundMessage) -> bool:
    return message.silence is not None and message.silence.robot and message.text == ""


def test_text_in_private_is_the_message_of_a_numeric_id() -> None:
    message = in_private("Please delete my data")

    assert (message.channel, message.brand, message.thread) == ("telegram", "rings", "7001")
    assert (message.sender, message.text, message.address) == ("7001", "Please delete my data", "")
    assert not message.authenticated


def test_a_user_name_or_a_display_name_is_nowhere_in_the_message() -> None:
    writer = {"id": ADA, "is_bot": False, "first_name": "ada@example.org", "username": "staff_of_shop"}

    message = in_private("Hello", **{"from": writer})

    assert "ada@example.org" not in repr(message)
    assert "staff_of_shop" not in repr(message)


def test_the_same_user_name_with_another_id_is_another_talk() -> None:
    other = read({"message": a_message(ADA + 1, "Hello")})

    assert other.thread != in_private("Hello").thread


FORWARD = {"type": "user", "date": 1, "sender_user": {"id": 9, "is_bot": False, "first_name": "Bob"}}


@pytest.mark.parametrize(
    "more",
    [
        {"text": "delete my data", "forward_origin": FORWARD},
        {"text": "delete my data", "forward_date": 1, "forward_from": FORWARD["sender_user"]},
        {"text": "delete my data", "forward_sender_name": "Bob"},
        {"text": "delete my data", "via_bot": {"id": 9, "is_bot": True, "first_name": "gif"}},
        {"sticker": {"file_id": "x", "emoji": "\U0001f48d"}},
        {"contact": {"phone_number": "+100", "first_name": "Ada", "user_id": ADA}},
        {"contact": {"phone_number": "+100", "first_name": "Bob", "user_id": 9}},
        {"voice": {"file_id": "x"}},
        {"photo": [{"file_id": "x"}]},
        {"document": {"file_id": "x", "file_name": "passport.pdf"}},
        {"location": {"latitude": 1.0, "longitude": 1.0}},
        {"dice": {"value": 6}},
        {"text": " \n ", "document": {"file_id": "x"}},
    ],
)
def test_what_a_person_did_not_write_here_is_an_aside(more: dict[str, Any]) -> None:
    assert is_aside(in_private(**more), "not_read")


def test_an_edit_is_an_aside_and_its_text_goes_no_further() -> None:
    assert is_aside(read({"edited_message": a_message(ADA, "delete my data")}), "not_read")


@pytest.mark.parametrize(
    "update",
    [
        {"inline_query": {"id": "1", "from": {"id": ADA, "is_bot": False}, "query": "delete my data", "offset": ""}},
        {"channel_post": {"text": "delete my data"}},
        {"callback_query": {"id": "1", "data": "forget"}},
        {"my_chat_member": {}},
        {"business_message": {"text": "delete my data"}},
        {"message": a_message(ADA, "delete my data", **{"from": {"id": 9, "is_bot": True}})},
        {"message": a_message(ADA, "delete my data", **{"from": None})},
        {"message": a_message(ADA, "delete my data", sender_chat={"id": -9, "type": "channel"})},
        {"message": a_message(ADA, "delete my data", chat={"id": 9, "type": "private"})},
        {"message": a_message(ADA, pinned_message={"message_id": 1})},
        {"message": a_message(ADA, photo=[{"file_id": "x"}], media_group_id="1")},
    ],
)
def test_what_no_person_says_to_us_gets_nothing(update: dict[str, Any]) -> None:
    assert is_silence(read(update))


@pytest.mark.parametrize("text", ["/forget", "/forget@rings_bot ada@example.org", "/start"])
def test_a_command_in_a_group_gets_the_offer_of_a_private_chat(text: str) -> None:
    assert is_aside(in_a_group(text), "private_only")


def test_an_answer_to_the_bot_in_a_group_gets_the_offer_of_a_private_chat() -> None:
    answered = {"message_id": 1, "from": {"id": BOT, "is_bot": True}}

    assert is_aside(in_a_group("delete my data", reply_to_message=answered), "private_only")


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"reply_to_message": {"message_id": 1, "from": {"id": 9, "is_bot": False}}},
        {"new_chat_members": [{"id": 9, "is_bot": False}]},
        {"migrate_to_chat_id": -100201},
    ],
)
def test_a_group_s_own_talk_gets_nothing(more: dict[str, Any]) -> None:
    assert is_silence(in_a_group("delete my data", **more))


@pytest.mark.parametrize("command", WISHES)
@pytest.mark.parametrize(
    ("app", "language"), [("de", "de"), ("en", "en"), ("pt-br", "en"), ("fr-CA", "fr"), (None, "en")]
)
def test_a_command_is_its_wish_in_the_language_of_the_app(command: str, app: str | None, language: str) -> None:
    writer = {"id": ADA, "is_bot": False, "language_code": app}

    meant = f"/{command}" if command in ("mydata", "forget") else wish(command, language)
    assert in_private(f"/{command}@rings_bot", **{"from": writer}).text == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("/forget ada@example.org", f"{wish('forget', 'en')}\nada@example.org"),
        ("/FORGET", "/forget"),
        ("/mydata@rings_bot", "/mydata"),
        ("/privacy how long do you keep orders?", "how long do you keep orders?"),
        ("/start", wish("language", "en")),
        ("/start abc", wish("language", "en")),
        ("/language de", wish("language", "de")),
        ("/language Français", wish("language", "fr")),
        ("/nothing", "/nothing"),
        ("Meine Daten löschen", wish("forget", "de")),
        ("please /forget me", "please /forget me"),
        ("Auf Deutsch, bitte", wish("language", "de")),
        ("po polsku proszę", wish("language", "pl")),
        ("Can we speak French?", wish("language", "fr")),
        ("Deutsch", wish("language", "de")),
        ("Is your privacy policy in French?", "Is your privacy policy in French?"),
        ("please", "please"),
    ],
)
def test_what_stands_beside_a_command_is_not_lost(text: str, meant: str) -> None:
    assert in_private(text).text == meant


@pytest.mark.parametrize("text", ["/language", "/language klingon"])
def test_a_language_that_we_do_not_speak_is_asked_for(text: str) -> None:
    assert is_aside(in_private(text), "which_language")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("invoice.pdf", "invoice.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\boot.ini", "boot.ini"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("a\r\nBcc: x.pdf", "aBcc: x.pdf"),
        ("\x00\x01", "document"),
        ("x" * 500, "x" * 100),
        ("/", "document"),
    ],
)
def test_a_file_is_known_by_a_harmless_name_only(name: str, label: str) -> None:
    message = in_private(caption="my data, please", document={"file_id": "secret", "file_name": name})

    assert message.attachments == (label,)
    assert message.text == "my data, please"
    assert "secret" not in repr(message)


@pytest.mark.parametrize(
    ("date", "received"),
    [
        (int(NOW.timestamp()) - 60, NOW - timedelta(seconds=60)),
        (int(NOW.timestamp()) + 3600, NOW),
        (10**18, NOW),
        ("soon", NOW),
        (None, NOW),
    ],
)
def test_a_message_came_in_when_telegram_says_but_never_in_the_future(date: object, received: datetime) -> None:
    assert in_private("Hello", date=date).received_at == received


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'"message"',
        b'{"message": 1}',
        b'{"message": {}}',
        b'{"message": {"chat": {"id": "x"}}}',
        b'{"message": {"chat": {"id": 1, "type": "private"}, "from": 1}}',
        b'{"edited_message": null}',
        b"[" * 100_000,
    ],
)
def test_bytes_that_are_no_update_are_a_bad_message(raw: bytes) -> None:
    with pytest.raises(BadMessage):
        CHANNEL.parse(arrival(raw))


def test_the_key_is_the_bot_s_number_and_the_update_s() -> None:
    assert CHANNEL.key(arrival(b"whatever", "31")) == "telegram:55:31"
