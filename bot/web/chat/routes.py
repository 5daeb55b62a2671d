"""What the widget calls: the set-up, a session, what was said, and one more message.

Law: no GET changes anything; a message that is sent twice is taken once; whoever asks too much is told when to go on.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from bot.channels import Arrival
from bot.channels.webchat import LONGEST_TEXT, NAME, Said, WebChatChannel, read_said, written
from bot.engine.desk import Desk, typed_codes
from bot.engine.intake import chat_conversation
from bot.errors import BadMessage, StoreUnavailable
from bot.store import Accepted
from bot.web.chat.browser import Browser, BrowserRefused, json_of, no_store
from bot.web.chat.limits import Limit, Rate
from bot.web.chat.pages import setup_of, widget_routes
from bot.web.chat.sessions import Session, is_marked, mark, new_session, successor
from bot.web.chat.transcript import Standing, Transcript, kept_for, read_standing, read_transcript

#: A person writes at most so fast; an office behind one address writes more.
_BY_CHAT = Rate(burst=10, per_minute=20)
_BY_HOST = Rate(burst=60, per_minute=120)
_FETCHES = Rate(burst=60, per_minute=240)
#: Messages of one chat that may wait for us at once.
_MOST_UNHANDLED = 8
#: Browsers of one chat that may wait for news at once.
_MOST_WAITING = 6
#: Seconds that a fetch without news is held; shorter than the patience of usual proxies.
_HOLD = 20.0
#: Seconds after which a held fetch looks for itself: another process may have answered and its word been lost.
_LOOK_AGAIN = 3.0

Take = Callable[[Arrival], Awaitable[Accepted]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How much is taken: from one chat, from one network address, and fetches of one chat."""

    by_chat: Rate = _BY_CHAT
    by_host: Rate = _BY_HOST
    fetches: Rate = _FETCHES


