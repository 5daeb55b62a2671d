"""The widget in a real browser: a talk to a verified ticket and to a refused question, on a desk and on a telephone.

CHAT_SHOTS=folder keeps screenshots.
"""

import asyncio
import os
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.channels.mail.sink import MailSink
from bot.demo.customers import code_mails
from bot.demo.house import demo_settings, sink_running
from bot.demo.page import NAME, shop_pages
from bot.service import Service, serving
from bot.web.chat.pages import widget_words

CHROMIUM = Path("/usr/bin/chromium")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [
    pytest.mark.real_server,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed"),
]

_QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
_ALONE = ("--disable-component-update", "--disable-sync")
PATIENCE = 30_000


@dataclass(kw_only=True)
class Desk:
    """The demo's desk in a thread of its own."""

    folder: Path
    chat_origins: tuple[str, ...] = ()
    service: Service | None = None
    sink: MailSink | None = None
    _ready: threading.Event = field(default_factory=threading.Event)
    _stop: Any = None

    @property
    def url(self) -> str:
        assert self.service is not None
        return f"http://127.0.0.1:{self.service.web_port}"

    def start(self) -> threading.Thread:
        thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        thread.start()
        assert self._ready.wait(120)
        return thread

    def stop(self) -> None:
        loop, stop = self._stop
        loop.call_soon_threadsafe(stop.set)

    def ask(self, question: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(question, self._stop[0]).result(10)

    def code_for(self, address: str) -> str:
        assert self.sink is not None
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if found := [mail.code for mail in code_mails(self.sink) if mail.address == address]:
                return found[-1]
            time.sleep(0.1)
        raise AssertionError("no code was mailed")

    async def _run(self) -> None:
        stop = asyncio.Event()
        self._stop = (asyncio.get_running_loop(), stop)
        try:
            async with sink_running(self.folder) as self.sink:
                usual = demo_settings(self.sink, folder=self.folder, doors=False)
                web = usual.web.model_copy(update={"chat_origins": self.chat_origins})
                settings = usual.model_copy(update={"web": web})
                async with serving(settings, more_pages={NAME: shop_pages()}) as self.service:
                    self._ready.set()
                    await stop.wait()
        finally:
            self._ready.set()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    running = Desk(folder=tmp_path_factory.mktemp("chat"))
    thread = running.start()
    assert running.service is not None, "the desk did not start"
    yield running
    running.stop()
    thread.join(30)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=[*_QUIET, *_ALONE])
        yield browser
        browser.close()


@dataclass(kw_only=True)
class Visitor:
    """Somebody who looks at the shop's page."""

    page: Any
    desk: Desk
    #: Requests to other hosts, and what the console complained about.
    amiss: list[str]

    def open(self) -> None:
        self.page.goto(f"{self.desk.url}/demo")
        self.page.locator("privacy-chat .launcher").click()

    def say(self, text: str) -> str:
        """Write and send; returns the answer."""
        self.page.get_by_role("textbox").fill(text)
        answers = self.answers
        self.page.get_by_role("textbox").press("Enter")
        return self.next_answer(answers)

    def next_answer(self, before: int) -> str:
        newest = self.page.locator("privacy-chat .bot").nth(before)
        newest.wait_for(timeout=PATIENCE)
        return str(newest.inner_text())

    @property
    def answers(self) -> int:
        return int(self.page.locator("privacy-chat .bot").count())

    @property
    def bubbles(self) -> list[str]:
        return list(self.page.locator("privacy-chat .message").all_inner_texts())

    def shoot(self, name: str) -> None:
        if folder := os.environ.get("CHAT_SHOTS"):
            self.page.screenshot(path=f"{folder}/{name}.png")


