"""Updates delivered three times in any order have the effects of one ordered pass (RELIABILITY T17).

Each update says all that it needs: what must come in order (a code after its question) is for the talks of the road.
"""

import json
import os
import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.listening import arrival_of
from bot.channels.telegram.pace import Pace
from bot.engine.desk import Caps
from bot.engine.intake import accept
from tests.channels.telegram.fake_bot_api import a_message
from tests.core.builders import NOW
from tests.engine.fakes import House, work

pytestmark = pytest.mark.anyio

#: Of four updates each; 500 of them were played by hand.
CHATS = int(os.environ.get("REPLAYED_CHATS", "25"))
EFFECTS = {
    "inbox": "SELECT count(*), count(DISTINCT key_digest) FROM inbox",
    "requests": "SELECT right_name, state, claimed_address FROM request ORDER BY 1, 2, 3",
    "replies": "SELECT recipient, kind, state, count(*) FROM outbox GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    "opt-outs": "SELECT count(*) FROM suppression",
    "proofs": "SELECT count(*) FROM verification",
}


class Taking:
    """A bot that takes every message at once."""

    brand, id = "rings", "55"

    def __init__(self) -> None:
        self.texts: list[tuple[int, str]] = []

    async def send(self, chat: int, text: str, buttons: object) -> str:
        self.texts.append((chat, text))
        return str(len(self.texts))

    async def updates(self, offset: int | None, *, seconds: int) -> Sequence[dict[str, Any]]:
        return ()

    async def call_here(self, url: str, secret: str) -> None: ...

    async def call_nowhere(self) -> None: ...

    async def close(self) -> None: ...


def updates() -> list[dict[str, Any]]:
    """Four of each chat: a request, an opt-out, a question, and one that is never acted on."""
    said: list[dict[str, Any]] = []
    for chat in range(1, CHATS + 1):
        mailbox = f"person{chat}@example.org"
        said += [
            {"message": a_message(chat, f"access {mailbox}")},
            {"message": a_message(chat, f"unsubscribe {mailbox}")},
            {"message": a_message(chat, "policy_question about orders")},
            {"edited_message": a_message(chat, f"deletion {mailbox}")},
        ]
    return [{"update_id": number, **update} for number, update in enumerate(said, 1)]


async def effects_of(delivered: Sequence[dict[str, Any]], folder: Path) -> dict[str, Any]:
    """Accept what is delivered, a hundred at a time with work in between; then what is left behind."""
    folder.mkdir()
    house = House(folder=folder)
    bot, time = Taking(), iter(range(10**9))

    async def no_wait(seconds: float) -> None: ...

    pace = {"rings": Pace(clock=lambda: 60.0 * next(time), sleep=no_wait)}
    # Whose codes leave first is the order's doing, so none waits for the caps on mail here.
    plain = replace(house.desk(), caps=Caps(mails_an_hour=10**6, mails_to_a_domain=10**6))
    desk = replace(plain, channels={**plain.channels, "telegram": TelegramChannel({"rings": bot}, pace=pace)})
    for number, update in enumerate(delivered):
        await accept(desk, arrival_of(bot, json.dumps(update).encode(), str(update["update_id"]), NOW))
        if number % 100 == 99:
            await work(desk)
    await work(desk)
    await house.close()
    with closing(sqlite3.connect(folder / "desk.sqlite3")) as database:
        left: dict[str, Any] = {name: database.execute(sql).fetchall() for name, sql in EFFECTS.items()}
    greeted = sorted(chat for chat, text in bot.texts if "This chat is stored" in text)
    return left | {"sent": len(bot.texts), "greeted": greeted, "mails": sorted(mail.recipient for mail in house.post)}


async def test_three_deliveries_in_any_order_do_what_one_ordered_pass_does(tmp_path: Path) -> None:
    once = updates()
    thrice = random.Random(9).sample(once * 3, 3 * len(once))

    ordered = await effects_of(once, tmp_path / "ordered")
    shuffled = await effects_of(thrice, tmp_path / "shuffled")

    assert ordered["inbox"] == [(4 * CHATS, 4 * CHATS)]
    assert len(ordered["requests"]) == 2 * CHATS
    assert not [row for row in ordered["requests"] if row[0] == "deletion"]
    assert ordered["sent"] == 4 * CHATS
    assert ordered["greeted"] == [*range(1, CHATS + 1)]
    assert shuffled == ordered
