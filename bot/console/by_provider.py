"""Coming in by a provider of sign-in: out to it, back from it, and the one-time password after it.

Law: it opens an account that is there, by its subject or its checked mailbox; a right is made of it only where the
operator has configured one. Whoever is refused is told what to do; the log says why, without a name.
"""

import asyncio
import hmac
from datetime import timedelta

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.console import looks
from bot.console.credentials import new_nonce, step_of
from bot.console.doors import WINDOW, is_shut, let_in, sign_in_page
from bot.console.people import NAME
from bot.console.provider import Attempt, Identity, NotBelieved, Provider
from bot.console.visit import (
    COOKIE,
    Office,
    check_form,
    csrf_of,
    is_https,
    new_token,
    read_cookie,
    read_form,
    signed,
    speech_for,
)
from bot.errors import PrivacyDeskError
from bot.store.accounts import Account

_log = structlog.get_logger()

#: From the button to the way back, and from there to the one-time password.
_LASTS = timedelta(minutes=10)
_OUT, _HALF = f"{COOKIE}_out", f"{COOKIE}_half"
_PROVIDER = "the provider of sign-in"
#: Each call takes a thread for as long as the provider does: no more than this many at once.
_ASKING = asyncio.Semaphore(2)


async def out(office: Office, request: Request) -> Response:
    """To the provider. Its three words are made of a token that only this browser has."""
    provider = _provider(office)
    token = f"{new_token()}~{int(office.now().timestamp())}"
    try:
        async with _ASKING:
            address = await asyncio.to_thread(provider.address, _attempt(office, request, token))
    except PrivacyDeskError as fault:
        return await _refused(office, request, "provider_away", fault)
    answer = RedirectResponse(address, status_code=303, headers=looks.HEADERS)
    _keep(office, request, answer, _OUT, signed(office.keys, token))
    return answer


async def back(office: Office, request: Request) -> Response:
    """From the provider, with a code, or with word that it did not let them in."""
    provider, said = _provider(office), request.query_params
    token = read_cookie(office.keys, request, _OUT)
    attempt = _attempt(office, request, token)
    if not _is_fresh(office, token) or not hmac.compare_digest(said.get("state", "").encode(), attempt.state.encode()):
        return await _refused(office, request, "provider_again", None)
    if "code" not in said:
        return await _refused(office, request, "provider_refused", None)
    try:
        async with _ASKING:
            identity = await asyncio.to_thread(provider.identity, attempt, said["code"][:4000], said.get("iss", ""))
    except NotBelieved as fault:
        return await _refused(office, request, "provider_not_believed", fault)
    except PrivacyDeskError as fault:
        return await _refused(office, request, "provider_away", fault)
    if provider.terms.methods and not identity.methods & set(provider.terms.methods):
        return await _refused(office, request, "provider_one_factor", None)
    account = await _account(office, provider, identity)
    if account is None or account.disabled:
        trouble = "provider_unknown" if identity.mailbox else "provider_unchecked"
        return await _refused(office, request, trouble, None, subject=identity.subject.partition(" ")[2])
    if not provider.terms.asks_code:
        return _without(await _enter(office, request, account, identity), _OUT)
    named = (account.name.encode().hex(), identity.subject.encode().hex())
    return _without(await _code_page(office, request, "~".join((*named, str(int(office.now().timestamp()))))), _OUT)


async def code(office: Office, request: Request) -> Response:
    """The one-time password of this desk, after the provider's word."""
    form, half = await read_form(request), read_cookie(office.keys, request, _HALF)
    check_form(office, request, form, half)
    parts = half.split("~")
    if len(parts) != 3 or not _is_fresh(office, half):
        return await _refused(office, request, "provider_again", None)
    name, subject = bytes.fromhex(parts[0]).decode(), bytes.fromhex(parts[1]).decode()
    place = request.client.host if request.client else ""
    if await is_shut(office, name, place):
        return await _code_page(office, request, half, "sign_in_shut")
    account = await office.accounts.find(name)
    if account is None or account.disabled or account.subject not in ("", subject):
        return await _refused(office, request, "provider_again", None)
    step = step_of(office.keys, account.totp_nonce, str(form.get("code", ""))[:20], office.now())
    if not step or not await office.accounts.use_step(name, step):
        now = office.now()
        await office.accounts.note_failure(f"{name} {place}", place, now=now, forget_before=now - WINDOW)
        return await _code_page(office, request, half, "code_wrong")
    await office.accounts.forget_failures(f"{name} {place}")
    return _without(await _enter(office, request, account, Identity(subject=subject, mailbox="", methods=frozenset())))