def visit(
    chromium: Any,
    desk: Desk,
    *,
    width: int = 1280,
    scheme: str = "light",
    language: str = "en",
    at: tuple[str, ...] = (),
) -> Visitor:
    """A new browser; `at` are the places besides the desk that it may call."""
    context = chromium.new_context(
        viewport={"width": width, "height": 844}, color_scheme=scheme, locale=language, has_touch=width < 500
    )
    context.set_default_timeout(PATIENCE)
    page, amiss = context.new_page(), []
    page.on("console", lambda said: amiss.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: amiss.append(str(error)))
    page.on(
        "request", lambda request: amiss.append(request.url) if not request.url.startswith((desk.url, *at)) else None
    )
    if language != "en":

        def in_that_language(route: Any) -> None:
            answer = route.fetch()
            route.fulfill(response=answer, body=answer.text().replace('lang="en"', f'lang="{language}"'))

        page.route("**/demo", in_that_language)
    return Visitor(page=page, desk=desk, amiss=amiss)


#: What the button is called, what is said when the code was right, a question that is not ours, what is said to that.
TALKS = {
    "en": ("Delete my data", "is confirmed", "Do you sell gift vouchers?", "help with privacy"),
    "de": ("Meine Daten löschen", "ist bestätigt", "Haben Sie Gutscheine?", "helfe beim Datenschutz"),
}


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("en", "dark"), ("de", "dark")])
def test_a_talk_goes_from_delete_my_data_to_a_verified_ticket_and_a_refused_question(
    chromium: Any, desk: Desk, language: str, width: int, scheme: str
) -> None:
    wish, confirmed, nonsense, purpose = TALKS[language]
    visitor = visit(chromium, desk, width=width, scheme=scheme, language=language)
    name = f"{language}-{width}-{scheme}"
    address = f"{name}@example.org"

    visitor.open()
    visitor.shoot(f"{name}-1-open")
    visitor.page.get_by_role("button", name=wish, exact=True).click()
    visitor.next_answer(0)
    visitor.shoot(f"{name}-2-asked")
    visitor.say(address)
    answer = visitor.say(desk.code_for(address))
    visitor.shoot(f"{name}-3-confirmed")

    assert confirmed in answer
    reference = re.search(r"PD-\w{4}-\w{4}", answer)
    assert reference is not None
    assert desk.service is not None
    detail = desk.ask(desk.service.desk.store.request(reference.group()))
    assert detail.request.state.value == "open"
    assert purpose in visitor.say(nonsense)
    visitor.shoot(f"{name}-4-refused")
    before = visitor.bubbles
    visitor.page.reload()
    visitor.page.locator("privacy-chat .bot").nth(3).wait_for()
    assert visitor.bubbles == before
    visitor.shoot(f"{name}-5-again")
    assert visitor.amiss == []


def test_the_frame_follows_the_language_of_the_talk(chromium: Any, desk: Desk) -> None:
    visitor = visit(chromium, desk)
    visitor.open()

    visitor.say("Bitte löscht mein Konto und alle meine Daten.")

    page = visitor.page
    page.get_by_role("dialog", name="Datenschutz-Chat").wait_for()
    words = widget_words("de")
    assert page.get_by_role("textbox").get_attribute("placeholder") == words["hint"]
    assert page.locator("privacy-chat").get_attribute("lang") == "de"
    page.reload()
    page.get_by_role("dialog", name=words["title"]).wait_for()
    assert visitor.amiss == []


def test_it_is_worked_by_keyboard_alone_and_says_what_it_is(chromium: Any, desk: Desk) -> None:
    visitor = visit(chromium, desk)
    page = visitor.page
    page.goto(f"{desk.url}/demo")
    launcher = page.get_by_role("button", name="Privacy chat", exact=True)
    launcher.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Privacy chat")
    dialog.wait_for()

    assert page.evaluate("document.querySelector('privacy-chat').shadowRoot.activeElement.tagName") == "TEXTAREA"
    assert page.get_by_role("log", name="Conversation").is_visible()
    assert page.get_by_role("textbox", name="Your message").is_visible()
    assert page.get_by_role("button", name="Send", exact=True).is_visible()
    assert page.get_by_role("group", name="Frequent wishes").get_by_role("button").count() == 5
    assert page.evaluate(UNNAMED) == []
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert page.evaluate("document.querySelector('privacy-chat').shadowRoot.activeElement.className") == "launcher"
    assert visitor.amiss == []


