"""The page behind the link of every newsletter: one POST and there is no more (RFC 8058), one button for people.

Law: no GET changes anything, since mail scanners follow links; the answer to a mail program needs no cookie and no
other page; an address is shown only in part.
"""

import time
from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import words
from bot.engine import newsletters
from bot.engine.desk import Desk
from bot.engine.newsletters import RESUME, STOP
from bot.store.suppression import Entry
from bot.web.chat.limits import Limit, Rate
from bot.web.customers import fields_of
from bot.web.customers.pages import shown

#: A mail provider posts for many people from few addresses.
_BY_HOST = Rate(burst=2000, per_minute=6000)
_BY_LINK = Rate(burst=10, per_minute=10)


class OneClickPages:
    """The pages of a desk, under `/unsubscribe` and `/resubscribe`."""

    def __init__(self, desk: Desk, *, public_url: str, by_host: Rate = _BY_HOST, by_link: Rate = _BY_LINK) -> None:
        self._desk, self._public_url = desk, public_url
        self._by_host, self._by_link = Limit(by_host, time.monotonic), Limit(by_link, time.monotonic)

    def routes(self) -> tuple[Route, ...]:
        methods = ["GET", "POST"]
        return (
            Route(f"/{STOP}/{{token:str}}", self._stop, methods=methods),
            Route(f"/{RESUME}/{{token:str}}", self._resume, methods=methods),
        )

    async def _stop(self, request: Request) -> Response:
        entry = newsletters.read_stop(self._desk.keys, request.path_params["token"])
        if entry is None or entry.brand not in self._desk.playbooks:
            return self._lost(request)
        if request.method == "GET":
            return self._page(request, entry, "page_optout_title", "page_optout_text", button="page_optout_button")
        if self._is_too_fast(request):
            return self._page(request, entry, "page_optout_title", "page_slow", status=429)
        if "undo" in await fields_of(request) and self._public_url:
            await newsletters.offer_to_resume(self._desk, entry, public_url=self._public_url)
            return self._page(request, entry, "page_optout_title", "page_undo_sent")
        await newsletters.stop(self._desk, entry)
        undo = "page_undo_ask" if self._public_url else ""
        return self._page(request, entry, "page_optout_title", "page_optout_done", button=undo, name="undo")

    async def _resume(self, request: Request) -> Response:
        entry = newsletters.read_resume(self._desk.keys, request.path_params["token"], self._desk.now())
        if entry is None or entry.brand not in self._desk.playbooks:
            return self._lost(request)
        if request.method == "GET":
            return self._page(request, entry, "page_undo_title", "page_undo_text", button="page_undo_button")
        if self._is_too_fast(request):
            return self._page(request, entry, "page_undo_title", "page_slow", status=429)
        await newsletters.resume(self._desk, entry)
        return self._page(request, entry, "page_undo_title", "page_undo_done")

    def _is_too_fast(self, request: Request) -> bool:
        host = request.client.host if request.client else ""
        return bool(self._by_host.wait(host) or self._by_link.wait(request.path_params["token"][:100]))

    def _page(
        self,
        request: Request,
        entry: Entry,
        title: str,
        text: str,
        *,
        button: str = "",
        name: str = "",
        status: int = 200,
    ) -> Response:
        language, shop = self._language(request), self._desk.playbooks[entry.brand].shop
        values = {"shop": shop, "person": _in_part(entry.address)}
        content = f"<p>{escape(words.phrase(text, language, **values))}</p>"
        if button:
            named = f' name="{name}" value="1"' if name else ""
            content += f'<form method="post"><button{named}>{escape(words.phrase(button, language))}</button></form>'
        return shown(words.phrase(title, language), content, shop=shop, language=language, status=status)

    def _lost(self, request: Request) -> Response:
        language = self._language(request)
        content = f"<p>{escape(words.phrase('page_old', language))}</p>"
        return shown(words.phrase("page_optout_title", language), content, shop="", language=language, status=410)

    def _language(self, request: Request) -> str:
        """The first of the browser's languages that we speak, else English."""
        wanted = (
            part.partition(";")[0].strip()[:2].lower() for part in request.headers.get("accept-language", "").split(",")
        )
        return next((name for name in wanted if name in words.languages()), "en")


def _in_part(address: str) -> str:
    """Enough for its owner, e.g. "a…@example.org"."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}…{at}{domain}"
