"""Level 2 on the whole road: a copy of somebody's data needs their mailbox and what only they and the shop know."""

import sqlite3
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from bot.core.tickets import State
from bot.directory import CsvDirectory
from bot.engine.desk import Desk

from .fakes import KEYS, House, a_mail, receive, work
from .letters import code_in, text_of

ORDER, POSTCODE = "MF-1023477", "SW1A 1AA"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    file = tmp_path / "customers.csv"
    file.write_text(f"email,order,zip\nada@example.org,{ORDER},{POSTCODE}\n", encoding="utf-8")
    columns = {"address": "email", "order_number": "order", "postcode": "zip"}
    house = House(folder=tmp_path, directory=CsvDirectory(file, columns, KEYS))
    yield house
    await house.close()


async def say(house: House, desk: Desk, text: str, number: int, *, sender: str = "ada@example.org") -> str:
    """Reply to the newest mail of ours to `sender`; gives what is said back."""
    newest = next(sent for sent in reversed(house.post) if sent.recipient == sender)
    replied = message_from_bytes(newest.payload, policy=policy.default)["Message-ID"]
    sent = len(house.post)
    await receive(desk, a_mail(text, sender=sender, number=number, In_Reply_To=replied), now=house.now)
    await work(desk)
    return "\n".join(text_of(one) for one in house.post[sent:])


async def asked(house: House, *, sender: str = "ada@example.org") -> Desk:
    """A request for a copy, its mailbox proved."""
    desk = house.desk()
    await receive(desk, a_mail("access please", sender=sender))
    await work(desk)
    await say(house, desk, code_in(house), 2, sender=sender)
    return desk


async def the_state(desk: Desk) -> State:
    (row,) = await desk.store.requests()
    return row.state


async def test_the_code_alone_asks_for_what_the_shop_knows(house: House) -> None:
    desk = await asked(house)

    assert await the_state(desk) is State.AWAITING_VERIFICATION
    assert "your order number, the postcode" in text_of(house.post[-1])


async def test_the_details_open_it_at_level_2(house: House) -> None:
    desk = await asked(house)

    said = await say(house, desk, f"They are {ORDER} and {POSTCODE}.", 3)

    detail = await desk.store.request((await desk.store.requests())[0].reference)
    assert detail is not None
    assert detail.verification is not None
    assert (detail.request.state, detail.verification.level) == (State.OPEN, 2)
    assert detail.verification.method == "code_and_match"
    assert "only you and the shop know" in said


async def test_the_details_stand_nowhere_afterwards(house: House, capfd: pytest.CaptureFixture[str]) -> None:
    desk = await asked(house)
    await say(house, desk, ORDER, 3)
    await say(house, desk, f"{ORDER}, 12345", 4)
    await say(house, desk, f"{ORDER}, {POSTCODE}", 5)
    await desk.store.claim("nobody", now=house.now, lease=house.now - house.now)

    with sqlite3.connect(house.folder / "desk.sqlite3") as database:
        dump = "\n".join(database.iterdump())
        raw = database.execute("SELECT raw FROM inbox ORDER BY id").fetchall()
    database.close()
    assert ORDER not in dump
    assert POSTCODE not in dump
    assert raw[2:] == [(None,)] * 3
    shown = "".join(capfd.readouterr())
    assert ORDER not in shown
    assert ORDER.encode() not in b"".join(path.read_bytes() for path in house.folder.glob("desk.sqlite3*"))


async def test_a_stranger_to_the_shop_hears_the_same_words_as_a_customer_with_a_wrong_number(house: House) -> None:
    desk = await asked(house)
    customer = [await say(house, desk, "MF-9999999, SW1A 1AA", number) for number in (3, 4, 5)]
    desk = await asked(house, sender="eve@example.org")
    stranger = [await say(house, desk, "MF-9999999, SW1A 1AA", n, sender="eve@example.org") for n in (3, 4, 5)]

    def plain(said: str) -> str:
        return "\n".join(line for line in said.splitlines() if "PD-" not in line)

    assert [plain(said) for said in customer] == [plain(said) for said in stranger]
    assert "You have 2 more tries" in customer[0]


async def test_after_three_tries_a_person_compares_and_not_even_the_right_details_open_it(house: House) -> None:
    desk = await asked(house)
    for number in (3, 4, 5):
        await say(house, desk, "MF-9999999, SW1A 1AA", number)

    await say(house, desk, f"{ORDER}, {POSTCODE}", 6)

    assert await the_state(desk) is State.AWAITING_VERIFICATION
    items = [item for item in await desk.store.staff_items() if item.reason == "stronger_proof_needed"]
    assert len(items) == 1


async def test_tries_are_counted_by_mailbox_and_not_by_talk(house: House) -> None:
    desk = await asked(house)
    for number in (3, 4, 5):
        await say(house, desk, "MF-9999999, SW1A 1AA", number)
    house.later(hours=2)
    await receive(desk, a_mail("portability please", number=10), now=house.now)
    await work(desk)
    await say(house, desk, code_in(house), 11)

    await say(house, desk, f"{ORDER}, {POSTCODE}", 12)

    assert {row.state for row in await desk.store.requests()} == {State.AWAITING_VERIFICATION}


async def test_a_day_later_there_are_new_tries(house: House) -> None:
    desk = await asked(house)
    for number in (3, 4, 5):
        await say(house, desk, "MF-9999999, SW1A 1AA", number)
    house.later(hours=25)
    await receive(desk, a_mail("access please", number=10), now=house.now)
    await work(desk)
    await say(house, desk, code_in(house), 11)

    await say(house, desk, f"{ORDER}, {POSTCODE}", 12)

    assert State.OPEN in {row.state for row in await desk.store.requests()}


async def test_who_answers_tomorrow_gets_a_new_code_and_then_the_question_again(house: House) -> None:
    desk = await asked(house)
    house.later(hours=30)

    said = await say(house, desk, f"{ORDER}, {POSTCODE}", 3)

    assert "confirmed too long ago" in said
    await say(house, desk, code_in(house), 4)
    await say(house, desk, f"{ORDER}, {POSTCODE}", 5)
    assert await the_state(desk) is State.OPEN