#: Whatever can be clicked or written in and has no name, or is too small for a finger (WCAG 2.2, 24 px).
UNNAMED = """() => [...document.querySelector('privacy-chat').shadowRoot.querySelectorAll('button, textarea')]
  .filter((element) => element.checkVisibility())
  .filter((element) => {
    const { width, height } = element.getBoundingClientRect();
    return !(element.getAttribute('aria-label') || element.textContent.trim()) || width < 24 || height < 24;
  }).map((element) => element.outerHTML)"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_colours_can_be_told_apart(chromium: Any, desk: Desk, scheme: str) -> None:
    visitor = visit(chromium, desk, scheme=scheme)
    visitor.open()
    visitor.say("Which cookies do you use?")

    assert visitor.page.evaluate(FAINT) == []


#: Texts whose contrast to what lies behind them is under 4.5 : 1 (WCAG 1.4.3).
FAINT = """() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const found = rgba(getComputedStyle(at).backgroundColor);
      if (found[3] > 250) return found;
    }
    return rgba('white');
  };
  const root = document.querySelector('privacy-chat').shadowRoot;
  return [...root.querySelectorAll('h2, p, button, span, blockquote, figcaption, textarea')]
    .filter((element) => element.checkVisibility() && !element.classList.contains('hidden'))
    .map((element) => {
      const [one, other] = [light(rgba(getComputedStyle(element).color)), light(behind(element))];
      const contrast = (Math.max(one, other) + .05) / (Math.min(one, other) + .05);
      return [element.textContent || element.tagName, contrast];
    }).filter(([, contrast]) => contrast < 4.5);
}"""


def test_what_is_said_is_never_markup(chromium: Any, desk: Desk) -> None:
    visitor = visit(chromium, desk)
    visitor.open()
    nasty = "<img src=x onerror=document.title='taken'><b>delete my data</b>"

    visitor.say(nasty)
    visitor.page.reload()
    visitor.page.locator("privacy-chat .bot").first.wait_for()

    assert nasty in visitor.bubbles[0]
    assert visitor.page.locator("privacy-chat .log img, privacy-chat .log b").count() == 0
    assert visitor.page.title() != "taken"
    assert visitor.amiss == []


def test_a_message_written_without_a_connection_goes_out_once_when_it_is_back(chromium: Any, desk: Desk) -> None:
    visitor = visit(chromium, desk)
    visitor.open()
    visitor.say("Which cookies do you use?")
    visitor.page.context.set_offline(True)
    visitor.page.get_by_role("textbox").fill("HUMAN")
    visitor.page.get_by_role("textbox").press("Enter")
    visitor.page.get_by_text("No connection").wait_for()
    visitor.shoot("offline")
    visitor.page.context.set_offline(False)

    visitor.next_answer(1)
    visitor.page.reload()
    visitor.page.locator("privacy-chat .bot").nth(1).wait_for()

    said = visitor.page.locator("privacy-chat .you p").all_inner_texts()
    assert said == ["Which cookies do you use?", "HUMAN"]


def test_two_tabs_show_one_talk_and_both_survive_the_code(chromium: Any, desk: Desk) -> None:
    visitor = visit(chromium, desk)
    visitor.open()
    visitor.say("Please delete my data.")
    other = Visitor(page=visitor.page.context.new_page(), desk=desk, amiss=[])
    other.open()
    visitor.page.bring_to_front()
    visitor.say("tabs@example.org")
    visitor.say(desk.code_for("tabs@example.org"))
    other.page.bring_to_front()
    other.page.locator("privacy-chat .bot").nth(2).wait_for()

    assert other.bubbles == visitor.bubbles
    assert other.page.get_by_role("textbox").is_visible()


def test_an_ended_chat_leaves_nothing_in_the_browser(chromium: Any, desk: Desk) -> None:
    visitor = visit(chromium, desk)
    visitor.open()
    visitor.say("Which cookies do you use?")
    visitor.page.get_by_role("button", name="End this chat").click()
    visitor.page.get_by_role("group", name="Frequent wishes").wait_for()

    assert visitor.bubbles == []
    visitor.page.reload()
    visitor.page.get_by_role("group", name="Frequent wishes").wait_for()
    assert visitor.bubbles == []
    assert visitor.page.context.cookies() == []


#: As strict as a shop's page can be: scripts and calls to the desk, nothing else.
STRICT = "default-src 'none'; script-src {desk}; connect-src {desk}; require-trusted-types-for 'script'"


class ShopPage(BaseHTTPRequestHandler):
    """One page of another site, with the one tag that the README names."""

    def do_GET(self) -> None:
        desk = type(self).desk_url
        page = f'<!doctype html><html lang="fr"><title>Shop</title><body><script src="{desk}/chat/widget.js"></script>'
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", STRICT.format(desk=desk))
        self.end_headers()
        self.wfile.write(page.encode() if self.path == "/" else b"")

    def log_message(self, format: str, *values: object) -> None:
        pass

    desk_url = ""


@pytest.fixture
def shop_url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), ShopPage) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_it_works_on_another_sites_page_under_a_strict_policy_and_leaves_no_cookie(
    chromium: Any, shop_url: str, tmp_path: Path
) -> None:
    desk = Desk(folder=tmp_path, chat_origins=(shop_url,))
    thread = desk.start()
    try:
        ShopPage.desk_url = desk.url
        visitor = visit(chromium, desk, at=(shop_url,))
        page = visitor.page
        page.goto(shop_url)
        page.locator("privacy-chat .launcher").click()
        page.get_by_role("button", name="Cookies", exact=True).click()
        visitor.next_answer(0)
        visitor.shoot("fr-other-site")
        page.reload()
        page.locator("privacy-chat .bot").first.wait_for()

        assert len(visitor.bubbles) == 2
        assert page.context.cookies() == []
        assert visitor.amiss == []
    finally:
        desk.stop()
        thread.join(30)


def test_a_session_that_is_over_says_so_and_a_new_one_keeps_what_was_being_written(chromium: Any, desk: Desk) -> None:
    visitor = visit(chromium, desk)
    visitor.open()
    visitor.say("Which cookies do you use?")
    [cookie] = visitor.page.context.cookies()
    visitor.page.context.add_cookies([cookie | {"value": "rested for too long"}])

    visitor.page.get_by_role("textbox").fill("Please delete my data.")
    visitor.page.get_by_role("textbox").press("Enter")
    visitor.page.get_by_text("This chat has ended").wait_for()
    visitor.shoot("over")
    visitor.page.get_by_role("button", name="Start a new chat").click()

    deadline = time.monotonic() + 10
    while visitor.bubbles and time.monotonic() < deadline:
        visitor.page.wait_for_timeout(50)
    assert visitor.bubbles == []
    assert visitor.page.get_by_role("textbox").input_value() == "Please delete my data."
    visitor.page.get_by_role("textbox").press("Enter")
    assert "Which e-mail address" in visitor.next_answer(0)


def test_a_desk_that_stops_lets_waiting_browsers_go(chromium: Any, tmp_path: Path) -> None:
    desk = Desk(folder=tmp_path)
    thread = desk.start()
    visitor = visit(chromium, desk)
    visitor.open()
    visitor.say("Which cookies do you use?")

    began = time.monotonic()
    desk.stop()
    thread.join(30)

    assert time.monotonic() - began < 10
