"""A real Chromium before a real console: what it asks for, runs and opens is written down."""

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE = 90_000


@dataclass(kw_only=True)
class Running:
    """Something asynchronous in a thread of its own, beside the browser's."""

    thing: Any = None
    _ready: threading.Event = field(default_factory=threading.Event)
    _loop: Any = None
    _stop: Any = None

    def ask(self, question: Awaitable[Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(_waited(question), self._loop).result(180)

    async def run(self, opened: AbstractAsyncContextManager[Any]) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        try:
            async with opened as self.thing:
                self._ready.set()
                await self._stop.wait()
        finally:
            self._ready.set()


async def _waited(question: Awaitable[Any]) -> Any:
    return await question


@contextmanager
def running(open_it: Callable[[], AbstractAsyncContextManager[Any]]) -> Iterator[Running]:
    """The thing that `open_it` opens, for as long as the block lasts."""
    found = Running()
    thread = threading.Thread(target=lambda: asyncio.run(found.run(open_it())))
    thread.start()
    found._ready.wait(600)
    assert found.thing is not None, "it did not start"
    try:
        yield found
    finally:
        found._loop.call_soon_threadsafe(found._stop.set)
        thread.join(60)


@contextmanager
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield browser
        browser.close()


@dataclass(kw_only=True)
class Window:
    """A window of the browser, and what happened in it that should not have."""

    page: Any
    url: str
    amiss: list[str]

    def go(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")

    def sign_in(self, name: str, password: str, code: str) -> None:
        self.go("/sign-in")
        for field_name, value in (("name", name), ("password", password), ("code", code)):
            self.page.fill(f"#{field_name}", value)
        self.page.click("button.primary")
        self.page.wait_for_url(lambda url: "/sign-in" not in url)

    def shoot(self, name: str) -> None:
        """Keep a picture, where CONSOLE_SHOTS names a folder."""
        if folder := os.environ.get("CONSOLE_SHOTS"):
            self.page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def window(browser: Any, url: str, *, width: int = 1280, scheme: str = "light", state: Any = None) -> Window:
    """A new window that writes down every request to another host, dialog, new window, error and complaint."""
    context = browser.new_context(
        viewport={"width": width, "height": 860},
        color_scheme=scheme,
        locale="en",
        has_touch=width < 500,
        storage_state=state,
    )
    context.set_default_timeout(PATIENCE)
    page, amiss = context.new_page(), []
    host = url.split("/console")[0]
    allowed = (host, "data:", "about:", "blob:")
    context.on("request", lambda request: None if request.url.startswith(allowed) else amiss.append(request.url))
    page.on("dialog", lambda dialog: (amiss.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("popup", lambda popup: amiss.append(f"window {popup.url}"))
    page.on("pageerror", lambda error: amiss.append(str(error)))
    page.on("download", lambda download: amiss.append(f"download {download.suggested_filename}"))
    return Window(page=page, url=url, amiss=amiss)
