"""Pages that anybody with a link can reach: they take little, and never break."""

from collections.abc import AsyncIterator

import pytest
from httpx import ASGITransport, AsyncClient
from starlette.applications import Starlette

from bot import staff
from bot.engine.newsletters import STOP, headers_for
from bot.store.suppression import Entry
from bot.web.one_click import OneClickPages
from tests.engine.fakes import KEYS, House
from tests.web.test_packages import PUBLIC, a_browser, an_offer, dora

MOST = 1_000_000


async def test_a_package_of_a_request_that_was_refused_meanwhile_is_gone(house: House) -> None:
    desk = house.desk()
    reference, path = await an_offer(house, desk)
    await staff.deny(dora(house, desk), reference, reason="suspected_fraud", words="It was not you.")

    async with a_browser(desk) as browser:
        answer = await browser.post(path)

    assert answer.status_code == 410


@pytest.mark.parametrize("page", ["package", STOP])
async def test_a_page_does_not_read_more_than_a_form_of_ours_holds(house: House, page: str) -> None:
    desk = house.desk()
    if page == STOP:
        pages = OneClickPages(desk, public_url=PUBLIC).routes()
        entry = Entry(brand="rings", purpose="marketing", address="ada@example.org")
        link = headers_for(KEYS, entry, public_url=PUBLIC, mailbox="hello@shop.example").list_unsubscribe
        path = link[1:].partition(">")[0].removeprefix(PUBLIC)
        browser = AsyncClient(transport=ASGITransport(app=Starlette(routes=list(pages))), base_url=PUBLIC)
    else:
        _, path = await an_offer(house, desk)
        browser = a_browser(desk)
    read = 0

    async def flood() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(200):
            read += 50_000
            yield b"x" * 50_000

    async with browser:
        await browser.post(path, content=flood())

    assert read <= MOST
