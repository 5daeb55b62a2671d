"""The customers' pages in a real browser: by keyboard, on a desk and on a telephone, in the light and in the dark.

CUSTOMERS_SHOTS=folder keeps screenshots.
"""

import asyncio
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from bot.core.tickets import State
from tests.engine.fakes import House, work
from tests.engine.letters import code_in
from tests.web.customers import HOME, PagesHouse, pages_house

CHROMIUM = Path("/usr/bin/chromium")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [
    pytest.mark.real_server,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed"),
]
_ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
SIZES = {"desk": (1280, 800), "phone": (320, 640)}

#: The contrast of every text on the page with what lies behind it (WCAG 2.2, 1.4.3).
CONTRASTS = """() => {
  const parts = c => c.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const light = c => parts(c).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if (!/, 0\\)$|transparent/.test(c)) return c; } return 'rgb(255, 255, 255)'; };
  return [...document.querySelectorAll('p, h1, label, button, input[name=code]')].map(e => {
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05); });
}"""


@dataclass(kw_only=True)
class Running:
    """The pages of a house on a port of loopback, in a thread of its own."""

    folder: Path
    port: int = 0
    rooms: PagesHouse | None = None
    _ready: threading.Event = field(default_factory=threading.Event)
    _loop: Any = None
    _stop: Any = None

    def start(self) -> threading.Thread:
        thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        thread.start()
        assert self._ready.wait(60)
        return thread

    def do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def url(self, purpose: str) -> str:
        assert self.rooms is not None
        return f"http://127.0.0.1:{self.port}{self.rooms.link(purpose)}"

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)

    async def _run(self) -> None:
        house = House(folder=self.folder)
        self.rooms = pages_house(house)
        await self.rooms.ask()
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(self.rooms.app, log_level="warning"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        self._ready.set()
        await self._stop.wait()
        server.should_exit = True
        await serving
        await house.close()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    made = Running(folder=tmp_path)
    thread = made.start()
    yield made
    made.stop()
    thread.join(30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as player:
        opened = player.chromium.launch(executable_path=str(CHROMIUM), args=list(_ARGUMENTS))
        yield opened
        opened.close()


def a_page(browser: Any, size: str, colours: str) -> tuple[Any, list[str]]:
    """A page, and every address that it calls."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=colours)
    page, called = context.new_page(), []
    page.on("request", lambda request: called.append(request.url))
    return page, called


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_a_code_is_typed_by_keyboard_alone(running: Running, browser: Any, size: str, colours: str) -> None:
    assert running.rooms is not None
    page, called = a_page(browser, size, colours)
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
    page.goto(running.url("confirm"))

    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.evaluate("document.activeElement.id") == "code"
    assert page.get_by_label("Six-digit code").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert min(page.evaluate(CONTRASTS)) >= 4.5
    _shot(page, f"confirm-{size}-{colours}")

    page.keyboard.type("12")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert min(page.evaluate(CONTRASTS)) >= 4.5
    _shot(page, f"missing-{size}-{colours}")
    page.get_by_label("Six-digit code").fill("")
    page.keyboard.type(code_in(running.rooms.house))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("The code has reached us").wait_for()
    _shot(page, f"done-{size}-{colours}")

    running.do(work(running.rooms.desk))
    assert [row.state for row in running.do(running.rooms.desk.store.requests())] == [State.OPEN]
    assert all(url.startswith(f"http://127.0.0.1:{running.port}/") for url in called)
    assert [fault for fault in faults if "422" not in fault] == []
    page.context.close()


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_it_was_not_me_is_one_button(running: Running, browser: Any, size: str, colours: str) -> None:
    assert running.rooms is not None
    page, called = a_page(browser, size, colours)
    page.goto(running.url("deny"))

    assert page.get_by_role("button").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert min(page.evaluate(CONTRASTS)) >= 4.5
    box = page.get_by_role("button").bounding_box()
    assert box["height"] >= 44
    _shot(page, f"deny-{size}-{colours}")

    page.get_by_role("button", name="It was not me").click()
    page.get_by_text("Thank you for telling us").wait_for()
    running.do(work(running.rooms.desk))
    assert [row.state for row in running.do(running.rooms.desk.store.requests())] == [State.CANCELLED]
    assert all(url.startswith(f"http://127.0.0.1:{running.port}/") for url in called)
    page.context.close()


def test_the_browser_tells_no_other_page_where_it_was(running: Running, browser: Any) -> None:
    page, _ = a_page(browser, "desk", "light")
    page.goto(running.url("deny"))
    seen: list[Any] = []
    page.on("request", lambda request: seen.append(request.headers.get("referer")))
    page.get_by_role("button").click()
    page.get_by_text("Thank you for telling us").wait_for()

    assert seen == [None]
    assert HOME not in page.content()
    page.context.close()


def _shot(page: Any, name: str) -> None:
    if folder := os.environ.get("CUSTOMERS_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")