class Chat:
    """The chat of a desk, under `/chat`."""

    def __init__(
        self,
        desk: Desk,
        take: Take,
        *,
        public_url: str = "",
        origins: Sequence[str] = (),
        rates: Rates | None = None,
        hold: float = _HOLD,
        look_again: float = _LOOK_AGAIN,
    ) -> None:
        channel = desk.channels[NAME]
        assert isinstance(channel, WebChatChannel)
        rates = rates or Rates()
        self.channel = channel
        self._desk, self._take, self._hold, self._look_again = desk, take, hold, look_again
        self._public_url, self._origins = public_url, frozenset(origins)
        self._by_chat = Limit(rates.by_chat, time.monotonic)
        self._by_host = Limit(rates.by_host, time.monotonic)
        self._fetches = Limit(rates.fetches, time.monotonic)

    def mount(self) -> Mount:
        """The routes, with leave for the configured shops' pages to call them."""
        cross_origin = Middleware(
            CORSMiddleware,
            allow_origins=sorted(self._origins),
            allow_methods=("GET", "POST"),
            allow_headers=("Authorization", "Content-Type"),
            max_age=600,
        )
        routes = (
            *widget_routes(),
            Route("/setup", self._setup),
            Route("/session", self._open, methods=["POST"]),
            Route("/end", self._end, methods=["POST"]),
            Route("/messages", self._fetch, methods=["GET"]),
            Route("/messages", self._say, methods=["POST"]),
        )
        faults = {BrowserRefused: _refused, StoreUnavailable: _unavailable}
        return Mount("/chat", app=Starlette(routes=routes, middleware=[cross_origin], exception_handlers=faults))

    async def _setup(self, request: Request) -> Response:
        browser = self._browser(request)
        return no_store(setup_of(self._desk.playbooks[browser.brand], request.query_params.get("language", "")))

    async def _open(self, request: Request) -> Response:
        """The session that the browser has, else a new one."""
        browser = self._browser(request, changes=True)
        await json_of(request)
        session = browser.session
        if session is None or not self._is_alive(session, await self._standing(session)):
            session = new_session(browser.brand, self._desk.now())
        return browser.carry(session, {})

    async def _end(self, request: Request) -> Response:
        return self._browser(request, changes=True).forget()

    async def _fetch(self, request: Request) -> Response:
        """What was said; without news the answer waits a while."""
        browser = self._browser(request)
        session = browser.session
        if session is None:
            return no_store({"session": "ended" if browser.carries_one else "none", "entries": []})
        if wait := self._fetches.wait(session.chat):
            raise _too_fast(wait)
        seen = request.query_params.get("seen", "")
        transcript = await self._news(session, seen, hold=self._hold if "hold" in request.query_params else 0.0)
        if not self._is_alive(session, transcript):
            return no_store({"session": "ended", "entries": []})
        return no_store({"session": "open", "seen": transcript.tag, "entries": list(transcript.entries)})

    async def _news(self, session: Session, seen: str, *, hold: float) -> Transcript:
        until = time.monotonic() + (hold if self.channel.door.waits(session.chat) < _MOST_WAITING else 0.0)
        while True:
            with self.channel.door.waiting(session.chat) as news:
                transcript = await self._transcript(session)
                left = until - time.monotonic()
                stale = transcript.tag != seen or not self._is_alive(session, transcript)
                if stale or left <= 0 or self.channel.door.closed:
                    return transcript
                with suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), min(left, self._look_again))

    async def _say(self, request: Request) -> Response:
        """Take one message; the answer to it is fetched."""
        browser = self._browser(request, changes=True)
        given = await json_of(request)
        session = browser.session
        if session is None:
            raise BrowserRefused(401, "ended")
        said = _said(session, given)
        # Whoever types a code goes on as somebody new: if it is right, nobody else knows the session (T15).
        heir = successor(session, said.id, self._desk.keys) if typed_codes(said.text) else session
        standing = await self._standing(session)
        if not (self._is_alive(session, standing) or self._is_alive(heir, standing)):
            raise BrowserRefused(401, "ended")
        self._slow_down(request, session, standing)
        accepted = await self._take(self._arrival(session, heir, said))
        self.channel.door.ring(session.chat)
        carried = heir if accepted.fresh or await self._was_kept_for(heir, accepted.inbox_id) else session
        return browser.carry(carried.active(self._desk.now()), {"id": accepted.inbox_id}, status=202)

    def _arrival(self, session: Session, heir: Session, said: Said) -> Arrival:
        return Arrival(
            channel=NAME,
            brand=session.brand,
            raw=written(said),
            received_at=self._desk.now(),
            external_id=f"{said.chat}:{said.id}",
            envelope={"session": mark(heir, self._desk.keys)},
        )

    def _slow_down(self, request: Request, session: Session, standing: Standing) -> None:
        host = request.client.host if request.client else ""
        if wait := self._by_chat.wait(session.chat) or self._by_host.wait(host):
            raise _too_fast(wait)
        if standing.unhandled >= _MOST_UNHANDLED:
            raise _too_fast(5)

    async def _was_kept_for(self, heir: Session, inbox_id: str) -> bool:
        """The same message came before: whether it was then kept for `heir`."""
        return is_marked(heir, await kept_for(self._desk.store, inbox_id), self._desk.keys)

    def _browser(self, request: Request, *, changes: bool = False) -> Browser:
        """Raises `BrowserRefused` for a brand or an origin that is not ours."""
        browser = Browser(
            request=request,
            keys=self._desk.keys,
            now=self._desk.now(),
            public_url=self._public_url,
            default_brand=next(iter(self._desk.playbooks), ""),
        )
        if browser.brand not in self._desk.playbooks:
            raise BrowserRefused(404, "no_such_brand")
        if changes and not browser.is_at_home and browser.origin not in self._origins:
            raise BrowserRefused(403, "wrong_origin")
        return browser

    async def _transcript(self, session: Session) -> Transcript:
        return await read_transcript(self._desk.store, self.channel, self._conversation(session), session.chat)

    async def _standing(self, session: Session) -> Standing:
        return await read_standing(self._desk.store, self._conversation(session))

    def _conversation(self, session: Session) -> str:
        return chat_conversation(self._desk, NAME, session.brand, session.chat)

    def _is_alive(self, session: Session, chat: Standing | Transcript) -> bool:
        return not chat.proved_by or is_marked(session, chat.proved_by, self._desk.keys)


def _said(session: Session, given: dict[str, Any]) -> Said:
    text = given.get("text")
    if isinstance(text, str) and len(text) > LONGEST_TEXT:
        raise BrowserRefused(413, "too_long")
    said = {"chat": session.chat, "id": given.get("id"), "text": text, "language": given.get("language")}
    try:
        return read_said(json.dumps(said).encode())
    except BadMessage as error:
        raise BrowserRefused(400, "not_understood") from error


def _too_fast(wait: int) -> BrowserRefused:
    return BrowserRefused(429, "too_fast", wait=wait)


async def _refused(request: Request, fault: Exception) -> Response:
    del request
    assert isinstance(fault, BrowserRefused)
    return no_store({"error": fault.code}, status=fault.status, wait=fault.wait)


async def _unavailable(request: Request, fault: Exception) -> Response:
    del request, fault
    return no_store({"error": "later"}, status=503, wait=5)
