"""The page of a package: a fresh code first, then the files.

Law: the link alone shows nothing of anybody; only a press of a button sends a code, so a mail scanner does nothing;
whoever typed the code may fetch the files for a quarter of an hour, from this browser.
"""

import time
from datetime import datetime, timedelta
from html import escape
from urllib.parse import quote
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import seals, words
from bot.core.effects import Line, Part
from bot.core.playbook import Mode
from bot.engine.desk import Desk, typed_codes
from bot.staff.packaging import PAGE
from bot.store import NotAllowed
from bot.store.packages import PackageRow
from bot.web.chat.limits import Limit, Rate
from bot.web.customers import fields_of
from bot.web.customers.pages import shown

_BY_HOST = Rate(burst=30, per_minute=60)
_BY_PACKAGE = Rate(burst=10, per_minute=5)
_SESSION = timedelta(minutes=15)
_COOKIE = "package"
_PURPOSE = "package session"


class PackagePages:
    """The pages of a desk, under `/package`."""

    def __init__(
        self, desk: Desk, *, public_url: str, by_host: Rate = _BY_HOST, by_package: Rate = _BY_PACKAGE
    ) -> None:
        self._desk, self._is_secure = desk, public_url.startswith("https://")
        self._by_host, self._by_package = Limit(by_host, time.monotonic), Limit(by_package, time.monotonic)

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(f"/{PAGE}/{{token:str}}", self._page, methods=["GET", "POST"]),
            Route(f"/{PAGE}/{{token:str}}/{{item:str}}", self._file, methods=["GET"]),
        )

    async def _page(self, request: Request) -> Response:
        package = await self._desk.store.packages.by_token(request.path_params["token"])
        if self._by_host.wait(request.client.host if request.client else ""):
            return self._short("page_slow", package, status=429)
        if package is None or package.brand not in self._desk.playbooks:
            return self._short("page_package_gone", package, status=410)
        if request.method == "POST":
            try:
                return await self._press(request, package)
            except NotAllowed:
                # The request was refused or taken back meanwhile.
                return self._short("page_package_gone", package, status=410)
        return (
            self._files(package, request.url.path) if self._has_typed_the_code(request, package) else self._ask(package)
        )

    async def _press(self, request: Request, package: PackageRow) -> Response:
        form = await fields_of(request)
        if self._by_package.wait(package.id):
            return self._short("page_slow", package, status=429)
        if "code" not in form:
            playbook = self._desk.playbooks[package.brand]
            mode = Mode.SHADOW if playbook.mode is Mode.SHADOW else Mode.AUTOMATIC
            sent = await self._desk.store.packages.send_code(
                package.id, mode=mode, parts=_code_mail(package, playbook.shop)
            )
            return (
                self._type(package, "page_package_sent")
                if sent
                else self._short("page_package_many", package, status=429)
            )
        codes = typed_codes(form["code"])
        if len(codes) != 1 or not await self._desk.store.packages.open(package.id, codes[0]):
            return self._type(package, "page_package_wrong", status=403)
        answer = RedirectResponse(f"/{PAGE}/{quote(request.path_params['token'])}", status_code=303)
        until = (self._desk.now() + _SESSION).isoformat()
        answer.set_cookie(
            _COOKIE,
            seals.token(self._desk.keys, _PURPOSE, f"{package.id} {until}"),
            max_age=int(_SESSION.total_seconds()),
            path=f"/{PAGE}/",
            secure=self._is_secure,
            httponly=True,
            samesite="strict",
        )
        return answer

    async def _file(self, request: Request) -> Response:
        package = await self._desk.store.packages.by_token(request.path_params["token"])
        if package is None or not self._has_typed_the_code(request, package):
            return self._short("page_package_gone", package, status=410)
        found = await self._desk.store.packages.file(package.id, request.path_params["item"])
        if found is None:
            return self._short("page_package_gone", package, status=410)
        item, content = found
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(item.name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
        }
        return Response(content, media_type="application/octet-stream", headers=headers)

    def _has_typed_the_code(self, request: Request, package: PackageRow) -> bool:
        told = seals.read_token(self._desk.keys, _PURPOSE, request.cookies.get(_COOKIE, ""))
        name, _, until = (told or "").partition(" ")
        return name == package.id and datetime.fromisoformat(until) > self._desk.now()

    def _ask(self, package: PackageRow) -> Response:
        shop = self._desk.playbooks[package.brand].shop
        text = escape(words.phrase("page_package_text", package.language, shop=shop))
        return self._shown(package, f"<p>{text}</p>{_button('page_package_send', package.language)}")

    def _type(self, package: PackageRow, said: str, *, status: int = 200) -> Response:
        language = package.language
        field = (
            f'<label for="code">{escape(words.phrase("page_code_label", language))}</label>'
            '<input id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" maxlength="12"'
            " required autofocus>"
        )
        form = (
            f'<form method="post">{field}<button>{escape(words.phrase("page_code_button", language))}</button></form>'
        )
        again = _button("page_package_send", language)
        told = f'<p role="status">{escape(words.phrase(said, language))}</p>'
        return self._shown(package, told + (form if status == 200 else again), status=status)

    def _files(self, package: PackageRow, here: str) -> Response:
        assert package.expires_at is not None
        zone = ZoneInfo(self._desk.playbooks[package.brand].time_zone)
        due = package.expires_at.astimezone(zone).date().isoformat()
        told = escape(words.phrase("page_package_files", package.language, due=due))
        links = "".join(
            f'<li><a download href="{escape(here)}/{escape(item.id)}">{escape(item.name)}</a> ({_size(item.size)})</li>'
            for item in package.items
        )
        return self._shown(package, f"<p>{told}</p><ul>{links}</ul>")

    def _shown(self, package: PackageRow, content: str, *, status: int = 200) -> Response:
        title = words.phrase("page_package_title", package.language)
        shop = self._desk.playbooks[package.brand].shop
        return shown(title, content, shop=shop, language=package.language, status=status)

    def _short(self, key: str, package: PackageRow | None, *, status: int) -> Response:
        if package is not None and package.brand in self._desk.playbooks:
            return self._shown(package, f"<p>{escape(words.phrase(key, package.language))}</p>", status=status)
        content = f"<p>{escape(words.phrase(key, 'en'))}</p>"
        return shown(words.phrase("page_package_title", "en"), content, shop="", language="en", status=status)


def _code_mail(package: PackageRow, shop: str) -> list[Part]:
    values = {"shop": shop, "last_four": package.reference[-4:]}
    told = Line(key="package_code_for", values=values)
    return [told, Line(key="the_code"), Line(key="package_code_where"), Line(key="package_code_not_you")]


def _button(key: str, language: str) -> str:
    return f'<form method="post"><button>{escape(words.phrase(key, language))}</button></form>'


def _size(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1000))} kB"
