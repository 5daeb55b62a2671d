"""Staff, keys of programs, and who looked at what. For admins; the audit for auditors as well."""

import asyncio
import re
import secrets

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.console.credentials import hash_password, new_account, new_nonce, new_password, secret_of, setup_link
from bot.console.permissions import ROLES, May
from bot.console.visit import Visit
from bot.errors import TheirFault
from bot.store import NotAllowed
from bot.store.accounts import EVERY_BRAND, Account, Program

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
SCOPES = ("events:read", "requests:read", "suppression:read", "suppression:write")


async def people(visit: Visit) -> Response:
    return await _people(visit)


async def _people(visit: Visit, *, trouble: str = "", made: dict[str, str] | None = None) -> Response:
    allowed = visit.brands(May.MANAGE_STAFF)
    accounts = [one for one in await visit.office.accounts.all() if _is_theirs(one, allowed)]
    programs = [row for row in await visit.office.accounts.programs() if allowed is None or row[0].brand in allowed]
    return visit.page(
        "people.html",
        accounts=accounts,
        programs=programs,
        roles=sorted(ROLES),
        scopes=SCOPES,
        brands=[*([EVERY_BRAND] if allowed is None else []), *visit.brand_names(May.MANAGE_STAFF)],
        trouble=trouble,
        made=made,
        provider=visit.office.provider,
        status=409 if trouble else 200,
    )


def _is_theirs(account: Account, allowed: tuple[str, ...] | None) -> bool:
    """Whoever has a role elsewhere too is managed by an admin of all brands."""
    return allowed is None or (bool(account.roles) and set(account.roles) <= set(allowed))


async def change_people(visit: Visit) -> Response:
    """Add somebody, give a new password, let nobody or somebody in, give a role; add or end a key of a program."""
    try:
        made = await _change(visit, visit.given("act"))
    except TheirFault as fault:
        return await _people(visit, trouble=visit.speech.refusal(fault))
    return await _people(visit, made=made) if made else visit.back("/people", "saved")


async def _change(visit: Visit, act: str) -> dict[str, str] | None:
    name, brand, role = visit.given("name").strip().lower(), visit.given("brand"), visit.given("role")
    accounts = visit.office.accounts
    match act:
        case "add":
            _check_role(visit, name, brand, role)
            account, password = await asyncio.to_thread(new_account, name, {brand: role})
            await accounts.add(account, now=visit.office.now(), by=visit.who.name)
            return _handover(visit, account.name, password, account.totp_nonce)
        case "role":
            found = await _theirs(visit, name)
            _check_role(visit, name, brand, role or "agent")
            others = {where: held for where, held in found.roles.items() if where != brand}
            await accounts.set_roles(name, others | ({brand: role} if role else {}), by=visit.who.name)
        case "password":
            await _theirs(visit, name)
            password, nonce = new_password(), new_nonce()
            kept = await asyncio.to_thread(hash_password, password)
            await accounts.set_password(name, kept, must_change=True, totp_nonce=nonce, by=visit.who.name)
            return _handover(visit, name, password, nonce)
        case "disable" | "enable":
            await _theirs(visit, name)
            if name == visit.who.name:
                raise NotAllowed(visit.speech.say("not_yourself"))
            await accounts.set_disabled(name, act == "disable", by=visit.who.name)
        case "mailbox":
            await _theirs(visit, name)
            await _set_mailbox(visit, name, visit.given("mailbox").strip())
        case "add_program":
            return await _add_program(visit, name, brand)
        case "end_program":
            await _check_program(visit, name)
            await accounts.disable_program(name)
        case _:
            raise HTTPException(404)
    return None


async def _set_mailbox(visit: Visit, name: str, known_as: str) -> None:
    """By which the provider of sign-in may let somebody in: a mailbox, or its own word for them."""
    provider = visit.office.provider
    if provider is None or len(known_as) > 320 or not known_as.isprintable() or " " in known_as:
        raise NotAllowed(visit.speech.say("mailbox_form"))
    subject = f"{provider.terms.issuer} {known_as}" if known_as and "@" not in known_as else ""
    mailbox = "" if subject else known_as
    await visit.office.accounts.set_mailbox(name, mailbox, subject=subject, by=visit.who.name)


def _check_role(visit: Visit, name: str, brand: str, role: str) -> None:
    if not NAME.fullmatch(name):
        raise NotAllowed(visit.speech.say("name_form"))
    if role not in ROLES:
        raise HTTPException(404)
    visit.need(May.MANAGE_STAFF, brand)


async def _theirs(visit: Visit, name: str) -> Account:
    """The account, where this admin manages it."""
    found = await visit.office.accounts.find(name)
    if found is None or not _is_theirs(found, visit.brands(May.MANAGE_STAFF)):
        raise HTTPException(404)
    return found


async def _add_program(visit: Visit, name: str, brand: str) -> dict[str, str]:
    visit.need(May.MANAGE_STAFF, brand)
    scopes = frozenset(map(str, visit.form.getlist("scope"))) & set(SCOPES)
    if not NAME.fullmatch(name) or not scopes:
        raise NotAllowed(visit.speech.say("program_form"))
    key = f"pdk_{secrets.token_urlsafe(32)}"
    await visit.office.accounts.add_program(Program(name=name, brand=brand, scopes=scopes), key, now=visit.office.now())
    return {"name": name, "key": key}


async def _check_program(visit: Visit, name: str) -> None:
    found = next((one for one, _ in await visit.office.accounts.programs() if one.name == name), None)
    if found is None:
        raise HTTPException(404)
    visit.need(May.MANAGE_STAFF, found.brand)


def _handover(visit: Visit, name: str, password: str, nonce: str) -> dict[str, str]:
    keys = visit.office.keys
    return {
        "name": name,
        "password": password,
        "secret": secret_of(keys, nonce),
        "link": setup_link(keys, nonce, name),
    }


async def audit(visit: Visit) -> Response:
    """Who looked at what, and whether the record is whole. Only for whoever may see every brand."""
    if visit.brands(May.SEE_AUDIT) is not None:
        raise HTTPException(404)
    reference = visit.asked("reference").strip().upper()[:40]
    return visit.page(
        "audit.html",
        reference=reference,
        rows=await visit.office.worklist.viewings(reference=reference),
        broken=await visit.office.desk.store.broken_chains() if visit.asked("check") else None,
    )
