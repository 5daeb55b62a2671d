"""The evidence of a whole life reads as a story: who asked, how that was checked, what was due, done and told."""

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from bot import staff
from bot.core.draft import line
from bot.core.playbook import Mode
from bot.core.sweeping import Step
from bot.engine.desk import Desk
from bot.staff import Clerk, packaging
from bot.staff.evidence_pack import Pack, gather
from bot.staff.evidence_page import page_of, plain_of
from bot.staff.evidence_words import sentence_of
from bot.store import NotAllowed
from bot.store.audit import AuditRow
from tests.core.builders import NOW, ONE_MONTH

from .fakes import House, a_mail, receive, work
from .letters import code_in

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(folder=tmp_path)
    yield made
    await made.close()


async def a_whole_life(house: House, desk: Desk) -> str:
    """Mail, code, extension, package, completion and a complaint; returns the first request's reference."""
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
    house.later(minutes=1)
    await packaging.add_file(dora, row.reference, "orders.txt", b"three rings")
    offered = await packaging.offer(dora, row.reference, public_url="https://privacy.shop.example")
    package = await desk.store.packages.by_token(offered.token)
    assert package is not None
    await work(desk)
    house.later(minutes=1)
    await desk.store.packages.send_code(package.id, mode=Mode.AUTOMATIC, parts=(line("the_code"),))
    await work(desk)
    house.later(minutes=3)
    assert await desk.store.packages.open(package.id, code_in(house))
    await desk.store.packages.file(package.id, package.items[0].id)
    house.later(days=20)
    await staff.complete(dora, row.reference, words="All that we hold was handed to you in the shop.")
    await work(desk)
    house.later(days=2)
    await receive(
        desk,
        a_mail("complaint , it took you far too long", number=3, In_Reply_To=the_last_mail(house)),
        now=house.now,
    )
    await work(desk)
    house.later(minutes=1)
    await desk.store.evidence.anchor()
    return row.reference


def the_last_mail(house: House) -> str:
    return str(message_from_bytes(house.post[-1].payload, policy=policy.default)["Message-ID"])


async def the_pack(house: House, desk: Desk, reference: str) -> Pack:
    return await gather(desk.store, desk.channels, {"rings": "Rings & Co"}, reference, by="finn", now=house.now)


async def test_the_story_is_told_in_order_from_the_first_mail_to_the_last_letter(house: House) -> None:
    desk = house.desk()
    reference = await a_whole_life(house, desk)

    pack = await the_pack(house, desk, reference)

    told = [moment.headline for moment in pack.moments]
    steps = (
        "A message came in by e-mail.",
        "The privacy assistant sent the person a fresh code.",
        "Verified at level 1",
        "dora set the request to “being worked on”",
        "dora wrote a note.",
        "dora took more time",
        "dora made the package ready",
        "The person opened the package with a fresh code.",
        "The person downloaded a file of the package.",
        "dora set the request to “completed”",
        "In the same conversation the person asked for something else as well: a complaint about privacy.",
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


def test_notices_of_the_record_read_as_sentences() -> None:
    def told(what: str) -> str:
        return sentence_of(
            AuditRow(chain="c", number=1, at=NOW, event="told", actor="bot", details={"what": what}, digest="d")
        )

    assert told("due 2026-04-02 in_7_days") == "Staff were warned a week before the time limit of 2026-04-02."
    assert told("due 2026-04-02 over") == "Staff were told that the time limit of 2026-04-02 was over."
    assert [told(step.value) for step in Step if "Staff were told:" in told(step.value)] == []
