"""Sign-in by OpenID Connect, with a provider on loopback that tells the truth, and lies."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey
from pydantic import ValidationError

from bot.console.provider import Newcomers, Provider, Terms
from bot.errors import BadSetting
from bot.office import make_provider
from bot.settings import BrandSettings, GivenSettings, SignInSettings
from bot.store.audit import rows_of
from tests.console.fakes import PASSWORD, Browser, Room, csrf_in
from tests.console.provider import CLIENT, SECRET, FakeProvider, a_provider

SUBJECT = "4711"
NEWCOMERS = Newcomers(role="agent", brand="rings", domains=("shop.example",))


@pytest.fixture
def fake() -> Iterator[FakeProvider]:
    with a_provider() as provider:
        yield provider


def by(room: Room, fake: FakeProvider, **changes: Any) -> None:
    """The console lets in by this provider."""
    usual = Terms(
        issuer=fake.url, client_id=CLIENT, client_secret=SECRET, name="Shop ID", private=True, asks_code=False
    )
    room.office = replace(room.office, provider=Provider(replace(usual, **changes)))


async def come_in(room: Room, browser: Browser | None = None, **changed: str) -> tuple[Browser, httpx.Response]:
    """From the button to the provider and back; `changed` is laid over what the browser brings back."""
    browser = browser or room.browser()
    sent = await browser.get("/sign-in/provider")
    if sent.status_code != 303:
        return browser, sent
    async with httpx.AsyncClient() as outside:
        returned = (await outside.get(sent.headers["location"])).headers["location"]
    brought = {name: values[0] for name, values in parse_qs(urlsplit(returned).query).items()} | changed
    return browser, await browser.client.get("/console/sign-in/back", params=brought)


async def hire(room: Room, name: str = "ada", **changes: Any) -> None:
    browser = await room.hire(name, "agent", **({"mailbox": "ada@shop.example"} | changes))
    await browser.post("/me/everywhere")


async def is_in(browser: Browser) -> bool:
    return (await browser.get("/cases")).status_code == 200


async def test_a_clerk_comes_in_by_the_mailbox_that_the_provider_has_checked(room: Room, fake: FakeProvider) -> None:
    by(room, fake)
    await hire(room)

    browser, answer = await come_in(room)

    assert (answer.status_code, answer.headers["location"]) == (303, "/console/cases")
    assert await is_in(browser)
    account = await room.office.accounts.find("ada")
    assert account is not None
    assert account.subject == f"{fake.url} {SUBJECT}"


async def test_the_door_shows_the_button_only_where_there_is_a_provider(room: Room, fake: FakeProvider) -> None:
    without = await room.browser().get("/sign-in")
    closed = [(await room.browser().get(path)).status_code for path in ("/sign-in/provider", "/sign-in/back")]
    by(room, fake)
    with_it = await room.browser().get("/sign-in")

    assert "/sign-in/provider" not in without.text
    assert closed == [404, 404]
    assert "Sign in with Shop ID" in with_it.text


async def test_what_is_asked_for_has_state_nonce_and_a_challenge_that_no_other_sign_in_has(
    room: Room, fake: FakeProvider
) -> None:
    by(room, fake)

    asked = [
        parse_qs(urlsplit((await room.browser().get("/sign-in/provider")).headers["location"]).query) for _ in range(2)
    ]

    assert asked[0]["code_challenge_method"] == ["S256"]
    assert asked[0]["redirect_uri"] == ["https://desk.example/console/sign-in/back"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[0][name][0]) >= 43
        assert asked[0][name] != asked[1][name]


#: How an answer may lie, and the sentence at the door.
LIES: dict[str, dict[str, Any]] = {
    "another issuer": {"lies": {"iss": "https://evil.example"}},
    "another audience": {"lies": {"aud": "another-client"}},
    "many audiences and no party": {"lies": {"aud": [CLIENT, "another-client"]}},
    "many audiences, another party": {"lies": {"aud": [CLIENT, "x"], "azp": "x"}},
    "another nonce": {"lies": {"nonce": "0" * 64}},
    "no nonce": {"lies": {"nonce": None}},
    "over": {"lies": {"exp": int(time.time()) - 600}},
    "no end": {"lies": {"exp": None}},
    "not yet": {"lies": {"nbf": int(time.time()) + 600}},
    "nobody": {"lies": {"sub": None}},
    "an empty subject": {"lies": {"sub": ""}},
    "no signature": {"signs": "none"},
    "the client's secret as key": {"signs": "HS256"},
    "the public key as a secret": {"signs": "public key as secret"},
    "a stranger's key": {"signs": "foreign"},
}


@pytest.mark.parametrize("lie", LIES)
async def test_an_answer_that_does_not_prove_it_lets_nobody_in(room: Room, fake: FakeProvider, lie: str) -> None:
    by(room, fake)
    await hire(room)
    for name, value in LIES[lie].items():
        setattr(fake, name, value)

    browser, answer = await come_in(room)

    assert answer.status_code == 400
    assert "could not be verified" in answer.text
    assert not await is_in(browser)


async def test_an_answer_for_another_browser_is_refused(room: Room, fake: FakeProvider) -> None:
    """State: whoever plants their own answer in somebody's browser signs nobody in."""
    by(room, fake)
    await hire(room)
    other = room.browser()
    sent = await other.get("/sign-in/provider")
    state = parse_qs(urlsplit(sent.headers["location"]).query)["state"][0]

    browser, planted = await come_in(room, state=state)
    without_a_cookie = await room.browser().client.get(f"/console/sign-in/back?code=x&state={state}")

    for answer in (planted, without_a_cookie):
        assert answer.status_code == 400
        assert "Start it again here" in answer.text
    assert not await is_in(browser)


