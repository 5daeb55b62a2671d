"""One visit of one clerk to one page, and the guard before every page.

Law (RELIABILITY T36, T37): no session, no page; no role with the page's permission, no page; a POST without the
session's own token, or from another site, does nothing; what belongs to a brand without a role is not there.
"""

import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.console import looks
from bot.console.permissions import May, brands_of, may, may_anywhere
from bot.console.provider import Provider
from bot.console.reviewed import Reviewed
from bot.console.speech import Speech, language_of
from bot.engine.desk import Desk
from bot.keys import Keys
from bot.staff import Clerk
from bot.store.accounts import Account, Accounts
from bot.store.casebook import Casebook
from bot.store.figures import Figures
from bot.store.worklist import Worklist

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
COOKIE = "privacy_desk_console"
#: Bytes of a form without and with a file.
_LARGEST_FORM = 2 * 1024 * 1024
_LARGEST_FILE = 50 * 1024 * 1024
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What every page needs."""

    desk: Desk
    accounts: Accounts
    worklist: Worklist
    casebook: Casebook
    figures: Figures
    #: A brand's policy in force, reviewed; None where it has none.
    review: Callable[[str], Awaitable[Reviewed | None]]
    #: What an operator may see of the settings: section -> name -> value, secrets left out.
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: The address by which staff reach it, "" where they reach it directly.
    public_url: str = ""
    #: By which staff may sign in beside their passwords.
    provider: Provider | None = None

    @property
    def keys(self) -> Keys:
        return self.desk.keys

    def now(self) -> datetime:
        return self.desk.now()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A clerk, let in."""

    office: Office
    request: Request
    who: Account
    token: str
    form: FormData
    speech: Speech

    def may(self, permission: May, brand: str = "") -> bool:
        return may(self.who, permission, brand) if brand else may_anywhere(self.who, permission)

    def brands(self, permission: May = May.SEE_CASES) -> tuple[str, ...] | None:
        """The brands for which the clerk has the permission; None for every one."""
        return brands_of(self.who, permission)

    def brand_names(self, permission: May = May.SEE_CASES) -> list[str]:
        """The same among the brands of this desk."""
        allowed = self.brands(permission)
        return [name for name in sorted(self.office.desk.playbooks) if allowed is None or name in allowed]

    def need(self, permission: May, brand: str) -> None:
        """Whoever may not, is told that there is nothing."""
        if not may(self.who, permission, brand):
            raise HTTPException(404)

    @property
    def clerk(self) -> Clerk:
        """Whoever acts."""
        desk = self.office.desk
        return Clerk(name=self.who.name, store=desk.store, playbooks=desk.playbooks, now=desk.now)

    def given(self, name: str) -> str:
        """A field of the form."""
        value = self.form.get(name, "")
        return value.replace("\r\n", "\n") if isinstance(value, str) else ""

    def asked(self, name: str, default: str = "") -> str:
        """A field of the address."""
        return self.request.query_params.get(name, default)

    def page(self, template: str, *, status: int = 200, **context: object) -> Response:
        shared = {
            "visit": self,
            "t": self.speech.say,
            "name": self.speech.name,
            "speech": self.speech,
            "csrf": csrf_of(self.office.keys, self.token),
            "May": May,
            "here": self.request.url.path,
            "said": self.asked("said"),
        }
        return looks.page(template, shared | context, status=status)

    def back(self, path: str, said: str = "") -> Response:
        """After a POST: to a page that can be reloaded, with a word of what was done."""
        mark = ("&" if "?" in path else "?") + f"said={said}" if said else ""
        return RedirectResponse(f"{looks.ROOT}{path}{mark}", status_code=303, headers=looks.HEADERS)


