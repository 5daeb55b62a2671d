"""The pages around the chat: the shop to try it on, the link to it, and the settings that say where it may be."""

import re
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError
from starlette.applications import Starlette

from bot.demo.page import NAME, shop_pages
from bot.settings import WebSettings
from bot.store import Store
from bot.web import application
from tests.engine.fakes import KEYS
from tests.web.fakes import ChatHouse

URL = "http://127.0.0.1:8080/demo"


async def fetch(app: Starlette, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://desk.example") as client:
        return await client.get(path)


async def test_the_shops_page_is_as_strict_as_a_careful_shop() -> None:
    answer = await fetch(Starlette(routes=shop_pages()), "/demo")

    assert "'unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?! src=\"/chat/widget.js\")", answer.text)
    assert not re.search(r"https?://", answer.text)


async def test_the_status_page_links_to_it(chat: ChatHouse) -> None:
    running = {NAME: URL, "odd": 'http://x/"><script>'}

    page = await fetch(application(chat.desk.store, running, shop_pages()), "/")

    assert f'<a href="{URL}">{URL}</a>' in page.text
    assert "<script>" not in page.text


@pytest.mark.parametrize("language", ["de", "de-AT", "DE"])
async def test_the_widget_speaks_the_language_of_the_page(chat: ChatHouse, language: str) -> None:
    answer = await chat.browser().client.get("/chat/setup", params={"language": language})

    assert answer.json()["language"] == "de"
    assert answer.json()["words"]["send"] == "Senden"


async def test_a_language_that_the_brand_does_not_speak_is_its_first(chat: ChatHouse) -> None:
    answer = await chat.browser().client.get("/chat/setup", params={"language": "../../etc/passwd"})

    assert answer.json()["language"] == "en"


@pytest.mark.parametrize("path", ["widget.js", "widget.css"])
async def test_the_widgets_files_may_be_used_by_any_site(chat: ChatHouse, path: str) -> None:
    answer = await chat.browser().client.get(f"/chat/{path}")

    assert answer.status_code == 200
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://www.shop.example", "https://www.shop.example"),
        ("https://WWW.Shop.example:443/", "https://www.shop.example"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_origin_is_kept_as_browsers_write_it(written: str, meant: str) -> None:
    assert WebSettings(chat_origins=(written,)).chat_origins == (meant,)
    assert WebSettings(public_url=written).public_url == meant


@pytest.mark.parametrize("wrong", ["*", "www.shop.example", "https://shop.example/page", "null", "ftp://shop.example"])
def test_what_is_no_origin_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError, match="scheme and a host"):
        WebSettings(chat_origins=(wrong,))


async def test_while_the_database_is_away_the_browser_is_told_to_come_again(chat: ChatHouse, tmp_path: Path) -> None:
    browser = chat.browser()
    await browser.open()
    away = Store.open(f"sqlite:///{tmp_path}/no/such/folder/desk.sqlite3", KEYS)
    object.__setattr__(chat.desk, "store", away)

    answer = await browser.say("deletion")

    assert (answer.status_code, answer.json()) == (503, {"error": "later"})
    assert answer.headers["retry-after"] == "5"
    await away.close()
