"""A talk in the web chat: what is said once is taken once, and what is answered is found again."""

import asyncio
import secrets
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bot.channels.webchat import WebChatChannel
from bot.engine.loop import EmbeddedLoop
from tests.web.fakes import ChatHouse, chat_house

A_MESSAGE = "deletion ada@example.org"


async def test_a_talk_goes_from_a_wish_to_a_verified_request(chat: ChatHouse) -> None:
    browser = chat.browser()
    await browser.open()
    for text in ("deletion", "ada@example.org"):
        await browser.say(text)
        await chat.work()
    await browser.say(chat.code)
    await chat.work()

    [request] = await chat.desk.store.requests()

    assert request.state.value == "open"
    assert "Your identity is confirmed" in (await browser.heard())[-1]


async def test_the_first_line_says_that_a_machine_speaks_and_that_the_chat_is_stored(chat: ChatHouse) -> None:
    browser = chat.browser()
    await browser.open()
    await browser.say("deletion")
    await chat.work()

    reply = (await browser.heard())[1]

    assert "automated" in reply
    assert "stored" in reply


async def test_a_quotation_keeps_its_bytes_apart_from_where_it_stands(chat: ChatHouse) -> None:
    browser = chat.browser()
    await browser.open()
    await browser.say("policy_question about orders")
    await chat.work()

    entries = (await browser.look())["entries"]

    [quote] = [part for part in entries[-1]["parts"] if part["kind"] == "quote"]
    assert quote["text"] == "We keep orders for seven years."
    assert (quote["section"], quote["first_line"], quote["last_line"]) == ("Keeping", 7, 7)
    assert quote["version"] == "ab" * 32
    assert "7" in quote["caption"]


async def test_a_double_click_is_one_message(chat: ChatHouse) -> None:
    browser = chat.browser()
    await browser.open()
    once = secrets.token_hex(16)

    answers = await asyncio.gather(*(browser.say(A_MESSAGE, id=once) for _ in range(5)))
    await chat.work()

    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await browser.heard()) == 2
    assert len(await chat.desk.store.requests()) == 1


async def test_the_same_id_in_another_chat_is_another_message(chat: ChatHouse) -> None:
    one, other = chat.browser(), chat.browser()
    await one.open()
    await other.open()
    shared = secrets.token_hex(16)

    first, second = await one.say(A_MESSAGE, id=shared), await other.say(A_MESSAGE, id=shared)

    assert first.json()["id"] != second.json()["id"]


async def test_two_tabs_see_one_talk(chat: ChatHouse) -> None:
    tab = chat.browser()
    await tab.open()
    other_tab = tab.twin()
    await other_tab.open()
    await tab.say("deletion")
    await other_tab.say("ada@example.org")
    await chat.work()

    assert await tab.heard() == await other_tab.heard()
    assert len(await tab.heard()) == 4


async def test_a_fetch_waits_for_news_and_brings_them_at_once(tmp_path: Path) -> None:
    async with chat_house(tmp_path, hold=5.0) as chat:
        browser = chat.browser()
        await browser.open()
        await browser.say("deletion")
        seen = (await browser.look())["seen"]

        waiting = asyncio.create_task(browser.look(seen=seen, hold=True))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await chat.work()
        began = time.monotonic()
        news = await waiting

        assert [entry["from"] for entry in news["entries"]] == ["you", "bot"]
        assert time.monotonic() - began < 1.0


async def test_a_fetch_without_news_ends_by_itself(chat: ChatHouse) -> None:
    browser = chat.browser()
    await browser.open()
    seen = (await browser.look())["seen"]

    assert (await browser.look(seen=seen, hold=True))["seen"] == seen


async def test_a_reply_that_nobody_fetched_is_there_after_a_restart(chat: ChatHouse) -> None:
    browser = chat.browser()
    await browser.open()
    await browser.say(A_MESSAGE)
    await chat.work()
    before = await browser.look()
    chat.chat.channel._handed.clear()

    assert await browser.look() == before


async def test_a_reply_that_has_not_been_sent_is_not_shown(chat: ChatHouse) -> None:
    browser = chat.browser()
    await browser.open()
    await browser.say(A_MESSAGE)
    await EmbeddedLoop(chat.desk).handle_all()

    assert await browser.heard() == [A_MESSAGE]


async def test_what_the_browser_sends_is_shown_as_it_was(chat: ChatHouse) -> None:
    browser = chat.browser()
    await browser.open()
    nasty = '<img src=x onerror=alert(1)> & "deletion"\n\u202e\U0001f9a9'

    await browser.say(nasty)

    assert await browser.heard() == [nasty]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"id": "short", "text": "deletion"}, 400),
        ({"id": secrets.token_hex(16), "text": " \n "}, 400),
        ({"id": secrets.token_hex(16), "text": 7}, 400),
        ({"id": secrets.token_hex(16)}, 400),
        ({"text": "deletion"}, 400),
        ({"id": secrets.token_hex(16), "text": "\ud800"}, 400),
        ({"id": secrets.token_hex(16), "text": "x" * 4001}, 413),
        ({"id": secrets.token_hex(16), "text": "x" * 40_000}, 413),
    ],
)
async def test_what_is_no_message_is_refused_and_leaves_nothing(
    chat: ChatHouse, body: dict[str, object], status: int
) -> None:
    browser = chat.browser()
    await browser.open()

    answer = await browser.post("messages", body)

    assert answer.status_code == status
    assert await browser.heard() == []


@pytest.mark.parametrize("content", [b"", b"[]", b"not json", b"[" * 5000, b"\xff"])
async def test_a_body_that_is_no_object_is_refused(chat: ChatHouse, content: bytes) -> None:
    browser = chat.browser()
    await browser.open()

    answer: httpx.Response = await browser.client.post(
        "/chat/messages", content=content, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 400


async def test_a_waiting_browser_hears_an_answer_that_another_process_made(tmp_path: Path) -> None:
    async with chat_house(tmp_path, hold=20) as chat:
        browser = chat.browser()
        await browser.open()
        await browser.say("deletion")
        seen = (await browser.look())["seen"]
        there = chat.house.desk()
        elsewhere = EmbeddedLoop(replace(there, channels={**there.channels, "webchat": WebChatChannel()}))

        waiting = asyncio.create_task(browser.look(seen=seen, hold=True))
        await elsewhere.handle_all()
        await elsewhere.deliver_all()
        heard = await asyncio.wait_for(waiting, 5)

        assert [entry["from"] for entry in heard["entries"]] == ["you", "bot"]