Handler = Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One way into the console. There is none without a permission."""

    path: str
    method: str
    permission: May
    handler: Handler
    #: Asked by a page of itself: it keeps no session alive.
    live: bool = False
    #: Files that its form may carry.
    files: int = 0


def csrf_of(keys: Keys, token: str) -> str:
    return keys.digest("console form", token)


def signed(keys: Keys, token: str) -> str:
    """A token as the cookie carries it."""
    return f"{token}.{keys.digest('console cookie', token)}"


def read_cookie(keys: Keys, request: Request, name: str = COOKIE) -> str:
    """The token in the cookie, "" where there is none of ours."""
    token, _, signature = request.cookies.get(name, "").partition(".")
    good = [hmac.compare_digest(signature.encode(), known.encode()) for known in keys.digests("console cookie", token)]
    return token if token and any(good) else ""


def set_cookie(office: Office, request: Request, response: Response, token: str) -> None:
    response.set_cookie(
        COOKIE,
        signed(office.keys, token),
        max_age=int(ABSOLUTE.total_seconds()),
        path=looks.ROOT,
        secure=is_https(office, request),
        httponly=True,
        samesite="lax",
    )


def new_token() -> str:
    return secrets.token_urlsafe(32)


def is_https(office: Office, request: Request) -> bool:
    return office.public_url.startswith("https://") or request.url.scheme == "https"


def guarded(office: Office, page: Page) -> Callable[[Request], Awaitable[Response]]:
    """The page behind its guard."""

    async def enter(request: Request) -> Response:
        token = read_cookie(office.keys, request)
        now = office.now()
        who = await office.accounts.who_is(token, now=now, idle=IDLE, absolute=ABSOLUTE) if token else None
        if who is None:
            return _to_the_door(request)
        if who.must_change and page.permission is not May.COME_IN:
            return RedirectResponse(f"{looks.ROOT}/me?said=choose_password", status_code=303, headers=looks.HEADERS)
        if not may_anywhere(who, page.permission):
            raise HTTPException(404)
        form = FormData()
        if request.method in _UNSAFE:
            form = await read_form(request, files=page.files)
            check_form(office, request, form, token)
        if not page.live:
            await office.accounts.keep_alive(token, now=now)
        visit = Visit(
            office=office, request=request, who=who, token=token, form=form, speech=speech_for(office, request, who)
        )
        return await page.handler(visit)

    return enter


def speech_for(office: Office, request: Request, who: Account | None) -> Speech:
    """The clerk's language and zone; without a choice the browser's, and that of the first brand."""
    chosen = who.language if who else ""
    zones = [playbook.time_zone for playbook in office.desk.playbooks.values()]
    zone = (who.time_zone if who else "") or next(iter(zones), "UTC")
    language = language_of(chosen, request.headers.get("accept-language", ""))
    return Speech(language=language, zone=ZoneInfo(zone), now=office.now())


async def read_form(request: Request, *, files: int = 0) -> FormData:
    """The fields of a form. Raises 413 for more than a form of ours holds."""
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > (_LARGEST_FILE if files else _LARGEST_FORM):
        raise HTTPException(413)
    return await request.form(max_files=files, max_fields=500)


def check_form(office: Office, request: Request, form: FormData, token: str) -> None:
    """A form of our own page, sent by whoever that page was for. Raises 403."""
    given = form.get("csrf", "")
    same = isinstance(given, str) and hmac.compare_digest(given.encode(), csrf_of(office.keys, token).encode())
    if not same or not _is_from_here(office, request):
        raise HTTPException(403)


def _is_from_here(office: Office, request: Request) -> bool:
    origin = request.headers.get("origin", "")
    if not origin:
        return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    here = {request.headers.get("host", ""), urlsplit(office.public_url).netloc} - {""}
    return urlsplit(origin).netloc in here


def _to_the_door(request: Request) -> Response:
    if request.method != "GET" or request.headers.get("x-live"):
        raise HTTPException(401)
    path = request.url.path.removeprefix(looks.ROOT)
    wanted = path + (f"?{request.url.query}" if request.url.query else "")
    answer = RedirectResponse(f"{looks.ROOT}/sign-in", status_code=303, headers=looks.HEADERS)
    if wanted not in ("", "/"):
        answer.set_cookie(f"{COOKIE}_next", wanted[:500], path=looks.ROOT, httponly=True, samesite="lax", max_age=600)
    return answer
