"""`staff add|accounts|password|disable|enable|corrections`: who may use the console, and what they corrected there."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from bot.channels import Arrival, Channel
from bot.cli.console import as_plain, print_json, say, show_table
from bot.console.credentials import hash_password, new_account, new_nonce, new_password, secret_of, setup_link
from bot.console.people import NAME
from bot.console.permissions import ROLES
from bot.errors import BadMessage, BadSetting
from bot.keys import Keys
from bot.replay.chat_logs import stored_thread
from bot.replay.places import YAML_ENDING
from bot.replay.recorder import Recorded, conversation, spoken, understood, written
from bot.replay.stage import channels_for
from bot.settings import Settings, load_settings
from bot.store.accounts import EVERY_BRAND, Account, Accounts
from bot.store.casebook import Casebook
from bot.wiring import make_keys, open_store, reading_channels, utc_now

Name = Annotated[str, typer.Argument(help="The name to sign in with, e.g. ada.")]


def register(staff: typer.Typer) -> None:
    """Add to the `staff` commands."""
    for command in (add, accounts, password, mailbox, disable, enable, corrections):
        staff.command()(command)


def add(
    name: Name,
    role: Annotated[str, typer.Option(help=f"One of {', '.join(sorted(ROLES))}.")] = "agent",
    brand: Annotated[str, typer.Option(help="For which brand; * is every one.")] = EVERY_BRAND,
) -> None:
    """Let somebody into the console: prints a password to be changed, and the secret of the one-time passwords."""
    settings = load_settings()
    if not NAME.fullmatch(name):
        raise BadSetting(f"{name} is no name; use small letters, digits, . _ and -, at most 40")
    if role not in ROLES:
        raise BadSetting(f"{role} is no role; there are {', '.join(sorted(ROLES))}")
    known = [chosen.name for chosen in settings.brands]
    if brand != EVERY_BRAND and brand not in known:
        raise BadSetting(f"there is no brand {brand}; there are {', '.join(known) or 'none'}, and * for every one")
    account, word = new_account(name, {brand: role})
    asyncio.run(_add(settings, account))
    _hand_over(make_keys(settings), name, word, account.totp_nonce)


def accounts(as_json: Annotated[bool, typer.Option("--json", help="One JSON object on a line.")] = False) -> None:
    """List who may use the console."""
    found = asyncio.run(_all(load_settings()))
    if as_json:
        for one in found:
            print_json(as_plain({"name": one.name, "roles": dict(one.roles), "disabled": one.disabled}))
        return
    table = Table(Column("name", no_wrap=True), "roles", "")
    for one in found:
        roles = ", ".join(f"{role} ({brand})" for brand, role in one.roles.items())
        table.add_row(one.name, roles, "shut out" if one.disabled else "")
    show_table(table, "Nobody may use the console yet; add somebody with: privacy-desk staff add NAME --role admin")


def password(name: Name) -> None:
    """Give somebody a new password and a new one-time secret; every session of theirs ends."""
    settings = load_settings()
    word, nonce = new_password(), new_nonce()
    asyncio.run(_set_password(settings, name, hash_password(word), nonce))
    _hand_over(make_keys(settings), name, word, nonce)


def mailbox(
    name: Name,
    known_as: Annotated[str, typer.Argument(help='Their mailbox, or their subject at the provider; "" for neither.')],
) -> None:
    """Say by what the provider of sign-in may let somebody in; every session of theirs ends."""
    settings = load_settings()
    if settings.sign_in is None:
        raise BadSetting("there is no provider of sign-in; name one in [sign_in]")
    subject = f"{settings.sign_in.issuer} {known_as}" if known_as and "@" not in known_as else ""
    asyncio.run(_set_mailbox(settings, name, "" if subject else known_as.strip(), subject))
    say(f"{name} may come in as {known_as}." if known_as else f"{name} comes in with a password only.")


def disable(name: Name) -> None:
    """Shut somebody out; every session of theirs ends at once."""
    asyncio.run(_set_disabled(load_settings(), name, True))
    say(f"{name} is shut out.")


def enable(name: Name) -> None:
    """Let somebody in again."""
    asyncio.run(_set_disabled(load_settings(), name, False))
    say(f"{name} may come in again.")


def corrections(
    out: Annotated[Path, typer.Option(help="Folder for the conversation files.")],
) -> None:
    """Write what clerks corrected in the console as recorded conversations, with names and addresses replaced."""
    settings = load_settings()
    found, channels, files = asyncio.run(_corrected(settings)), reading_channels(settings), 0
    out.mkdir(parents=True, exist_ok=True)
    for arrival, intents, words in found:
        thread = _thread(arrival, channels) if arrival else []
        if arrival is None or not thread:
            continue
        files += 1
        content, pseudonyms = conversation(thread, brand=arrival.brand)
        pseudonyms.check(spoken(content))
        content["conversation"] = pseudonyms.instead(words) or "A clerk corrected how this was read."
        content["turns"][0]["expect"] = {"intents": list(intents)}
        (out / f"corrected-{files}{YAML_ENDING}").write_text(written(content), encoding="utf-8")
    say(f"{files} of {len(found)} corrections written to {out}; of the others no message is kept.")


def _thread(arrival: Arrival, channels: Mapping[str, Channel]) -> list[Recorded]:
    """The one message as its channel understood it; none where it cannot be read any more."""
    if arrival.channel == "email":
        return understood([arrival.raw], channels_for(arrival.brand)["email"], arrival.brand)[0]
    channel = channels.get(arrival.channel)
    try:
        return stored_thread([channel.parse(arrival)]) if channel else []
    except BadMessage:
        return []


def _hand_over(keys: Keys, name: str, word: str, nonce: str) -> None:
    say(f"Name      {name}")
    say(f"Password  {word}")
    say(f"One-time  {secret_of(keys, nonce)}")
    say(f"          {setup_link(keys, nonce, name)}")
    say("This is shown once. The password must be changed at the first sign-in, on the page /console.")


@asynccontextmanager
async def _accounts(settings: Settings) -> AsyncIterator[Accounts]:
    async with open_store(settings) as store:
        yield Accounts(store.database, make_keys(settings))


async def _add(settings: Settings, account: Account) -> None:
    async with _accounts(settings) as accounts:
        await accounts.add(account, now=utc_now())


async def _corrected(settings: Settings) -> list[tuple[Arrival | None, tuple[str, ...], str]]:
    async with open_store(settings) as store:
        return await Casebook(store.database).corrected()


async def _all(settings: Settings) -> list[Account]:
    async with _accounts(settings) as accounts:
        return await accounts.all()


async def _set_password(settings: Settings, name: str, kept: str, nonce: str) -> None:
    async with _accounts(settings) as accounts:
        await accounts.set_password(name, kept, must_change=True, totp_nonce=nonce)


async def _set_mailbox(settings: Settings, name: str, known_as: str, subject: str) -> None:
    async with _accounts(settings) as accounts:
        await accounts.set_mailbox(name, known_as, subject=subject)


async def _set_disabled(settings: Settings, name: str, disabled: bool) -> None:
    async with _accounts(settings) as accounts:
        await accounts.set_disabled(name, disabled)
