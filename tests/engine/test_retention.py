"""What was kept long enough goes by itself, class by class; what is under way stays; the record stays whole."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import staff
from bot.channels import Arrival
from bot.channels.mail.attachments import without_attachments
from bot.engine.desk import Desk
from bot.engine.intake import accept
from bot.engine.upkeep import keep_house, strip
from bot.staff import Clerk
from bot.store.retention import Schedule
from bot.store.schema import Inbox, Outbox, Request
from tests.core.builders import ONE_MONTH

from .fakes import House, a_mail, receive, work
from .letters import code_in

pytestmark = pytest.mark.anyio

SCHEDULE = Schedule()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(folder=tmp_path)
    yield made
    await made.close()


def with_attachment(text: str = "access", number: int = 1) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ada@example.org", "hello@shop.example", "Hello"
    mail["Message-ID"] = f"<{number}@customers.example>"
    mail.set_content(text)
    mail.add_attachment(b"%PDF secret scan", maintype="application", subtype="pdf", filename="passport.pdf")
    return mail.as_bytes()


async def a_closed_request(house: House, desk: Desk, *mails: bytes) -> str:
    await receive(desk, *(mails or (a_mail("access"),)))
    await work(desk)
    await receive(desk, a_mail(code_in(house), number=9))
    await work(desk)
    (row,) = await desk.store.requests()
    clerk = Clerk(name="dora", store=desk.store, playbooks=desk.playbooks, now=lambda: house.now)
    await staff.take(clerk, row.reference)
    await staff.complete(clerk, row.reference)
    await work(desk)
    return row.reference


async def cells(desk: Desk, column: object) -> list[object]:
    async with desk.store.database.reading() as connection:
        return list(await connection.scalars(select(column)))  # type: ignore[call-overload]


async def erased_after(house: House, desk: Desk, **delay: float) -> dict[str, int]:
    house.later(**delay)
    counted = await desk.store.retention.due(SCHEDULE)
    done = await desk.store.retention.run(SCHEDULE, strip)
    # What one class has taken is no more there for the next.
    assert all(done[name] <= count for name, count in counted.items())
    assert await desk.store.evidence.faults() == []
    return {name: count for name, count in done.items() if count}


async def test_each_class_goes_when_its_own_time_is_over(house: House) -> None:
    desk = house.desk()
    await a_closed_request(house, desk, with_attachment())
    before = await erased_after(house, desk, days=6)

    attachments = await erased_after(house, desk, days=2)
    has_passport = [b"passport.pdf" in raw or b"secret scan" in raw for raw in await cells(desk, Inbox.raw)]
    raw = await erased_after(house, desk, days=90)
    people = await erased_after(house, desk, days=300)

    assert before == {}
    assert attachments == {"attachments": 1}
    assert not any(has_passport)
    assert raw["raw_mail"] == 2
    assert await cells(desk, Inbox.raw) == [None, None]
    assert (people["conversations"], people["tickets"]) == (1, 1)
    assert set(await cells(desk, Outbox.recipient)) == {""}
    (row,) = await desk.store.requests()
    assert row.state.value == "completed"
    assert "@" not in row.claimed_address + row.subject
    assert await erased_after(house, desk, days=1) == {}


async def test_who_was_erased_at_the_shop_is_forgotten_here_after_a_month(house: House) -> None:
    desk = house.desk()
    await a_closed_request(house, desk, a_mail("deletion"))
    before = await erased_after(house, desk, days=29)

    after = await erased_after(house, desk, days=2)

    (row,) = await desk.store.requests()
    assert before == {}
    assert after["deletions"] == 1
    assert "@" not in row.subject + row.claimed_address
    assert await cells(desk, Inbox.raw) == [None, None]


async def test_what_is_under_way_is_not_touched_however_old(house: House) -> None:
    desk = house.desk()
    await receive(desk, with_attachment())
    await work(desk)

    assert await erased_after(house, desk, days=2000) == {}


async def test_california_keeps_whose_request_it_was_for_24_months(house: House) -> None:
    desk = house.desk()
    clocks = (replace(ONE_MONTH, regime="california"),)
    desk = replace(desk, playbooks={"rings": replace(desk.playbooks["rings"], clocks=clocks)})
    await a_closed_request(house, desk)

    after_a_year = await erased_after(house, desk, days=700)
    after_two = await erased_after(house, desk, days=40)

    assert "tickets" not in after_a_year
    assert after_two == {"tickets": 1}


async def test_the_running_desk_keeps_house_by_itself(house: House) -> None:
    desk = house.desk()
    await a_closed_request(house, desk, with_attachment())
    house.later(days=8)

    await keep_house(desk)

    assert [count for count in await cells(desk, Inbox.attachments) if count] == []
    assert [anchor.day for anchor in await desk.store.evidence.anchors()] == [house.now.date().isoformat()]


async def test_an_identity_document_goes_at_once_and_that_is_on_record(house: House) -> None:
    desk = house.desk()
    await receive(desk, with_attachment())
    await work(desk)
    (row,) = await desk.store.requests()

    count = await desk.store.retention.purge_attachments(row.reference, strip, by="dora", why="identity_document")

    assert count == 1
    assert b"secret scan" not in b"".join(raw for raw in await cells(desk, Inbox.raw) if isinstance(raw, bytes))
    detail = await desk.store.request(row.reference)
    assert detail is not None
    assert (detail.audit[-1].actor, detail.audit[-1].event) == ("dora", "attachments_purged")


async def test_a_code_that_nobody_typed_is_forgotten_when_its_request_is_closed(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("deletion"))
    await work(desk)
    (row,) = await desk.store.requests()
    clerk = Clerk(name="dora", store=desk.store, playbooks=desk.playbooks, now=lambda: house.now)
    await staff.cancel(clerk, row.reference)
    await work(desk)

    assert await erased_after(house, desk, days=9) == {"codes": 1}


async def test_a_chat_is_forgotten_at_the_word_of_whoever_sits_in_it(house: House) -> None:
    desk = house.desk()
    await says(house, desk, "deletion, my secret is seedling")
    shown = await says(house, desk, "/mydata")

    told = await says(house, desk, "/forget")

    assert "held_here" in shown
    assert told[0] == "forgotten"
    assert b"seedling" not in b"".join(raw for raw in await cells(desk, Inbox.raw) if isinstance(raw, bytes))
    assert await cells(desk, Request.reference) == []


async def says(house: House, desk: Desk, text: str) -> list[str]:
    """The keys of the lines that answer it."""
    before = set(await cells(desk, Outbox.id))
    arrival = Arrival(
        channel="terminal",
        brand="rings",
        raw=json.dumps({"chat": "chat-1", "text": text}).encode(),
        received_at=house.now,
        external_id=f"{text}-id",
    )
    await accept(desk, arrival)
    await work(desk)
    async with desk.store.database.reading() as connection:
        rows = await connection.execute(select(Outbox.id, Outbox.parts))
    new = [part["line"] for row in rows if row.id not in before for part in row.parts if "line" in part]
    assert all(isinstance(name, str) for name in new)
    return [name for name in new if name != "chat_greeting"]


def test_a_mail_loses_its_attachments_and_keeps_its_words() -> None:
    left = without_attachments(with_attachment("my words"))

    assert left is not None
    assert b"my words" in left
    assert b"passport" not in left
    assert b"secret" not in left


def test_a_mail_without_attachments_keeps_its_words() -> None:
    left = without_attachments(a_mail("my words"))

    assert left is not None
    assert b"my words" in left
