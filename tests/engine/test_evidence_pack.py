"""The evidence of a whole life reads as a story: who asked, how that was checked, what was due, done and told."""

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot import staff
from bot.engine.desk import Desk
from bot.staff import Clerk
from bot.staff.evidence_pack import Pack, gather
from bot.staff.evidence_page import page_of, plain_of
from bot.store import NotAllowed
from tests.core.builders import ONE_MONTH

from .fakes import House, a_mail, receive, work
from .letters import code_in

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(folder=tmp_path)
    yield made
    await made.close()


async def a_whole_life(house: House, desk: Desk) -> str:
    """Mail, code, extension, completion and a complaint; returns the first request's reference."""
    clocks = (replace(ONE_MONTH, extended=3),)
    playbooks = {"rings": replace(desk.playbooks["rings"], clocks=clocks, regulator="The Office")}
    dora = Clerk(name="dora", store=desk.store, playbooks=playbooks, now=lambda: house.now)
    await receive(desk, a_mail("Please let me have access to <b>all</b> you hold, access please"))
    await work(desk)
    house.later(minutes=7)
    await receive(desk, a_mail(code_in(house), number=2), now=house.now)
    await work(desk)
    (row,) = await desk.store.requests()
    house.later(days=1)
    await staff.take(dora, row.reference)
    await staff.note(dora, row.reference, words="The order system has two accounts.")
    house.later(days=9)
    await staff.extend(dora, row.reference, words="There are two accounts, and the older one is on paper.")
    await work(desk)
    house.later(days=20)
    await staff.complete(dora, row.reference, words="All that we hold was handed to you in the shop.")
    await work(desk)
    await desk.store.evidence.anchor()
    return row.reference


async def the_pack(house: House, desk: Desk, reference: str) -> Pack:
    return await gather(desk.store, desk.channels, {"rings": "Rings & Co"}, reference, by="finn", now=house.now)


async def test_the_story_is_told_in_order_from_the_first_mail_to_the_last_letter(house: House) -> None:
    desk = house.desk()
    reference = await a_whole_life(house, desk)

    pack = await the_pack(house, desk, reference)

    told = [moment.headline for moment in pack.moments]
    steps = (
        "A message came in by e-mail.",
        "The privacy assistant wrote to the person: a confirmation code.",
        "Verified at level 1",
        "dora set the request to “being worked on”",
        "dora wrote a note.",
        "dora took more time",
        "dora set the request to “completed”",
        "finn looked at the request (export).",
    )
    places = [next(n for n, headline in enumerate(told) if headline.startswith(step)) for step in steps]
    assert places == sorted(places)
    assert [clock.outcome for clock in pack.clocks] == ["kept"] * len(pack.clocks)
    assert {sent.outcome for sent in pack.sent} == {"taken over by the receiving server"}
    assert pack.faults == ()


async def test_the_page_stands_alone_and_shows_words_as_words(house: House) -> None:
    desk = house.desk()
    pack = await the_pack(house, desk, await a_whole_life(house, desk))

    page = page_of(pack)
    if folder := os.environ.get("SHOW_EVIDENCE"):
        Path(folder, "evidence.html").write_text(page)

    assert "&lt;b&gt;all&lt;/b&gt;" in page
    assert [word for word in ("<script", "http://", "https://", "src=", "url(") if word in page] == []
    assert "There are two accounts, and the older one is on paper." in page
    assert "Your code: ······" in page


async def test_a_record_that_was_changed_is_said_on_the_page(house: House) -> None:
    desk = house.desk()
    reference = await a_whole_life(house, desk)
    async with desk.store.database.writing() as connection:
        await connection.exec_driver_sql("UPDATE audit SET actor = 'nobody' WHERE actor = 'dora' AND number = 3")

    pack = await the_pack(house, desk, reference)

    assert len(pack.faults) == 1
    assert "The record below is not what was written" in page_of(pack)


async def test_the_same_facts_are_json(house: House) -> None:
    desk = house.desk()
    reference = await a_whole_life(house, desk)

    plain = plain_of(await the_pack(house, desk, reference))

    assert plain["reference"] == reference
    assert {"moments", "clocks", "sent", "record", "verification"} <= set(plain)
    assert isinstance(plain["moments"][0]["at"], str)


async def test_there_is_no_evidence_of_what_is_not_there(house: House) -> None:
    with pytest.raises(NotAllowed):
        await the_pack(house, house.desk(), "PD-NONE-NONE")
