"""The pages that Meta calls: the webhook of all three platforms, and the data deletion callback with its status page.

Law: bytes count only after their signature; 200 only after everything in a post is kept. The status page knows a
request by a code that only Meta and its user have, and says nothing but how it stands.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import parse_qs

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot import words
from bot.channels import Arrival
from bot.channels.meta.events import CameBack, Event, arrival_of, deletion_event, events_of
from bot.channels.meta.graph import explain
from bot.channels.meta.signing import Account, is_signed, is_word, read_signed_request
from bot.engine.desk import Desk
from bot.errors import BadMessage, StoreUnavailable
from bot.store import Accepted

_log = structlog.get_logger()

PATH = "/meta"
#: Meta posts at most this much at once.
_BIGGEST_POST = 3_000_000
#: Stands between the messages that one code is for.
_BETWEEN = "."
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

Take = Callable[[Arrival], Awaitable[Accepted]]


class MetaPages:
    """What hangs under `/meta`."""

    def __init__(self, desk: Desk, accounts: Sequence[Account], take: Take, *, public_url: str) -> None:
        self._desk = desk
        self._accounts = accounts
        self._take = take
        self._public_url = public_url

    def routes(self) -> list[Route]:
        return [
            Route(PATH, self._verify, methods=["GET"]),
            Route(PATH, self._post, methods=["POST"]),
            Route(f"{PATH}/deletion", self._delete, methods=["POST"]),
            Route(f"{PATH}/deletion/{{code}}", self._status, methods=["GET"]),
        ]

    async def _verify(self, request: Request) -> Response:
        """The first call: whoever knows our word gets its challenge back."""
        shown = request.query_params.get("hub.verify_token", "")
        known = any(is_word(shown, account.verify) for account in self._accounts)
        if request.query_params.get("hub.mode") != "subscribe" or not known:
            return _plain("not found", 404)
        return PlainTextResponse(request.query_params.get("hub.challenge", ""), headers=_HEADERS)

    async def _post(self, request: Request) -> Response:
        raw = await _body(request)
        if raw is None:
            return _plain("too large", 413)
        shown = request.headers.get("X-Hub-Signature-256", "")
        signed_for = [account for account in self._accounts if is_signed(raw, shown, account.secret)]
        if not signed_for:
            return _plain("not signed", 403)
        try:
            events = list(events_of(raw))
        except BadMessage as fault:
            _log.warning("a post of meta not understood", reason=str(fault))
            return _plain("not understood", 400)
        try:
            for event in events:
                await self._keep(event, signed_for)
        except StoreUnavailable:
            return _plain("later", 503)
        return _plain("ok", 200)

    async def _keep(self, event: Event | CameBack, signed_for: Sequence[Account]) -> None:
        """An event of an account that is not ours, or that another app has signed, is nobody's."""
        account = next((one for one in signed_for if one.id == event.account), None)
        if account is None:
            _log.warning("an event of an unknown account", account=event.account)
        elif isinstance(event, Event):
            if event.platform == account.platform:
                await self._take(arrival_of(event, account.brand, self._desk.now()))
        elif event.outbox_id:
            await self._desk.store.chats.send_by_mail(event.outbox_id, reason=explain(event.code))

    async def _delete(self, request: Request) -> Response:
        """Data deletion request callback: where to look, and a code.

        Meta signs for an app, which may serve several brands; nobody knows to which of them its user has spoken, so
        each of them gets the request.
        """
        raw = await _body(request) or b""
        given = parse_qs(raw.decode("ascii", "replace")).get("signed_request", [""])[0]
        said = {account: found for account in self._accounts if (found := _signed_for(account, given))}
        if not said:
            return _plain("not signed", 403)
        kept = []
        for account in {account.brand: account for account in reversed(said)}.values():
            event = deletion_event(
                account.platform, account.id, str(said[account]["user_id"]), said[account].get("issued_at", "")
            )
            try:
                kept.append((await self._take(arrival_of(event, account.brand, self._desk.now()))).inbox_id)
            except StoreUnavailable:
                return _plain("later", 503)
        code = self._code(_BETWEEN.join(sorted(kept)))
        told = {"url": f"{self._public_url}{PATH}/deletion/{code}", "confirmation_code": code}
        return JSONResponse(told, headers=_HEADERS)

    async def _status(self, request: Request) -> Response:
        """How a deletion stands; whoever guesses a code sees the same as for none."""
        code = request.path_params["code"]
        inbox_ids = code.partition("-")[0]
        known = inbox_ids.split(_BETWEEN) if self._is_code(code, inbox_ids) else []
        found = [asked for one in known if (asked := await self._desk.store.chats.request_of(one))]
        if not found:
            return _plain("not found", 404)
        return HTMLResponse(_page([self._stands(*one) for one in found]), headers=_HEADERS)

    def _stands(self, brand: str, reference: str, state: str) -> tuple[str, str]:
        """One sentence, and its language."""
        language = self._desk.playbooks[brand].languages[0]
        return words.phrase("status_closed", language, reference=reference, right="deletion", state=state), language

    def _code(self, inbox_ids: str) -> str:
        return f"{inbox_ids}-{self._desk.keys.digest('meta deletion', inbox_ids)[:20]}"

    def _is_code(self, code: str, inbox_ids: str) -> bool:
        marks = self._desk.keys.digests("meta deletion", inbox_ids)
        return any(is_word(code, f"{inbox_ids}-{mark[:20]}") for mark in marks)


def _signed_for(account: Account, given: str) -> Mapping[str, Any]:
    """What a signed request says of a user of this account's app, nothing where it is not signed for it."""
    try:
        said = read_signed_request(given, account.secret)
    except BadMessage:
        return {}
    return said if str(said.get("user_id") or "").isalnum() else {}


async def _body(request: Request) -> bytes | None:
    """The bytes posted, None where they are too many."""
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > _BIGGEST_POST:
            return None
    return raw


def _plain(text: str, status: int) -> Response:
    return PlainTextResponse(f"{text}\n", status_code=status, headers=_HEADERS)


def _page(sentences: Sequence[tuple[str, str]]) -> str:
    told = "".join(f'<p lang="{language}">{escape(text)}</p>' for text, language in sentences)
    text, language = sentences[0]
    head = f'<meta charset="utf-8"><title>{escape(text)}</title>'
    return f'<!doctype html><html lang="{language}">{head}{told}</html>'
