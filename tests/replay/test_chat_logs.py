"""Chats that were exported or logged become conversations: only what the person wrote, and nothing that names them."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.errors import BadSetting
from bot.replay.chat_logs import meta_threads, telegram_threads
from bot.replay.loading import understood as loaded
from bot.replay.recorder import Recorded, conversation, spoken, written

HER_ADDRESS = "grace.hopper@navy.example"


def a_line(sender: str, text: Any, second: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": second,
        "type": "message",
        "date": "2026-03-02T10:00:00",
        "date_unixtime": str(1772445600 + second),
        "from": "Grace Hopper",
        "from_id": sender,
        "text": text,
        **fields,
    }


def an_export(folder: Path, **chat: Any) -> Path:
    lines = [
        a_line("user7", "hello, please delete my data", 0),
        a_line("user1", "Which mailbox?", 60),
        a_line("user7", ["it is ", {"type": "email", "text": HER_ADDRESS}, ", thanks\nGrace"], 120),
        {"id": 9, "type": "service", "action": "pin_message"},
    ]
    file = folder / "result.json"
    file.write_text(json.dumps({"name": "Grace", "type": "personal_chat", "id": 7, "messages": lines, **chat}))
    return file


def written_of(thread: list[Recorded]) -> str:
    content, pseudonyms = conversation(thread, brand="marigold")
    pseudonyms.check(spoken(content))
    return written(content)


def test_of_an_exported_chat_only_the_persons_own_lines_are_recorded(tmp_path: Path) -> None:
    (thread,) = telegram_threads(an_export(tmp_path), "marigold")
    text = written_of(thread)

    (script,) = loaded(tmp_path / "a.conversation.yaml", text)
    assert script.channel == "telegram"
    assert [turn.after.total_seconds() for turn in script.turns] == [0, 120]
    assert "please delete my data" in text
    assert [secret for secret in (HER_ADDRESS, "Grace", "Hopper", "Which mailbox") if secret in text] == []


def test_in_a_chat_with_a_bot_whoever_is_not_the_bot_is_the_person(tmp_path: Path) -> None:
    (thread,) = telegram_threads(an_export(tmp_path, type="bot_chat", id=1), "marigold")

    assert [one.message.text.partition(",")[0] for one in thread] == ["hello", "it is grace.hopper@navy.example"]


def test_groups_are_left_out(tmp_path: Path) -> None:
    assert telegram_threads(an_export(tmp_path, type="private_supergroup"), "marigold") == []


def test_an_export_of_all_chats_gives_a_thread_for_each(tmp_path: Path) -> None:
    chats = [
        {"type": "personal_chat", "id": person, "messages": [a_line(f"user{person}", "hi", 0)]} for person in (7, 8)
    ]
    file = tmp_path / "result.json"
    file.write_text(json.dumps({"chats": {"list": chats}}))

    assert len(telegram_threads(file, "marigold")) == 2


def test_what_is_no_export_is_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    file.write_text('{"messages": []}')

    with pytest.raises(BadSetting, match="no Telegram Desktop export"):
        telegram_threads(file, "marigold")


def a_post(person: str, text: str, number: int) -> str:
    said = {
        "sender": {"id": person},
        "timestamp": 1772445600000 + number,
        "message": {"mid": f"m{number}", "text": text},
    }
    return json.dumps({"object": "page", "entry": [{"id": "11", "messaging": [said]}]})


def test_a_log_of_webhooks_gives_a_thread_for_each_person(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    lines = [a_post("7", "copy of my data please", 1), a_post("8", "hi", 2), "", a_post("7", f"I am {HER_ADDRESS}", 3)]
    file.write_text("\n".join(lines))

    first, second = meta_threads(file, "marigold")
    text = written_of(first)

    assert (len(first), len(second)) == (2, 1)
    assert "channel: messenger" in text
    assert HER_ADDRESS not in text
    assert "person1@customers.example" in text


def test_a_line_that_is_no_post_is_named(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    file.write_text(a_post("7", "hi", 1) + "\n{}\n")

    with pytest.raises(BadSetting, match=r"log\.jsonl:2: not a post of Meta"):
        meta_threads(file, "marigold")
