"""Who may go on with a chat: signed sessions that rest, end, change hands only by a code, and obey no other site."""

import secrets
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.web.chat.limits import Rate
from bot.web.chat.routes import Rates
from bot.web.chat.sessions import new_session, read_token, successor, to_token
from tests.core.builders import NOW
from tests.engine.fakes import KEYS
from tests.web.fakes import AMPLE, HOME, SHOP_PAGE, Browser, ChatHouse, chat_house


async def at_the_code(chat: ChatHouse, browser: Browser) -> str:
    """Ask for a deletion and name an address; returns the code that was mailed."""
    await browser.open()
    for text in ("deletion", "ada@example.org"):
        await browser.say(text)
        await chat.work()
    return chat.code


async def test_the_cookie_is_for_our_pages_only_and_no_script_reads_it(chat: ChatHouse) -> None:
    answer = await chat.browser().open()

    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/chat"} <= set(cookie.split("; "))
    assert answer.json() == {}


async def test_on_another_site_the_page_carries_the_session_and_cookies_count_for_nothing(chat: ChatHouse) -> None:
    browser = chat.browser(page=SHOP_PAGE)
    answer = await browser.open()

    assert "set-cookie" not in answer.headers
    assert browser.token
    assert (await browser.say("deletion")).status_code == 202
    browser.client.cookies.set("privacy_chat_rings", browser.token, domain="desk.example", path="/chat")
    browser.token = ""
    assert (await browser.say("deletion")).status_code == 401


async def test_opening_again_goes_on_with_the_same_chat(chat: ChatHouse) -> None:
    browser = chat.browser()
    await browser.open()
    await browser.say("deletion")
    await browser.open()

    assert await browser.heard() == ["deletion"]


@pytest.mark.parametrize("page", [HOME, SHOP_PAGE])
async def test_after_the_code_only_the_browser_that_typed_it_goes_on(chat: ChatHouse, page: str) -> None:
    browser = chat.browser(page=page)
    code = await at_the_code(chat, browser)
    thief = browser.twin()
    assert await thief.heard() != []

    await browser.say(code)
    await chat.work()

    assert "confirmed" in (await browser.heard())[-1]
    assert await thief.look() == {"session": "ended", "entries": []}
    assert (await thief.say("deletion")).status_code == 401


async def test_a_stolen_session_that_types_another_code_does_not_outlive_the_proof(chat: ChatHouse) -> None:
    browser = chat.browser()
    code = await at_the_code(chat, browser)
    thief = browser.twin()

    for who, typed in ((thief, "000000"), (browser, code), (thief, "111111")):
        await who.say(typed)
        await chat.work()

    assert (await browser.look())["session"] == "open"
    assert (await thief.look())["session"] == "ended"


async def test_a_wrong_code_ends_nobody(chat: ChatHouse) -> None:
    browser = chat.browser()
    code = await at_the_code(chat, browser)
    other_tab = browser.twin()

    await browser.say(f"{(int(code) + 1) % 1_000_000:06d}")
    await chat.work()

    assert (await browser.look())["session"] == "open"
    assert (await other_tab.look())["session"] == "open"


async def test_whoever_lost_the_answer_to_the_code_gets_the_session_by_sending_it_again(chat: ChatHouse) -> None:
    browser = chat.browser()
    code = await at_the_code(chat, browser)
    before = browser.twin()
    once = secrets.token_hex(16)
    await browser.say(code, id=once)
    await chat.work()

    assert (await before.say(code, id=once)).status_code == 202
    assert "confirmed" in (await before.heard())[-1]


async def test_the_same_code_under_another_id_gives_nobody_the_session(chat: ChatHouse) -> None:
    browser = chat.browser()
    code = await at_the_code(chat, browser)
    thief = browser.twin()
    await browser.say(code)
    await chat.work()

    assert (await thief.say(code)).status_code == 401


async def test_a_double_click_on_the_code_keeps_the_session_that_was_kept_for_it(chat: ChatHouse) -> None:
    browser = chat.browser()
    code = await at_the_code(chat, browser)
    once = secrets.token_hex(16)

    await browser.say(code, id=once)
    await browser.say(code, id=once)
    await chat.work()

    assert (await browser.look())["session"] == "open"


async def test_after_half_an_hour_without_a_message_the_session_is_over(chat: ChatHouse) -> None:
    browser = chat.browser()
    await browser.open()
    chat.house.later(minutes=29)
    await browser.say("deletion")
    chat.house.later(minutes=29)
    assert (await browser.look())["session"] == "open"
    chat.house.later(minutes=2)

    assert (await browser.look())["session"] == "ended"
    assert (await browser.say("deletion")).status_code == 401


async def test_after_twelve_hours_the_session_is_over_however_busy(chat: ChatHouse) -> None:
    browser = chat.browser()
    await browser.open()
    for _ in range(25):
        assert (await browser.say("deletion")).status_code == 202
        await chat.work()
        chat.house.later(minutes=29)

    assert (await browser.say("deletion")).status_code == 401


async def test_who_never_opened_a_chat_is_told_so(chat: ChatHouse) -> None:
    browser = chat.browser()

    assert await browser.look() == {"session": "none", "entries": []}
    assert (await browser.say("deletion")).status_code == 401