async def test_an_answer_that_comes_too_late_or_twice_is_refused(room: Room, fake: FakeProvider) -> None:
    by(room, fake)
    await hire(room)
    slow = room.browser()
    sent = await slow.get("/sign-in/provider")
    room.house.later(minutes=10)
    state = parse_qs(urlsplit(sent.headers["location"]).query)["state"][0]
    late = await slow.client.get(f"/console/sign-in/back?code=x&state={state}")
    browser, first = await come_in(room)
    again = await browser.client.get(str(first.request.url))

    assert "Start it again here" in late.text
    assert first.status_code == 303
    assert again.status_code == 400


async def test_a_code_that_was_caught_is_of_no_use_without_the_verifier(room: Room, fake: FakeProvider) -> None:
    """PKCE: the code of one browser, brought by another with its own state."""
    by(room, fake)
    await hire(room)
    victim = await room.browser().get("/sign-in/provider")
    async with httpx.AsyncClient() as outside:
        returned = (await outside.get(victim.headers["location"])).headers["location"]
    caught = parse_qs(urlsplit(returned).query)["code"][0]

    thief, answer = await come_in(room, code=caught)

    assert answer.status_code == 400
    assert not await is_in(thief)


async def test_a_mailbox_that_the_provider_has_not_checked_opens_nothing(room: Room, fake: FakeProvider) -> None:
    by(room, fake)
    await hire(room)
    for unchecked in (None, False, "false", 1):
        fake.claims["email_verified"] = unchecked

        browser, answer = await come_in(room)

        assert answer.status_code == 400
        assert SUBJECT in answer.text
        assert not await is_in(browser)


async def test_whoever_is_bound_to_a_subject_is_not_another_subject_with_the_same_mailbox(
    room: Room, fake: FakeProvider
) -> None:
    by(room, fake)
    await hire(room)
    await come_in(room)
    fake.claims["sub"] = "4712"

    browser, answer = await come_in(room)

    assert "Ask an admin" in answer.text
    assert not await is_in(browser)


async def test_a_subject_stays_the_same_clerk_when_the_mailbox_changes(room: Room, fake: FakeProvider) -> None:
    by(room, fake)
    await hire(room)
    await come_in(room)
    fake.claims |= {"email": "ada.married@shop.example", "email_verified": False}

    browser, _ = await come_in(room)

    assert await is_in(browser)


async def test_whom_the_provider_knows_and_we_do_not_gets_no_right(room: Room, fake: FakeProvider) -> None:
    by(room, fake)

    browser, answer = await come_in(room)

    assert "Ask an admin to enter your mailbox" in answer.text
    assert not await is_in(browser)
    assert await room.office.accounts.all() == []


async def test_a_newcomer_gets_the_role_that_the_operator_has_configured_and_no_password(
    room: Room, fake: FakeProvider
) -> None:
    by(room, fake, newcomers=NEWCOMERS)
    await hire(room, mailbox="")

    browser, _ = await come_in(room)
    again, _ = await come_in(room)

    assert await is_in(browser)
    assert await is_in(again)
    account = await room.office.accounts.find("ada-2")
    assert account is not None
    assert (account.roles, account.mailbox) == ({"rings": "agent"}, "ada@shop.example")
    assert len(await room.office.accounts.all()) == 2
    assert (await room.browser().sign_in("ada-2", password="", code="000000")).status_code == 400


