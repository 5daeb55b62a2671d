"""Tries at a proof are few, however they are made: side by side, or beside something else that is granted."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.console import doors
from bot.console.doors import MOST_FAILURES
from bot.core.tickets import State
from bot.directory import CsvDirectory
from tests.console.fakes import Room, a_room
from tests.engine.fakes import KEYS, House
from tests.engine.test_directory_road import ORDER, POSTCODE, asked, say


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[House]:
    """A house whose shop knows Ada."""
    file = tmp_path / "customers.csv"
    file.write_text(f"email,order,zip\nada@example.org,{ORDER},{POSTCODE}\n", encoding="utf-8")
    columns = {"address": "email", "order_number": "order", "postcode": "zip"}
    house = House(folder=tmp_path, directory=CsvDirectory(file, columns, KEYS))
    yield house
    await house.close()


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with a_room(tmp_path) as opened:
        yield opened


async def test_a_wrong_guess_at_details_is_paid_though_its_message_opens_another_request(shop: House) -> None:
    desk = await asked(shop)
    others = ("correction", "restriction", "objection")
    for number, right in enumerate(others, 3):
        shop.later(minutes=1)
        await say(shop, desk, f"MF-9999999, SW1A 1AA {right}", number)
    assert {row.right for row in await desk.store.requests()} >= set(others)

    shop.later(minutes=1)
    await say(shop, desk, f"{ORDER}, {POSTCODE}", 9)

    (copy,) = [row for row in await desk.store.requests() if row.right == "access"]
    assert copy.state is State.AWAITING_VERIFICATION


async def test_what_is_asked_beside_details_is_not_lost_with_them(shop: House) -> None:
    desk = await asked(shop)

    await say(shop, desk, f"{ORDER}, {POSTCODE}, and my name is spelt Adah correction", 3)

    (row,) = [row for row in await desk.store.requests() if row.right == "correction"]
    talk = await desk.store.heard_before(row.conversation, "~")
    assert talk is not None
    assert b"Adah" in talk.raw


async def test_guesses_at_a_password_side_by_side_are_no_more_than_one_after_another(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "HASHING", asyncio.Semaphore(2))
    await room.hire("ada", "agent")
    browsers = [room.browser() for _ in range(3 * MOST_FAILURES)]

    answers = await asyncio.gather(*(browser.sign_in("ada", password="wrong", code="000000") for browser in browsers))

    assert sum("That did not work" in answer.text for answer in answers) <= MOST_FAILURES + 1