async def test_ending_the_chat_takes_the_cookie_away(chat: ChatHouse) -> None:
    browser = chat.browser()
    await browser.open()

    await browser.post("end")

    assert (await browser.look())["session"] == "none"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://www.shop.example", "https://shop.example"])
async def test_a_page_of_a_site_that_nobody_configured_changes_nothing(chat: ChatHouse, origin: str) -> None:
    browser = chat.browser()
    await browser.open()

    for path in ("session", "messages", "end"):
        body = {"id": secrets.token_hex(16), "text": "deletion"}
        answer = await browser.post(path, body, Origin=origin)
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers
    assert await browser.heard() == []


async def test_a_form_of_another_site_cannot_speak(chat: ChatHouse) -> None:
    browser = chat.browser()
    await browser.open()

    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        assert (await browser.post("messages", {"text": "deletion"}, **{"Content-Type": kind})).status_code == 415


async def test_only_configured_sites_may_ask_first(chat: ChatHouse) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    client = chat.browser().client

    good = await client.options("/chat/messages", headers=asked | {"Origin": SHOP_PAGE})
    bad = await client.options("/chat/messages", headers=asked | {"Origin": "https://evil.example"})

    assert good.headers["access-control-allow-origin"] == SHOP_PAGE
    assert "access-control-allow-credentials" not in good.headers
    assert "access-control-allow-origin" not in bad.headers


@pytest.mark.parametrize("path", ["messages", "setup", "widget.js", "widget.css", "session", "end"])
async def test_no_get_changes_anything(chat: ChatHouse, path: str) -> None:
    browser = chat.browser()
    await browser.open()
    await browser.say("deletion")
    await chat.work()
    before = await browser.look()

    for _ in range(100):
        answer = await browser.client.get(f"/chat/{path}", params={"text": "deletion", "id": secrets.token_hex(16)})
        assert "set-cookie" not in answer.headers

    assert await browser.look() == before


async def test_an_unknown_brand_is_refused(chat: ChatHouse) -> None:
    answer = await chat.browser().client.get("/chat/setup", params={"brand": "../etc"})

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        (Rates(by_chat=Rate(burst=3, per_minute=6), by_host=AMPLE, fetches=AMPLE), [202, 202, 202, 429, 429]),
        (Rates(by_chat=AMPLE, by_host=Rate(burst=2, per_minute=6), fetches=AMPLE), [202, 202, 429, 429, 429]),
    ],
)
async def test_who_writes_too_fast_is_told_when_to_go_on(tmp_path: Path, rates: Rates, expected: list[int]) -> None:
    async with chat_house(tmp_path, rates=rates) as chat:
        browser = chat.browser()
        await browser.open()

        answers = [await browser.say("deletion") for _ in expected]

        assert [answer.status_code for answer in answers] == expected
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 11
        assert len(await browser.heard()) == expected.count(202)


async def test_a_chat_whose_messages_pile_up_waits_for_us(chat: ChatHouse) -> None:
    browser = chat.browser()
    await browser.open()

    answers = [await browser.say("deletion") for _ in range(12)]
    await chat.work()

    assert [answer.status_code for answer in answers].count(429) == 4
    assert (await browser.say("deletion")).status_code == 202


async def test_who_fetches_too_fast_is_told_so(tmp_path: Path) -> None:
    rates = Rates(by_chat=AMPLE, by_host=AMPLE, fetches=Rate(burst=2, per_minute=6))
    async with chat_house(tmp_path, rates=rates) as chat:
        browser = chat.browser()
        await browser.open()

        statuses = [(await browser.client.get("/chat/messages")).status_code for _ in range(3)]

        assert statuses == [200, 200, 429]


def test_a_session_has_128_random_bits_and_no_two_are_alike() -> None:
    sessions = {new_session("rings", NOW).id for _ in range(1000)}

    assert len(sessions) == 1000
    assert {len(bytes.fromhex(name)) for name in sessions} == {16}


def test_a_token_that_anybody_changed_is_no_token() -> None:
    token = to_token(new_session("rings", NOW), KEYS)

    changed = {token[:place] + other + token[place + 1 :] for place in range(len(token)) for other in "0a.-"} - {token}

    assert read_token(token, KEYS, NOW) is not None
    assert not [found for found in changed if read_token(found, KEYS, NOW)]


def test_a_token_of_an_old_key_is_still_good() -> None:
    session = new_session("rings", NOW)
    newer = replace(KEYS, current=b"n" * 32, old=(KEYS.current,))

    assert read_token(to_token(session, KEYS), newer, NOW) == session


def test_a_token_from_the_future_does_not_live_longer() -> None:
    session = new_session("rings", NOW)

    assert read_token(to_token(session, KEYS), KEYS, NOW + timedelta(hours=12)) is None


def test_the_session_that_goes_on_keeps_the_chat_and_not_the_id() -> None:
    session = new_session("rings", NOW)

    heir = successor(session, "m" * 32, KEYS)

    assert (heir.chat, heir.started_at) == (session.chat, session.started_at)
    assert heir.id not in (session.id, successor(session, "n" * 32, KEYS).id)