@pytest.mark.parametrize("mailbox", ["eve@evil.example", "eve@shop.example.evil.example", "eve@notshop.example"])
async def test_a_newcomer_of_another_domain_is_refused(room: Room, fake: FakeProvider, mailbox: str) -> None:
    by(room, fake, newcomers=NEWCOMERS)
    fake.claims["email"] = mailbox

    browser, answer = await come_in(room)

    assert answer.status_code == 400
    assert not await is_in(browser)


async def test_whoever_is_shut_out_here_is_shut_out_there(room: Room, fake: FakeProvider) -> None:
    by(room, fake, newcomers=NEWCOMERS)
    await hire(room)
    await room.office.accounts.set_disabled("ada", True)

    browser, answer = await come_in(room)

    assert answer.status_code == 400
    assert not await is_in(browser)


async def test_our_one_time_password_is_asked_after_it_and_is_good_once(room: Room, fake: FakeProvider) -> None:
    by(room, fake, asks_code=True)
    await hire(room)

    browser, page = await come_in(room)
    before = await is_in(browser)
    code = room.code("ada")
    form = {"csrf": csrf_in(page)}
    wrong = await browser.send("/console/sign-in/code", form | {"code": "000000"})
    right = await browser.send("/console/sign-in/code", form | {"code": code})
    other, other_page = await come_in(room)
    again = await other.send("/console/sign-in/code", {"csrf": csrf_in(other_page), "code": code})

    assert (page.status_code, before) == (200, False)
    assert (wrong.status_code, right.status_code) == (400, 303)
    assert await is_in(browser)
    assert again.status_code == 400
    assert not await is_in(other)


async def test_five_wrong_codes_close_the_door_behind_the_provider_too(room: Room, fake: FakeProvider) -> None:
    by(room, fake, asks_code=True)
    await hire(room)
    browser, page = await come_in(room)
    form = {"csrf": csrf_in(page)}
    for _ in range(5):
        await browser.send("/console/sign-in/code", form | {"code": "000000"})

    shut = await browser.send("/console/sign-in/code", form | {"code": room.code("ada")})

    assert "Too many attempts" in shut.text
    assert not await is_in(browser)


async def test_a_cookie_of_half_the_way_is_made_by_nobody_else(room: Room, fake: FakeProvider) -> None:
    by(room, fake, asks_code=True)
    await hire(room)
    browser, page = await come_in(room)
    name = "privacy_desk_console_half"
    value = browser.client.cookies[name]
    moved = value.replace(b"ada".hex(), b"bob".hex())
    browser.client.cookies.set(name, moved, domain="desk.example", path="/console/sign-in")

    answer = await browser.send("/console/sign-in/code", {"csrf": csrf_in(page), "code": "000000"})

    assert moved != value
    assert answer.status_code == 403


async def test_a_provider_that_must_see_to_a_second_factor_must_say_so(room: Room, fake: FakeProvider) -> None:
    by(room, fake, methods=("mfa", "hwk"))
    await hire(room)

    _, without = await come_in(room)
    fake.claims["amr"] = ["pwd", "mfa"]
    browser, _ = await come_in(room)

    assert "second factor" in without.text
    assert await is_in(browser)


async def test_a_password_that_was_only_handed_over_is_void_once_its_owner_comes_in_by_the_provider(
    room: Room, fake: FakeProvider
) -> None:
    by(room, fake)
    await room.hire("ada", "agent", mailbox="ada@shop.example", must_change=True)

    browser, _ = await come_in(room)

    assert await is_in(browser)
    assert (await room.browser().sign_in("ada", password=PASSWORD)).status_code == 400


async def test_the_person_who_stops_at_the_provider_is_told_what_to_do(room: Room, fake: FakeProvider) -> None:
    by(room, fake)
    fake.answer = "error"

    _, answer = await come_in(room)

    assert "did not let you in, or you stopped there" in answer.text


#: What the discovery document may say that must not be followed.
DETOURS: dict[str, dict[str, Any]] = {
    "another issuer": {"issuer": "https://evil.example"},
    "a token endpoint on this machine": {"token_endpoint": "http://127.0.0.1:1/token"},
    "keys on this machine": {"jwks_uri": "https://127.0.0.1:2/keys"},
    "keys in the cloud's own network": {"jwks_uri": "https://169.254.169.254/keys"},
    "keys in a file": {"jwks_uri": "file:///etc/passwd"},
    "no token endpoint": {"token_endpoint": None},
    "a script instead of a page": {"authorization_endpoint": "javascript:alert(1)"},
}


