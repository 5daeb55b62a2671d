"""Who comes in, and who does not (RELIABILITY T36)."""

from datetime import timedelta

import pytest

from bot.console.doors import MOST_FAILURES
from bot.console.visit import ABSOLUTE, COOKIE, IDLE
from bot.store.audit import rows_of
from tests.console.fakes import PASSWORD, Room, csrf_in

NEW_PASSWORD = {"old": PASSWORD, "new": "another long word", "again": "another long word"}


async def test_a_clerk_comes_in_with_password_and_one_time_password(room: Room) -> None:
    browser = await room.hire("ada", "agent")

    page = await browser.get("/cases")

    assert page.status_code == 200
    assert "Work list" in page.text


async def test_nobody_comes_in_without_a_session(room: Room) -> None:
    answer = await room.browser().get("/cases")

    assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")


@pytest.mark.parametrize("wrong", ["password", "code", "name", "nobody"])
async def test_whoever_fails_is_not_told_why(room: Room, wrong: str) -> None:
    await room.hire("ada", "agent")
    browser = room.browser()
    given = {"name": "ada", "password": PASSWORD, "code": ""}
    given |= {"password": {"password": "wrong"}, "code": {"code": "000000"}, "name": {"name": "bob"}}.get(wrong, {})

    answer = await browser.sign_in(**given) if wrong != "nobody" else await browser.sign_in("", password="", code="1")

    assert answer.status_code == 400
    assert "That did not work. Check the name, the password and the six digits" in answer.text
    assert COOKIE not in {cookie.name for cookie in browser.client.cookies.jar}


async def test_five_failures_close_the_door_for_a_quarter_of_an_hour_even_to_the_right_password(room: Room) -> None:
    await room.hire("ada", "agent")
    browser = room.browser()
    for _ in range(MOST_FAILURES):
        await browser.sign_in("ada", password="wrong")

    shut = await browser.sign_in("ada")
    room.house.later(minutes=15)
    open_again = await browser.sign_in("ada")

    assert "Too many attempts" in shut.text
    assert open_again.status_code == 303


async def test_a_one_time_password_is_good_once(room: Room) -> None:
    await room.hire("ada", "agent")
    code = room.code("ada")

    first = await room.browser().sign_in("ada", code=code)
    second = await room.browser().sign_in("ada", code=code)

    assert (first.status_code, second.status_code) == (303, 400)


@pytest.mark.parametrize(("rest", "status"), [(IDLE - timedelta(minutes=1), 200), (IDLE, 303)])
async def test_a_session_that_rests_too_long_is_over(room: Room, rest: timedelta, status: int) -> None:
    browser = await room.hire("ada", "agent")
    await browser.get("/cases")

    room.house.now += rest

    assert (await browser.get("/cases")).status_code == status


async def test_a_session_that_is_used_all_day_ends_all_the_same(room: Room) -> None:
    browser = await room.hire("ada", "agent")
    statuses = []

    for _ in range(int(ABSOLUTE / timedelta(minutes=20))):
        room.house.later(minutes=20)
        statuses.append((await browser.get("/cases")).status_code)

    assert statuses == [200] * (len(statuses) - 1) + [303]


async def test_what_a_page_asks_by_itself_keeps_no_session_alive(room: Room) -> None:
    browser = await room.hire("ada", "agent")

    for _ in range(3):
        room.house.later(minutes=11)
        last = await browser.get("/cases/news", **{"X-Live": "1"})

    assert last.status_code == 401


async def test_a_changed_password_ends_every_other_session(room: Room) -> None:
    here = await room.hire("ada", "agent")
    there = room.browser()
    await there.sign_in("ada")

    changed = await here.post(
        "/me/password", {"old": PASSWORD, "new": "another long word", "again": "another long word"}
    )

    assert changed.headers["location"].endswith("said=password_changed")
    assert (await here.get("/cases")).status_code == 200
    assert (await there.get("/cases")).status_code == 303


async def test_signing_out_everywhere_ends_every_session(room: Room) -> None:
    here = await room.hire("ada", "agent")
    there = room.browser()
    await there.sign_in("ada")

    await here.post("/me/everywhere")

    assert [(await browser.get("/cases")).status_code for browser in (here, there)] == [303, 303]