async def _enter(office: Office, request: Request, account: Account, identity: Identity) -> Response:
    if not account.subject:
        await office.accounts.bind(account.name, identity.subject)
    return await let_in(office, request, account)


async def _account(office: Office, provider: Provider, identity: Identity) -> Account | None:
    """Who is bound to this subject, or has this mailbox and is bound to no other; else a newcomer, where one may be."""
    found = await office.accounts.known_by(identity.subject, identity.mailbox)
    if found is not None:
        return found if found.subject in ("", identity.subject) else None
    newcomers = provider.terms.newcomers
    name, _, domain = identity.mailbox.rpartition("@")
    if newcomers is None or not name or domain not in newcomers.domains:
        return None
    account = Account(
        name=await _free_name(office, name),
        password="",
        must_change=False,
        totp_nonce=new_nonce(),
        totp_step=0,
        disabled=False,
        language="",
        time_zone="",
        roles={newcomers.brand: newcomers.role},
        mailbox=identity.mailbox,
        subject=identity.subject,
    )
    await office.accounts.add(account, now=office.now(), by=_PROVIDER)
    return account


async def _free_name(office: Office, wanted: str) -> str:
    """The part before the @ as a name here, with a number where it is taken."""
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "-" for letter in wanted)
    plain = plain.strip("._-")[:30] or "clerk"
    number = 1
    while True:
        name = plain if number == 1 else f"{plain}-{number}"
        if NAME.fullmatch(name) and await office.accounts.find(name) is None:
            return name
        number += 1


async def _code_page(office: Office, request: Request, half: str, trouble: str = "") -> Response:
    """Asks for the one-time password; `half` says whom the provider has named, and when."""
    speech = speech_for(office, request, None)
    context = {"t": speech.say, "speech": speech, "csrf": csrf_of(office.keys, half), "trouble": trouble}
    answer = looks.page("sign_in_code.html", context, status=400 if trouble else 200)
    _keep(office, request, answer, _HALF, signed(office.keys, half))
    return answer


async def _refused(
    office: Office, request: Request, trouble: str, fault: Exception | None, *, subject: str = ""
) -> Response:
    """The door again, with a sentence that says what to do."""
    _log.warning("sign-in by provider refused", why=trouble, details=str(fault or ""))
    return _without(await sign_in_page(office, request, trouble=trouble, subject=subject), _OUT)


def _provider(office: Office) -> Provider:
    if office.provider is None:
        raise HTTPException(404)
    return office.provider


def _attempt(office: Office, request: Request, token: str) -> Attempt:
    here = office.public_url or f"{request.url.scheme}://{request.url.netloc}"
    keys = office.keys
    return Attempt(
        state=keys.digest("state of a sign-in", token),
        nonce=keys.digest("nonce of a sign-in", token),
        verifier=keys.digest("verifier of a sign-in", token),
        back=f"{here}{looks.ROOT}/sign-in/back",
    )


def _is_fresh(office: Office, token: str) -> bool:
    """Made by us a short while ago."""
    made = token.rpartition("~")[2]
    return made.isascii() and made.isdigit() and 0 <= office.now().timestamp() - int(made) < _LASTS.total_seconds()


def _keep(office: Office, request: Request, answer: Response, name: str, value: str) -> None:
    answer.set_cookie(
        name,
        value,
        max_age=int(_LASTS.total_seconds()),
        path=f"{looks.ROOT}/sign-in",
        secure=is_https(office, request),
        httponly=True,
        # The way back comes from another site.
        samesite="lax",
    )


def _without(answer: Response, *names: str) -> Response:
    for name in names or (_OUT, _HALF):
        answer.delete_cookie(name, path=f"{looks.ROOT}/sign-in")
    return answer
