"""The two pages that a code mail may lead to, and what their one button sends.

Law: no GET changes anything, so a mail scanner that follows links does nothing; a form is good once; the same page
answers a right and a wrong code, and the person hears by mail which it was.
"""

import secrets
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import words
from bot.channels import Arrival
from bot.channels.page import NAME, written
from bot.engine.desk import Desk, typed_codes
from bot.engine.page_links import CONFIRM, DENY, page_token, read_page_token
from bot.store import Accepted
from bot.store.queries import CodeMail
from bot.web.chat.limits import Limit, Rate
from bot.web.customers import pages

_BY_HOST = Rate(burst=30, per_minute=60)
_BY_MAIL = Rate(burst=10, per_minute=5)
#: A form that has lain open for longer must be fetched anew.
_FORM_LIVES = timedelta(hours=1)
_LARGEST_BODY = 4096

Take = Callable[[Arrival], Awaitable[Accepted]]


class CustomersPages:
    """The pages of a desk, under `/deny` and `/confirm`."""

    def __init__(self, desk: Desk, take: Take, *, by_host: Rate = _BY_HOST, by_mail: Rate = _BY_MAIL) -> None:
        self._desk, self._take = desk, take
        self._by_host = Limit(by_host, time.monotonic)
        self._by_mail = Limit(by_mail, time.monotonic)

    def routes(self) -> tuple[Route, ...]:
        methods = ["GET", "POST"]
        return (
            Route(f"/{DENY}/{{token:str}}", self._deny, methods=methods),
            Route(f"/{CONFIRM}/{{token:str}}", self._confirm, methods=methods),
        )

    async def _deny(self, request: Request) -> Response:
        return await self._answer(request, DENY)

    async def _confirm(self, request: Request) -> Response:
        return await self._answer(request, CONFIRM)

    async def _answer(self, request: Request, purpose: str) -> Response:
        spoken = _spoken(request)
        host = request.client.host if request.client else ""
        if self._by_host.wait(host):
            return self._short("page_slow", purpose, language=spoken, status=429)
        outbox_id = read_page_token(self._desk.keys, purpose, request.path_params["token"], self._desk.now())
        mail = await self._desk.store.code_mail(outbox_id) if outbox_id else None
        if mail is None or mail.brand not in self._desk.playbooks:
            return self._short("page_old", purpose, language=spoken, status=410)
        if request.method == "POST":
            return await self._take_the_form(request, purpose, mail)
        return self._form(purpose, mail)

    def _form(self, purpose: str, mail: CodeMail, *, missing: bool = False) -> Response:
        """A fresh form each time; its name is what makes a second press of the button the same one."""
        until = self._desk.now() + _FORM_LIVES
        form = page_token(self._desk.keys, f"form {purpose} {mail.outbox_id}", secrets.token_hex(16), until)
        shop, language = self._desk.playbooks[mail.brand].shop, mail.language
        if purpose == DENY:
            content = pages.deny_form(form, shop=shop, language=language)
        else:
            content = pages.code_form(form, shop=shop, language=language, missing=missing)
        return pages.shown(
            _title(purpose, language), content, shop=shop, language=language, status=422 if missing else 200
        )

    async def _take_the_form(self, request: Request, purpose: str, mail: CodeMail) -> Response:
        if self._by_mail.wait(mail.outbox_id):
            return self._short("page_slow", purpose, language=mail.language, mail=mail, status=429)
        given = await fields_of(request)
        form = read_page_token(
            self._desk.keys, f"form {purpose} {mail.outbox_id}", given.get("form", ""), self._desk.now()
        )
        if not form:
            return self._form(purpose, mail)
        text = "NOT ME"
        if purpose == CONFIRM:
            codes = typed_codes(given.get("code", ""))
            if len(codes) != 1:
                return self._form(purpose, mail, missing=True)
            text = codes[0]
        # The button of a denial counts once for its mail, a code once for each form.
        name = f"{purpose}:{mail.outbox_id if purpose == DENY else form}"
        accepted = await self._take(
            Arrival(
                channel=NAME,
                brand=mail.brand,
                raw=written(address=mail.recipient, message_id=mail.message_id, text=text),
                received_at=self._desk.now(),
                external_id=name,
            )
        )
        if not accepted.fresh:
            return self._short("page_again", purpose, language=mail.language, mail=mail, status=409)
        done = "page_deny_done" if purpose == DENY else "page_code_done"
        return self._short(done, purpose, language=mail.language, mail=mail)

    def _short(
        self, key: str, purpose: str, *, language: str, mail: CodeMail | None = None, status: int = 200
    ) -> Response:
        shop = self._desk.playbooks[mail.brand].shop if mail else ""
        content = pages.paragraph(key, language)
        return pages.shown(_title(purpose, language), content, shop=shop, language=language, status=status)


def _title(purpose: str, language: str) -> str:
    return words.phrase("page_deny_title" if purpose == DENY else "page_code_title", language)


def _spoken(request: Request) -> str:
    """What the browser asks for, where no mail says it; English where we do not speak it."""
    wanted = request.headers.get("accept-language", "")[:200].lower().replace(";", ",").split(",")
    short = (one.strip().partition("-")[0] for one in wanted)
    return next((one for one in short if one in words.languages()), "en")


async def fields_of(request: Request) -> dict[str, str]:
    """The fields of a small form, {} for anything else."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_BODY:
            return {}
    found = parse_qs(body.decode("utf-8", "replace"), max_num_fields=4)
    return {name: values[0] for name, values in found.items()}
