"""A browser that has lost a chat to whoever typed the code does not get it back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.fakes import ChatHouse, chat_house
from tests.web.test_chat_sessions import at_the_code


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[ChatHouse]:
    async with chat_house(tmp_path) as opened:
        yield opened


async def test_a_stolen_session_does_not_come_alive_again_once_the_chat_is_forgotten(chat: ChatHouse) -> None:
    browser = chat.browser()
    code = await at_the_code(chat, browser)
    thief = browser.twin()
    await browser.say(code)
    await chat.work()

    await browser.say("/forget")
    await chat.work()

    assert (await thief.look())["session"] == "ended"
    assert (await thief.say("request_status")).status_code == 401
    assert (await browser.look())["session"] == "open"


async def test_a_stolen_session_does_not_come_alive_again_once_the_chat_is_parted_from_its_mailbox(
    chat: ChatHouse,
) -> None:
    browser = chat.browser()
    code = await at_the_code(chat, browser)
    thief = browser.twin()
    await browser.say(code)
    await chat.work()

    await browser.say("unlink")
    await chat.work()

    assert (await thief.say("request_status")).status_code == 401
