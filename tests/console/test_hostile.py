"""Hostile mails and file names in a real browser: nothing runs, asks, goes elsewhere or is sent (T24, T25)."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette

from bot.console.app import console
from bot.console.mailview import framed
from tests.console.browsing import Running, Window, chromium, running, window
from tests.console.fakes import PASSWORD, Room, a_room
from tests.console.hostile import EVIL, FILE_NAMES, HTML, mail_with, mail_with_file
from tests.engine.fakes import receive, work


class _Quiet(uvicorn.Server):
    def install_signal_handlers(self) -> None: ...


@asynccontextmanager
async def a_served_room(folder: Path) -> AsyncIterator[tuple[Room, str]]:
    """A room whose console is served on loopback, with every hostile mail in it."""
    async with a_room(folder) as room:
        mails = [mail_with(markup, number) for number, markup in enumerate(HTML)]
        mails += [mail_with_file(name, number) for number, name in enumerate(FILE_NAMES)]
        await receive(room.desk, *mails)
        await work(room.desk)
        await room.hire("ida", "lead")
        listening = socket.create_server(("127.0.0.1", 0))
        server = _Quiet(uvicorn.Config(Starlette(routes=[console(room.office)]), log_level="error", lifespan="off"))
        task = asyncio.create_task(server.serve(sockets=[listening]))
        yield room, f"http://127.0.0.1:{listening.getsockname()[1]}/console"
        server.should_exit = True
        await task
        listening.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("hostile")
    with running(lambda: a_served_room(folder)) as found:
        yield found


@pytest.fixture(scope="module")
def clerk(served: Running) -> Iterator[Window]:
    room, url = served.thing
    with chromium() as browser:
        opened = window(browser, url)
        opened.sign_in("ida", PASSWORD, room.code("ida"))
        yield opened


def references(served: Running, names: str) -> list[str]:
    room, _ = served.thing
    rows = served.ask(room.desk.store.requests(limit=1000))
    return [row.reference for row in rows if row.claimed_address.startswith(names)]


_EVERYTHING = """() => {
  for (const frame of document.querySelectorAll('details')) frame.open = true;
}"""
_TOUCH = """() => {
  const found = [...document.querySelectorAll('.message a, .message button, .message input')];
  for (const one of found) {
    one.dispatchEvent(new MouseEvent('mouseover', {bubbles: true}));
    one.focus();
    one.click();
  }
  return found.length;
}"""
_HARMED = "() => Boolean(window.harmed)"


def look_at(clerk: Window, reference: str) -> Any:
    """Open the case and its frame, and touch whatever the mail has brought along."""
    clerk.go(f"/case/{reference}")
    address = clerk.page.url
    clerk.page.evaluate(_EVERYTHING)
    touched = clerk.page.evaluate(_TOUCH)
    for frame in clerk.page.frames[1:]:
        for link in frame.query_selector_all("a, button, input, [tabindex]"):
            link.click(timeout=1000, force=True)
    clerk.page.wait_for_timeout(80)
    assert clerk.page.url == address
    assert not clerk.page.evaluate(_HARMED)
    return touched


@pytest.mark.real_server
def test_hostile_mails_do_nothing_at_all_to_the_clerk_who_reads_them(served: Running, clerk: Window) -> None:
    found = references(served, "eve")
    assert len(found) == len(HTML) == 35
    frames = 0

    for reference in found:
        look_at(clerk, reference)
        frames += len(clerk.page.frames) - 1
        assert clerk.amiss == [], reference

    assert frames == len(HTML)


@pytest.mark.real_server
def test_hostile_file_names_do_nothing_and_are_shown_as_names(served: Running, clerk: Window) -> None:
    found = references(served, "file")
    assert len(found) == len(FILE_NAMES) == 16

    for reference in found:
        look_at(clerk, reference)
        shown = clerk.page.locator(".file").all_inner_texts()
        assert len(shown) == 1
        assert len(shown[0]) <= 120
        assert not any(sign in shown[0] for sign in "\u202e\x00/\\\r\n")
        assert clerk.amiss == [], reference


@pytest.mark.real_server
def test_a_browser_that_is_harmed_would_be_noticed(clerk: Window) -> None:
    """The same mails in a page without our care."""
    noticed = []
    for markup in (HTML[0], HTML[2], HTML[6], HTML[10], HTML[12]):
        bare = window(clerk.page.context.browser, clerk.url)
        bare.page.set_content(markup, wait_until="commit")
        bare.page.wait_for_timeout(150)
        noticed.append(bool(bare.amiss))
        bare.page.context.close()

    assert noticed == [True] * 5


@pytest.mark.real_server
def test_lists_and_tables_of_hostile_mails_are_quiet_too(clerk: Window) -> None:
    for path in ("/cases", "/handed", "/held", "/figures", "/audit"):
        clerk.go(path)
        clerk.page.wait_for_load_state("networkidle")

    assert clerk.amiss == []


@pytest.mark.parametrize("markup", HTML)
def test_what_a_frame_is_given_names_no_host_and_has_nothing_active(markup: str) -> None:
    document = framed(markup).partition("content=light>")[2].lower()

    for sign in (
        "<script",
        "<img",
        "<form",
        "<input",
        "<button",
        "<iframe",
        "<link",
        "<svg",
        "<meta",
        "<base",
        "<style",
    ):
        assert sign not in document
    for sign in (" on", "href=", "src=", "style=", "action=", "background="):
        assert sign not in "".join(part.partition(">")[0] for part in document.split("<")[1:])
    assert EVIL not in "".join(part.partition(">")[0] for part in document.split("<")[1:])