@pytest.mark.parametrize("detour", DETOURS)
async def test_the_discovery_document_leads_nowhere_else(room: Room, fake: FakeProvider, detour: str) -> None:
    """SSRF: only the issuer's own host is called within the network; the rest is judged as any address."""
    by(room, fake)
    await hire(room)
    fake.metadata = DETOURS[detour]

    browser, answer = await come_in(room)

    assert answer.status_code == 400
    assert "Sign in with your password" in answer.text
    assert not await is_in(browser)


async def test_a_private_address_is_called_only_where_the_operator_says_so(room: Room, fake: FakeProvider) -> None:
    by(room, fake, private=False)

    answer = await room.browser().get("/sign-in/provider")

    assert answer.status_code == 400
    assert fake.asked == []


async def test_a_provider_that_is_away_is_said_and_the_password_still_works(room: Room, fake: FakeProvider) -> None:
    by(room, fake, issuer="http://127.0.0.1:9")
    await hire(room)

    away = await room.browser().get("/sign-in/provider")

    assert "cannot be reached" in away.text
    assert (await room.browser().sign_in("ada")).status_code == 303


async def test_a_new_key_of_the_provider_is_fetched_and_not_for_every_token(room: Room, fake: FakeProvider) -> None:
    clock = [0.0]
    by(room, fake)
    assert room.office.provider is not None
    terms = room.office.provider.terms
    room.office = replace(room.office, provider=Provider(terms, monotonic=lambda: clock[0]))
    await hire(room)
    await come_in(room)
    fake.key = RSAKey.generate_key(2048, {"kid": "two"}, auto_kid=False)

    _, at_once = await come_in(room)
    clock[0] += 61
    browser, later = await come_in(room)

    assert (at_once.status_code, later.status_code) == (400, 303)
    assert await is_in(browser)
    assert fake.asked.count("/keys") == 2


async def test_an_admin_enters_by_what_the_provider_knows_somebody(room: Room, fake: FakeProvider) -> None:
    by(room, fake)
    await hire(room, mailbox="")
    fake.claims["email_verified"] = None
    root = await room.hire("root", "admin", "*")
    await root.post("/people", {"act": "mailbox", "name": "ada", "mailbox": SUBJECT})

    browser, _ = await come_in(room)

    assert await is_in(browser)
    async with room.desk.store.database.reading() as connection:
        events = [(row.event, row.actor) for row in await rows_of(connection, "clerk ada")]
    assert ("clerk_mailbox_set", "root") in events


async def test_a_mailbox_belongs_to_one_account_and_an_admin_of_one_brand_reaches_no_other(
    room: Room, fake: FakeProvider
) -> None:
    by(room, fake)
    await hire(room)
    await hire(room, "bob", mailbox="")
    root = await room.hire("root", "admin", "*")
    eve = await room.hire("eve", "admin", "pearls")

    taken = await root.post("/people", {"act": "mailbox", "name": "bob", "mailbox": "ADA@shop.example"})
    stolen = await eve.post("/people", {"act": "mailbox", "name": "root", "mailbox": "eve@shop.example"})

    assert "belongs to another account" in taken.text
    assert stolen.status_code == 404


def settings(**changes: Any) -> GivenSettings:
    usual = {"issuer": "https://id.example", "client_id": "desk"}
    return GivenSettings(brands=(BrandSettings(name="rings"),), sign_in=SignInSettings(**(usual | changes)))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"issuer": "http://id.example"}, "must begin with https"),
        ({"newcomers": "agent", "second_factor": "theirs"}, "needs newcomers_domains"),
        ({"newcomers": "agent", "newcomers_domains": ["shop.example"]}, "second_factor"),
        ({"newcomers": "agent", "newcomers_domains": ["Gmail.com"], "second_factor": "theirs"}, "gmail.com"),
        ({"newcomers_brand": "nowhere"}, "newcomers_brand"),
    ],
)
def test_a_setting_that_would_let_in_too_many_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(why)):
        settings(**changes)


def test_a_secret_that_is_not_there_is_said_at_the_start_and_stands_in_no_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = settings(client_secret_from="SIGN_IN_SECRET")
    with pytest.raises(BadSetting, match="SIGN_IN_SECRET"):
        make_provider(chosen)
    monkeypatch.setenv("SIGN_IN_SECRET", SECRET)

    provider = make_provider(chosen)

    assert provider is not None
    assert provider.terms.client_secret == SECRET
    assert SECRET not in repr(provider.terms)