async def test_whoever_is_shut_out_is_out_at_once(room: Room) -> None:
    browser = await room.hire("ada", "agent")

    await room.office.accounts.set_disabled("ada", True)

    assert (await browser.get("/cases")).status_code == 303
    assert (await browser.sign_in("ada")).status_code == 400


async def test_a_password_that_somebody_else_knows_must_be_changed_first(room: Room) -> None:
    browser = await room.hire("ada", "agent", must_change=True)

    held = await browser.get("/cases")
    changed = await browser.post("/me/password", NEW_PASSWORD)

    assert held.headers["location"].startswith("/console/me")
    assert changed.status_code == 303
    assert (await browser.get("/cases")).status_code == 200


@pytest.mark.parametrize(
    ("new", "again", "said"),
    [
        ("short", "short", "too short"),
        ("aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "too short"),
        ("long enough words", "x", "differ"),
    ],
)
async def test_a_weak_password_is_refused(room: Room, new: str, again: str, said: str) -> None:
    browser = await room.hire("ada", "agent")

    answer = await browser.post("/me/password", {"old": PASSWORD, "new": new, "again": again})

    assert answer.status_code == 400
    assert said in answer.text


async def test_the_cookie_is_for_this_site_and_no_script(room: Room) -> None:
    await room.hire("ada", "agent")
    browser = room.browser()

    answer = await browser.sign_in("ada")

    cookie = next(value for value in answer.headers.get_list("set-cookie") if value.startswith(f"{COOKIE}="))
    assert all(word in cookie for word in ("HttpOnly", "SameSite=lax", "Secure", "Path=/console"))


async def test_a_cookie_that_was_made_up_opens_nothing(room: Room) -> None:
    browser = await room.hire("ada", "agent")
    value = browser.client.cookies[COOKIE]
    token, _, signature = value.partition(".")

    for forged in (token, f"{token}.", f"{token}.{'0' * 64}", f"{token[:-1]}x.{signature}", "", "."):
        stranger = room.browser()
        stranger.client.cookies.set(COOKIE, forged, path="/console")
        assert (await stranger.get("/cases")).status_code == 303


async def test_nothing_that_opens_a_session_is_kept(room: Room) -> None:
    browser = await room.hire("ada", "agent")
    token = browser.client.cookies[COOKIE].partition(".")[0]

    kept = b"".join(path.read_bytes() for path in room.house.folder.iterdir())

    assert token.encode() not in kept
    assert PASSWORD.encode() not in kept


async def test_a_form_of_another_site_does_nothing(room: Room) -> None:
    browser = await room.hire("ada", "agent")
    token = csrf_in(await browser.get("/me"))
    form = {"language": "de", "time_zone": ""}

    from_elsewhere = await browser.send("/console/me", form | {"csrf": token}, origin="https://evil.example")
    without = await browser.send("/console/me", form)
    wrong = await browser.send("/console/me", form | {"csrf": "0" * 64})

    assert [answer.status_code for answer in (from_elsewhere, without, wrong)] == [403, 403, 403]
    found = await room.office.accounts.find("ada")
    assert found is not None
    assert found.language == "en"


async def test_after_signing_in_one_is_where_one_wanted_to_go(room: Room) -> None:
    await room.hire("ada", "agent")
    browser = room.browser()
    await browser.get("/figures?days=30")

    answer = await browser.sign_in("ada")

    assert answer.headers["location"] == "/console/figures?days=30"


async def test_a_stolen_browser_does_not_find_out_the_password(room: Room) -> None:
    browser = await room.hire("ada", "agent")
    for _ in range(MOST_FAILURES):
        await browser.post("/me/password", NEW_PASSWORD | {"old": "a guess"})

    shut = await browser.post("/me/password", NEW_PASSWORD)

    assert shut.status_code == 400
    assert "Too many attempts" in shut.text


async def test_who_let_whom_in_is_on_record(room: Room) -> None:
    admin = await room.hire("root", "admin", "*")
    await admin.post("/people", {"act": "add", "name": "bob", "role": "agent", "brand": "rings"})
    await admin.post("/people", {"act": "disable", "name": "bob"})

    async with room.desk.store.database.reading() as connection:
        rows = await rows_of(connection, "clerk bob")

    assert [(row.event, row.actor) for row in rows] == [("clerk_added", "root"), ("clerk_shut_out", "root")]
    assert rows[0].details == {"roles": "agent (rings)"}
    assert await room.desk.store.broken_chains() == ()
