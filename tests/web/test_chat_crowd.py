"""Many people at once, with double clicks, second tabs, broken connections and a restart: nothing is doubled.

CHAT_SESSIONS=1000 plays the whole crowd, which takes about a minute.
"""

import asyncio
import os
import random
import secrets
from pathlib import Path

from tests.web.fakes import Browser, ChatHouse, chat_house

SESSIONS = int(os.environ.get("CHAT_SESSIONS", "100"))


async def visit(chat: ChatHouse, number: int) -> Browser:
    """One person: opens the chat twice, sends one wish, impatiently, and loses the connection while doing so."""
    luck = random.Random(number)
    browser = chat.browser()
    await browser.open()
    tab = browser.twin()
    once = secrets.token_hex(16)
    clicks = [browser.say("deletion", id=once) for _ in range(luck.randint(1, 3))]
    if luck.random() < 0.5:
        clicks.append(tab.say("deletion", id=once))
    answers = await asyncio.gather(*clicks)
    assert {answer.status_code for answer in answers} == {202}
    waiting = asyncio.create_task(browser.look(seen="an older state", hold=True))
    if luck.random() < 0.3:
        waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert (await tab.say("deletion", id=once)).status_code == 202
    return browser


async def test_impatient_sessions_double_nothing(tmp_path: Path) -> None:
    async with chat_house(tmp_path) as chat:
        browsers: list[Browser] = []
        for start in range(0, SESSIONS, 50):
            browsers += await asyncio.gather(*(visit(chat, number) for number in range(start, start + 50)))
        await chat.work()
        # A restart: what was handed over in this process is gone, the rows are not.
        chat.chat.channel._handed.clear()

        for browser in browsers:
            entries = (await browser.look())["entries"]
            assert [entry["from"] for entry in entries] == ["you", "bot"]
            assert len({entry["id"] for entry in entries}) == 2
        overview = await chat.desk.store.overview()
        assert sum(overview.messages.values()) == SESSIONS
        assert overview.outgoing == {"sent": SESSIONS}
        assert chat.chat.channel.door.waits("anybody") == 0
