"""One press and there is no more: by a mail program, by a person's button, or by the newsletter's own address."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from httpx import ASGITransport, AsyncClient
from starlette.applications import Starlette

from bot.engine import newsletters
from bot.engine.desk import Desk
from bot.store.suppression import Entry
from bot.web.one_click import OneClickPages
from tests.engine.fakes import KEYS, SHOP, House, a_mail, receive, work
from tests.engine.letters import text_of

pytestmark = pytest.mark.anyio

PUBLIC = "https://privacy.shop.example"
EVE = Entry(brand="rings", purpose="marketing", address="eve@example.org")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(folder=tmp_path)
    yield made
    await made.close()


def a_browser(desk: Desk, public_url: str = PUBLIC) -> AsyncClient:
    pages = OneClickPages(desk, public_url=public_url).routes()
    return AsyncClient(transport=ASGITransport(app=Starlette(routes=list(pages))), base_url=PUBLIC)


def link(entry: Entry = EVE) -> str:
    """The path in the header of a newsletter."""
    headers = newsletters.headers_for(KEYS, entry, public_url=PUBLIC, mailbox=SHOP)
    found = re.match(rf"<{PUBLIC}(/unsubscribe/[\w-]+)>, <mailto:", headers.list_unsubscribe)
    assert found
    return found[1]


async def test_a_mail_programs_post_stops_it_at_once_and_is_on_record(house: House) -> None:
    desk = house.desk()
    async with a_browser(desk) as browser:
        answer = await browser.post(link(), data={"List-Unsubscribe": "One-Click"})

    assert (answer.status_code, answer.history) == (200, [])
    assert await desk.store.suppression.has(EVE)
    (row,) = await desk.store.requests()
    assert (row.right, row.subject, row.level) == ("unsubscribe", "eve@example.org", 0)
    assert await desk.store.evidence.faults() == []


async def test_a_hundred_visits_change_nothing_and_show_no_whole_address(house: House) -> None:
    desk = house.desk()
    async with a_browser(desk) as browser:
        pages = [await browser.get(link()) for _ in range(100)]

    assert {page.status_code for page in pages} == {200}
    assert "e…@example.org" in pages[0].text
    assert "eve@example.org" not in pages[0].text
    assert "eve" not in link()
    assert not await desk.store.suppression.has(EVE)


async def test_a_post_that_is_repeated_makes_one_request(house: House) -> None:
    desk = house.desk()
    async with a_browser(desk) as browser:
        for _ in range(3):
            assert (await browser.post(link())).status_code == 200

    assert len(await desk.store.requests()) == 1


async def test_each_link_is_for_its_recipient_and_purpose_alone(house: House) -> None:
    desk = house.desk()
    async with a_browser(desk) as browser:
        await browser.post(link())

    assert not await desk.store.suppression.has(Entry(brand="rings", purpose="sale", address=EVE.address))
    assert not await desk.store.suppression.has(Entry(brand="rings", purpose="marketing", address="bob@example.org"))


@pytest.mark.parametrize("token", ["", "x", "A" * 120])
async def test_a_link_that_is_none_of_ours_does_nothing(house: House, token: str) -> None:
    async with a_browser(house.desk()) as browser:
        answer = await browser.post(f"/unsubscribe/{token or 'none'}")

    assert answer.status_code == 410


async def test_it_is_taken_back_only_by_a_link_that_went_to_the_mailbox(house: House) -> None:
    desk = house.desk()
    async with a_browser(desk) as browser:
        await browser.post(link())
        forged = await browser.post(link().replace("unsubscribe", "resubscribe"))
        asked = await browser.post(link(), data={"undo": "1"})
        still = await desk.store.suppression.has(EVE)
        await work(desk)
        (mail,) = house.post
        found = re.search(rf"{PUBLIC}(/resubscribe/[\w-]+)", text_of(mail).replace("=\n", ""))
        assert found
        await browser.get(found[1])
        after_a_visit = await desk.store.suppression.has(EVE)
        done = await browser.post(found[1])

    assert mail.recipient == EVE.address
    assert (forged.status_code, asked.status_code, done.status_code) == (410, 200, 200)
    assert (still, after_a_visit, await desk.store.suppression.has(EVE)) == (True, True, False)


async def test_the_link_that_takes_it_back_ends_after_a_week(house: House) -> None:
    desk = house.desk()
    async with a_browser(desk) as browser:
        await browser.post(link())
        await browser.post(link(), data={"undo": "1"})
        await work(desk)
        found = re.search(rf"{PUBLIC}(/resubscribe/[\w-]+)", text_of(house.post[-1]).replace("=\n", ""))
        assert found
        house.later(days=8)
        late = await browser.post(found[1])

    assert late.status_code == 410
    assert await desk.store.suppression.has(EVE)


async def test_nobody_is_flooded_by_presses_of_the_button(house: House) -> None:
    desk = house.desk()
    async with a_browser(desk) as browser:
        await browser.post(link())
        for _ in range(8):
            await browser.post(link(), data={"undo": "1"})
            await work(desk)

    assert len(house.post) == 3


async def test_the_newsletters_own_address_stops_it_whoever_sends_the_mail(house: House) -> None:
    desk = house.desk()
    headers = newsletters.headers_for(KEYS, EVE, public_url="", mailbox=SHOP)
    found = re.fullmatch(rf"<mailto:{SHOP}\?subject=(.+)>", headers.list_unsubscribe)
    assert found
    await receive(desk, a_mail("", sender="eve.other@example.net", Subject=unquote(found[1])))
    await work(desk)

    assert headers.list_unsubscribe_post == ""
    assert await desk.store.suppression.has(EVE)
    assert not await desk.store.suppression.has(
        Entry(brand="rings", purpose="marketing", address="eve.other@example.net")
    )
    assert "no more marketing" in text_of(house.post[-1])


async def test_a_mail_program_that_says_it_is_one_is_heard_and_not_answered(house: House) -> None:
    desk = house.desk()
    headers = newsletters.headers_for(KEYS, EVE, public_url="", mailbox=SHOP)
    subject = unquote(headers.list_unsubscribe.partition("subject=")[2].rstrip(">"))
    await receive(desk, a_mail("", Subject=subject, Auto_Submitted="auto-generated"))
    await work(desk)

    assert await desk.store.suppression.has(EVE)
    assert house.post == []


async def test_a_subject_that_only_looks_like_it_stops_nothing(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("Hello", Subject=f"unsubscribe {'A' * 100}"))
    await work(desk)

    assert await desk.store.suppression.unconfirmed() == []
