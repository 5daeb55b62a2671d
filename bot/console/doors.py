"""Coming in and going out: sign-in with a password and a one-time password, sign-out, the clerk's own page.

Law (RELIABILITY T36): five failures within 15 minutes close the door to that name from that place; whoever fails is
not told why; a changed password ends every session.
"""

import asyncio
from datetime import timedelta
from zoneinfo import available_timezones

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.console import looks
from bot.console.credentials import (
    SHORTEST_PASSWORD,
    hash_password,
    is_password,
    step_of,
)
from bot.console.speech import LANGUAGES
from bot.console.visit import (
    ABSOLUTE,
    COOKIE,
    Office,
    Visit,
    check_form,
    csrf_of,
    is_https,
    new_token,
    read_cookie,
    read_form,
    set_cookie,
    signed,
    speech_for,
)
from bot.store.accounts import Account

WINDOW = timedelta(minutes=15)
MOST_FAILURES = 5
MOST_FAILURES_OF_A_PLACE = 20
#: Hashing takes memory: no more than this many at once.
HASHING = asyncio.Semaphore(2)
_DOOR = f"{COOKIE}_door"


async def sign_in_page(
    office: Office, request: Request, *, trouble: str = "", name: str = "", subject: str = ""
) -> Response:
    """The form; its token is in a cookie of its own, as there is no session yet."""
    token = new_token()
    speech = speech_for(office, request, None)
    context = {
        "t": speech.say,
        "speech": speech,
        "csrf": csrf_of(office.keys, token),
        "trouble": speech.say(trouble, **({"subject": subject} if subject else {})) if trouble else "",
        "clerk_name": name,
        "said": request.query_params.get("said", ""),
        "provider": office.provider.terms.name if office.provider else "",
    }
    answer = looks.page("sign_in.html", context, status=400 if trouble else 200)
    answer.set_cookie(
        _DOOR,
        signed(office.keys, token),
        max_age=3600,
        path=f"{looks.ROOT}/sign-in",
        secure=is_https(office, request),
        httponly=True,
        samesite="strict",
    )
    return answer


async def sign_in(office: Office, request: Request) -> Response:
    form = await read_form(request)
    check_form(office, request, form, read_cookie(office.keys, request, _DOOR))
    name, password, code = (str(form.get(field, ""))[:200] for field in ("name", "password", "code"))
    name = name.strip().lower()
    place = request.client.host if request.client else ""
    # Looking, trying and noting are one: tries side by side are counted like tries one after another.
    async with HASHING:
        if await is_shut(office, name, place):
            return await sign_in_page(office, request, trouble="sign_in_shut", name=name)
        account = await _who(office, name, password, code)
        if account is None:
            now = office.now()
            await office.accounts.note_failure(f"{name} {place}", place, now=now, forget_before=now - WINDOW)
            return await sign_in_page(office, request, trouble="sign_in_failed", name=name)
    await office.accounts.forget_failures(f"{name} {place}")
    return await let_in(office, request, account)


async def let_in(office: Office, request: Request, account: Account) -> Response:
    """A new session, and on to where they wanted to go."""
    token, now = new_token(), office.now()
    await office.accounts.start_session(token, account.name, now=now, oldest=now - ABSOLUTE)
    wanted = request.cookies.get(f"{COOKIE}_next", "/cases")
    onward = wanted if wanted.startswith("/") and wanted.isprintable() else "/cases"
    answer = RedirectResponse(f"{looks.ROOT}{onward}", status_code=303, headers=looks.HEADERS)
    set_cookie(office, request, answer, token)
    answer.delete_cookie(f"{COOKIE}_next", path=looks.ROOT)
    return answer


async def is_shut(office: Office, name: str, place: str) -> bool:
    since = office.now() - WINDOW
    if await office.accounts.failures(f"{name} {place}", since) >= MOST_FAILURES:
        return True
    return await office.accounts.failures(place, since) >= MOST_FAILURES_OF_A_PLACE


async def _who(office: Office, name: str, password: str, code: str) -> Account | None:
    """The account, where everything is right. Every way takes the same time."""
    account = await office.accounts.find(name)
    good = await asyncio.to_thread(is_password, account.password if account else "", password)
    if account is None or not good or account.disabled:
        return None
    step = step_of(office.keys, account.totp_nonce, code, office.now())
    return account if step and await office.accounts.use_step(name, step) else None


async def sign_out(visit: Visit) -> Response:
    await visit.office.accounts.end_session(visit.token)
    answer = visit.back("/sign-in", "signed_out")
    answer.delete_cookie(COOKIE, path=looks.ROOT)
    return answer


async def my_page(visit: Visit) -> Response:
    return _my_page(visit)


def _my_page(visit: Visit, trouble: str = "") -> Response:
    zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix")))
    return visit.page(
        "me.html", trouble=trouble, languages=LANGUAGES, zones=["UTC", *zones], shortest=SHORTEST_PASSWORD,
        status=400 if trouble else 200,
    )  # fmt: skip


async def set_preferences(visit: Visit) -> Response:
    language, zone = visit.given("language"), visit.given("time_zone")
    if language not in ("", *LANGUAGES) or zone not in ("", *available_timezones()):
        return _my_page(visit, "unknown_choice")
    await visit.office.accounts.set_preferences(visit.who.name, language=language, time_zone=zone)
    return visit.back("/me", "saved")


async def change_password(visit: Visit) -> Response:
    """Every session ends; this browser gets a new one."""
    old, new = visit.given("old"), visit.given("new")
    name, place = visit.who.name, visit.request.client.host if visit.request.client else ""
    if await is_shut(visit.office, name, place):
        return _my_page(visit, "sign_in_shut")
    if trouble := _weakness(visit, new):
        return _my_page(visit, trouble)
    async with HASHING:
        good = await asyncio.to_thread(is_password, visit.who.password, old)
        kept = await asyncio.to_thread(hash_password, new) if good else ""
    now = visit.office.now()
    if not good:
        await visit.office.accounts.note_failure(f"{name} {place}", place, now=now, forget_before=now - WINDOW)
        return _my_page(visit, "password_wrong")
    accounts = visit.office.accounts
    await accounts.set_password(visit.who.name, kept, must_change=False, by=visit.who.name)
    token = new_token()
    await accounts.start_session(token, visit.who.name, now=now, oldest=now - ABSOLUTE)
    answer = visit.back("/me", "password_changed")
    set_cookie(visit.office, visit.request, answer, token)
    return answer


def _weakness(visit: Visit, new: str) -> str:
    if len(new) < SHORTEST_PASSWORD or len(set(new)) < 5:
        return "password_short"
    if new != visit.given("again"):
        return "password_differs"
    return "password_same" if new == visit.given("old") else ""


async def sign_out_everywhere(visit: Visit) -> Response:
    """The same password, and no session any more."""
    await visit.office.accounts.end_sessions(visit.who.name)
    answer = visit.back("/sign-in", "signed_out")
    answer.delete_cookie(COOKIE, path=looks.ROOT)
    return answer
