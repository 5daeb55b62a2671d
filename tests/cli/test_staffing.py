"""`staff add|accounts|password|disable|corrections`: the first admin, and what clerks corrected."""

import asyncio
import json
import re
from pathlib import Path

import pyotp
import pytest

from bot.channels import Arrival
from bot.console.credentials import is_password
from bot.engine.intake import accept
from bot.engine.loop import EmbeddedLoop
from bot.replay.loading import load
from bot.settings import load_settings
from bot.store.accounts import Account, Accounts
from bot.store.casebook import Casebook
from bot.wiring import make_keys, open_desk, open_store, utc_now

from .mails import DELETION, as_mbox
from .shell import Shell

SETTINGS = '[[brands]]\nname = "marigold"\naddresses = ["hello@shop.example"]\n'


@pytest.fixture(autouse=True)
def a_shop(shell: Shell) -> None:
    Path("privacy-desk.toml").write_text(SETTINGS)


def told(out: str, name: str) -> str:
    found = re.search(rf"^{name}\s+(\S+)$", out, re.M)
    assert found is not None, out
    return found.group(1)


def account_of(name: str) -> Account:
    async def find() -> Account | None:
        async with open_store(load_settings()) as store:
            return await Accounts(store.database, make_keys(load_settings())).find(name)

    found = asyncio.run(find())
    assert found is not None
    return found


def test_the_first_admin_is_made_by_a_command_that_tells_everything_once(shell: Shell) -> None:
    ran = shell("staff add ada --role admin")

    account = account_of("ada")
    assert ran.status == 0
    assert is_password(account.password, told(ran.out, "Password"))
    assert len(pyotp.TOTP(told(ran.out, "One-time")).now()) == 6
    assert "otpauth://totp/" in ran.out
    assert (account.must_change, dict(account.roles)) == (True, {"*": "admin"})
    [listed] = shell("staff accounts --json").objects
    assert listed == {"name": "ada", "roles": {"*": "admin"}, "disabled": False}


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("staff add Ada!", "is no name"),
        ("staff add ada --role boss", "is no role; there are admin, agent, auditor, lead"),
        ("staff add ada --brand pearls", "there is no brand pearls; there are marigold"),
        ("staff password nobody", "There is nobody named nobody"),
        ("staff disable nobody", "There is nobody named nobody"),
    ],
)
def test_a_mistake_is_one_line(shell: Shell, command: str, said: str) -> None:
    ran = shell(command)

    assert ran.status == 2
    assert said in ran.refusal


def test_a_name_is_given_once_and_a_new_password_replaces_the_old_one(shell: Shell) -> None:
    first = told(shell("staff add ada --brand marigold --role lead").out, "Password")

    again = shell("staff add ada")
    second = told(shell("staff password ada").out, "Password")

    assert "The name ada is taken" in again.refusal
    assert not is_password(account_of("ada").password, first)
    assert is_password(account_of("ada").password, second)


def test_whoever_leaves_is_shut_out_and_may_come_back(shell: Shell) -> None:
    shell("staff add ada")

    shell("staff disable ada")
    out = account_of("ada").disabled
    shell("staff enable ada")

    assert (out, account_of("ada").disabled) == (True, False)


def test_what_clerks_corrected_becomes_a_recorded_conversation(shell: Shell, tmp_path: Path) -> None:
    shell(f"ingest {as_mbox(tmp_path / 'mails', DELETION)} --brand marigold")
    [request] = shell("requests list --json").objects
    [detail] = shell(f"requests show {request['reference']} --json").objects

    async def correct() -> None:
        async with open_store(load_settings()) as store:
            await Casebook(store.database).correct(
                inbox_id=detail["messages"][0]["inbox_id"],
                reference=request["reference"],
                clerk="ada",
                intents=["access"],
                words="also wants a copy",
                now=utc_now(),
            )

    asyncio.run(correct())
    ran = shell("staff corrections --out corrected")

    assert "1 of 1 corrections" in ran.out
    [file] = Path("corrected").iterdir()
    (script,) = load(file)
    assert "also wants a copy" in file.read_text()
    assert request["claimed_address"] not in file.read_text()
    assert script.turns


def test_a_chat_that_was_corrected_becomes_a_recorded_conversation_too(shell: Shell) -> None:
    said = {"chat": "c0ffee", "text": "Please delete my account, ada.lovelace@example.org"}

    async def chat_and_correct() -> None:
        settings = load_settings()
        async with open_desk(settings) as desk:
            raw = json.dumps(said).encode()
            arrival = Arrival(
                channel="terminal", brand="marigold", raw=raw, received_at=utc_now(), external_id="c0ffee:1"
            )
            inbox_id = (await accept(desk, arrival)).inbox_id
            await EmbeddedLoop(desk).handle_all()
            corrected = Casebook(desk.store.database).correct(
                inbox_id=inbox_id, reference="", clerk="ada", intents=["access"], words="", now=utc_now()
            )
            await corrected

    asyncio.run(chat_and_correct())
    ran = shell("staff corrections --out corrected")

    assert "1 of 1 corrections" in ran.out
    [file] = Path("corrected").iterdir()
    (script,) = load(file)
    assert script.channel == "terminal"
    assert "Please delete my account" in file.read_text()
    assert "ada.lovelace" not in file.read_text()


def test_by_what_the_provider_knows_somebody_is_entered_where_there_is_a_provider(shell: Shell) -> None:
    shell("staff add ada")
    refused = shell("staff mailbox ada ada@shop.example")
    sign_in = '[sign_in]\nissuer = "https://id.example"\nclient_id = "desk"\n'
    Path("privacy-desk.toml").write_text(sign_in + SETTINGS)

    entered = shell("staff mailbox ada Ada@Shop.example")
    by_mailbox = account_of("ada")
    shell("staff mailbox ada 4711")
    by_subject = account_of("ada")

    assert "no provider of sign-in" in refused.refusal
    assert entered.status == 0
    assert (by_mailbox.mailbox, by_mailbox.subject) == ("ada@shop.example", "")
    assert (by_subject.mailbox, by_subject.subject) == ("", "https://id.example 4711")
