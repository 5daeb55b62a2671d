"""A quotation leads to the stored text of its version, where its lines stand out, on a page that runs nothing."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from bot.channels.webchat import policy_path
from bot.core.effects import Quotation
from bot.web.policies import PolicyPages
from tests.engine.fakes import House

RAW = (
    b"Privacy policy\n\nWe collect your <b>name</b> & e-mail address.\nWe keep orders for seven years.\n"
    b"\nCookies\n\nNone.\n"
)
VERSION = hashlib.sha256(RAW).hexdigest()


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    house = House(folder=tmp_path)
    desk = house.desk()
    await desk.store.import_policy_row("rings", VERSION, "policy.txt", RAW, house.now)
    transport = httpx.ASGITransport(app=Starlette(routes=PolicyPages(desk.store, desk.playbooks).routes()))
    async with httpx.AsyncClient(transport=transport, base_url="https://desk.example") as client:
        yield client
    await house.close()


async def test_the_quoted_lines_stand_out_among_the_others(client: httpx.AsyncClient) -> None:
    quoted = Quotation(text="x", section="", first_line=3, last_line=4, policy_sha256=VERSION)

    page = await client.get(policy_path("rings", quoted))

    assert page.status_code == 200
    assert '<p id="L3" class="quoted">' in page.text
    assert '<p id="L4" class="quoted">' in page.text
    assert '<p id="L6">' in page.text
    assert "We keep orders for seven years." in page.text


async def test_the_page_shows_text_as_text_and_runs_nothing(client: httpx.AsyncClient) -> None:
    page = await client.get(f"/policy/rings/{VERSION}")
    style = await client.get("/policy/policy.css")

    assert "&lt;b&gt;name&lt;/b&gt; &amp; e-mail" in page.text
    assert "<script" not in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert style.headers["Content-Type"].startswith("text/css")


@pytest.mark.parametrize("path", [f"nobody/{VERSION}", "rings/" + "0" * 64, f"rings/{VERSION[:8]}", "rings/x"])
async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(f"/policy/{path}")).status_code == 404


@pytest.mark.parametrize("lines", ["", "x", "3-", "-3", "9" * 30, "3-<b>"])
async def test_odd_lines_are_no_lines(client: httpx.AsyncClient, lines: str) -> None:
    page = await client.get(f"/policy/rings/{VERSION}", params={"lines": lines})

    assert page.status_code == 200
