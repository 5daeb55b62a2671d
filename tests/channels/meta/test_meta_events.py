"""What Meta posts is taken apart, and only what a person freshly wrote is acted on."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.chats.aside import chat_of
from bot.channels.chats.phrases import wish
from bot.channels.meta.channel import MetaChannel
from bot.channels.meta.events import CameBack, Event, arrival_of, deletion_event, events_of, read_event
from bot.core.messages import InboundMessage
from bot.errors import BadMessage
from tests.channels.meta.posts import ADA, NUMBER, PAGE, THEN, a_message, a_text, on_a_page, on_whatsapp

NOW = datetime.fromtimestamp(THEN, UTC) + timedelta(seconds=3)


def events(post: dict[str, Any]) -> list[Event | CameBack]:
    return list(events_of(json.dumps(post).encode()))


def read(post: dict[str, Any]) -> InboundMessage:
    (event,) = events(post)
    assert isinstance(event, Event)
    return read_event(arrival_of(event, "rings", NOW))


def is_aside(message: InboundMessage, kind: str) -> bool:
    person, aside = chat_of(message.thread)
    return person == ADA and aside is not None and aside.kind == kind and message.text == ""


def test_a_text_on_a_page_is_its_writers_id_words_and_time() -> None:
    message = read(on_a_page(a_message("Please delete my data")))

    assert (message.channel, message.thread, message.text) == ("messenger", ADA, "Please delete my data")
    assert message.received_at == datetime.fromtimestamp(THEN, UTC)
    assert message.external_id == "m_1"
    assert message.address == ""


def test_instagram_and_whatsapp_are_channels_of_their_own() -> None:
    assert read(on_a_page(a_message("Hi"), object="instagram")).channel == "instagram"
    assert read(on_whatsapp(a_text("Hi"))).channel == "whatsapp"


def test_a_batch_is_many_messages_in_their_order() -> None:
    post = on_a_page(a_message("one", mid="m_1"), a_message("two", mid="m_2", person="7002"))
    post["entry"].append(on_a_page(a_message("three", mid="m_3"), account="1002")["entry"][0])

    assert [(event.account, event.id) for event in events(post) if isinstance(event, Event)] == [
        (PAGE, "m_1"),
        (PAGE, "m_2"),
        ("1002", "m_3"),
    ]


@pytest.mark.parametrize(
    "said",
    [
        a_message("Thank you for your message.", is_echo=True, app_id=5),
        {"sender": {"id": ADA}, "recipient": {"id": PAGE}, "timestamp": 1, "read": {"watermark": 1}},
        {"sender": {"id": ADA}, "recipient": {"id": PAGE}, "timestamp": 1, "delivery": {"mids": ["m_1"]}},
        {"sender": {"id": ADA}, "recipient": {"id": PAGE}, "timestamp": 1, "reaction": {"mid": "m_1"}},
    ],
)
def test_echoes_receipts_and_reactions_are_nothing(said: dict[str, Any]) -> None:
    assert events(on_a_page(said)) == []


def test_reactions_on_whatsapp_and_reports_of_success_are_nothing() -> None:
    reaction = {"from": ADA, "id": "wamid.2", "timestamp": str(THEN), "type": "reaction", "reaction": {"emoji": "x"}}
    delivered = {"id": "wamid.1", "status": "delivered", "timestamp": str(THEN), "recipient_id": ADA}

    assert events(on_whatsapp(reaction)) == []
    assert events(on_whatsapp(statuses=(delivered,))) == []


def test_a_report_of_failure_names_our_message_and_metas_number() -> None:
    failed = {"id": "wamid.1", "status": "failed", "errors": [{"code": 131047}], "biz_opaque_callback_data": "row"}

    assert events(on_whatsapp(statuses=(failed,))) == [CameBack(account=NUMBER, outbox_id="row", code=131047)]


@pytest.mark.parametrize(
    ("post", "files"),
    [
        (on_a_page(a_message(attachments=[{"type": "image", "payload": {"url": "https://x.invalid"}}])), ("image",)),
        (on_a_page(a_message("gone", is_deleted=True)), ()),
        (on_whatsapp({"from": ADA, "id": "w", "type": "document", "document": {"id": "5"}}), ("document",)),
        (on_whatsapp({"from": ADA, "id": "w", "type": "contacts", "contacts": [{}]}), ()),
        (on_whatsapp({"from": ADA, "id": "w", "type": "unsupported", "errors": [{"code": 131051}]}), ()),
        (on_whatsapp(a_text("Delete my data", context={"forwarded": True})), ()),
    ],
)
def test_files_forwards_and_what_was_taken_back_are_asides(post: dict[str, Any], files: tuple[str, ...]) -> None:
    message = read(post)

    assert is_aside(message, "not_read")
    assert message.attachments == files


def test_the_words_below_a_picture_are_read() -> None:
    picture = {"from": ADA, "id": "w", "type": "image", "image": {"id": "5", "caption": "Please delete my data"}}

    assert read(on_whatsapp(picture)).text == "Please delete my data"


@pytest.mark.parametrize(
    "post",
    [
        on_a_page(a_message("Delete my data")),
        on_a_page(a_message("Delete my da…", quick_reply={"payload": "Delete my data"})),
        on_a_page({"sender": {"id": ADA}, "timestamp": 1, "postback": {"title": "Delete my data", "payload": "x"}}),
        on_whatsapp(
            {
                "from": ADA,
                "id": "w",
                "type": "interactive",
                "interactive": {"type": "button_reply", "button_reply": {"id": "Delete my data", "title": "Delete…"}},
            }
        ),
    ],
)
def test_commands_and_buttons_are_the_wish_behind_them(post: dict[str, Any]) -> None:
    assert read(post).text == wish("forget", "en")


def test_a_language_that_is_not_named_is_asked_for() -> None:
    assert is_aside(read(on_a_page(a_message("/language"))), "which_language")


def test_the_first_tap_is_a_greeting() -> None:
    tap = {"sender": {"id": ADA}, "timestamp": 1, "postback": {"title": "Get started", "payload": "GET_STARTED"}}

    assert read(on_a_page(tap)).text == wish("language", "en")


def test_a_deletion_that_meta_hands_on_is_a_talk_of_its_own_that_is_not_answered() -> None:
    message = read_event(arrival_of(deletion_event("messenger", PAGE, "42", 7), "rings", NOW))

    assert message.platform_asks_for == "deletion"
    assert message.thread == "deletion-42"
    assert message.silence is not None
    assert not message.silence.robot


def test_the_key_is_the_account_and_the_messages_id() -> None:
    channel = MetaChannel("messenger", {})
    (first,) = events(on_a_page(a_message("one")))
    (again,) = events(on_a_page(a_message("one, delivered again")))
    (other,) = events(on_a_page(a_message("one"), account="1002"))

    keys = [channel.key(arrival_of(event, "rings", NOW)) for event in (first, again, other) if isinstance(event, Event)]
    assert keys[0] == keys[1] != keys[2]


@given(st.recursive(st.none() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)))
def test_no_json_makes_reading_fail_but_as_a_bad_message(said: Any) -> None:
    for post in (said, on_a_page(said), {"object": "whatsapp_business_account", "entry": [{"changes": [said]}]}):
        try:
            found = list(events_of(json.dumps(post).encode()))
            [read_event(arrival_of(event, "rings", NOW)) for event in found if isinstance(event, Event)]
        except BadMessage:
            pass
