"""The customers' pages: nothing happens on a GET, a form is good once, and no page tells whether a code was right."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import words
from bot.core.tickets import State
from bot.web.chat.limits import Rate
from tests.engine.fakes import House, a_mail, receive, work
from tests.engine.letters import code_in, text_of
from tests.web.customers import PagesHouse, form_in, pages_house


@pytest.fixture
async def rooms(tmp_path: Path) -> AsyncIterator[PagesHouse]:
    house = House(folder=tmp_path)
    yield pages_house(house)
    await house.close()


async def states(rooms: PagesHouse) -> list[State]:
    return [row.state for row in await rooms.desk.store.requests()]


async def test_without_a_public_url_no_mail_names_a_page(tmp_path: Path) -> None:
    house = House(folder=tmp_path)
    desk = house.desk()
    await receive(desk, a_mail("deletion please"))
    await work(desk)

    said = "".join(text_of(sent) for sent in house.post)
    await house.close()
    assert "http" not in said
    assert "NOT ME" in said


@pytest.mark.parametrize("purpose", ["deny", "confirm"])
async def test_a_hundred_visits_change_nothing(rooms: PagesHouse, purpose: str) -> None:
    await rooms.ask()
    before = await rooms.desk.store.overview()
    async with rooms.browser() as browser:
        for _ in range(100):
            page = await browser.get(rooms.link(purpose))
            assert page.status_code == 200
    await work(rooms.desk)

    assert await rooms.desk.store.overview() == before
    assert await states(rooms) == [State.AWAITING_VERIFICATION]


async def test_the_button_cancels_the_request_and_staff_are_told(rooms: PagesHouse) -> None:
    await rooms.ask()
    async with rooms.browser() as browser:
        page = await browser.get(rooms.link("deny"))
        done = await browser.post(rooms.link("deny"), data={"form": form_in(page.text)})
    await work(rooms.desk)

    assert done.status_code == 200
    assert await states(rooms) == [State.CANCELLED]
    assert "it_was_not_me" in {item.reason for item in await rooms.desk.store.staff_items()}
    assert "its code no longer works" in text_of(rooms.house.post[-1])


async def test_a_second_press_is_told_so(rooms: PagesHouse) -> None:
    await rooms.ask()
    async with rooms.browser() as browser:
        page = await browser.get(rooms.link("deny"))
        answers = [await browser.post(rooms.link("deny"), data={"form": form_in(page.text)}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 409, 409]


@pytest.mark.parametrize("form", ["", "x", "00.1.00", None])
async def test_a_post_without_a_form_of_ours_is_only_shown_the_form(rooms: PagesHouse, form: str | None) -> None:
    await rooms.ask()
    async with rooms.browser() as browser:
        answer = await browser.post(rooms.link("deny"), data={"form": form} if form is not None else None)
    await work(rooms.desk)

    assert form_in(answer.text)
    assert await states(rooms) == [State.AWAITING_VERIFICATION]


async def test_a_form_of_one_page_is_no_form_of_the_other(rooms: PagesHouse) -> None:
    await rooms.ask()
    async with rooms.browser() as browser:
        form = form_in((await browser.get(rooms.link("confirm"))).text)
        await browser.post(rooms.link("deny"), data={"form": form})
    await work(rooms.desk)

    assert await states(rooms) == [State.AWAITING_VERIFICATION]


async def test_the_code_opens_the_request(rooms: PagesHouse) -> None:
    await rooms.ask()
    async with rooms.browser() as browser:
        page = await browser.get(rooms.link("confirm"))
        await browser.post(
            rooms.link("confirm"), data={"form": form_in(page.text), "code": f" {code_in(rooms.house)} "}
        )
    await work(rooms.desk)

    assert await states(rooms) == [State.OPEN]


async def test_a_right_and_a_wrong_code_see_the_same_page(rooms: PagesHouse) -> None:
    await rooms.ask()
    right = code_in(rooms.house)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    pages = []
    async with rooms.browser() as browser:
        for code in (wrong, right):
            page = await browser.get(rooms.link("confirm"))
            pages.append(await browser.post(rooms.link("confirm"), data={"form": form_in(page.text), "code": code}))

    assert pages[0].content == pages[1].content
    assert pages[0].headers == pages[1].headers


@pytest.mark.parametrize("code", ["", "12345", "123456 654321", "<script>"])
async def test_what_is_no_code_is_asked_for_again_and_said_aloud(rooms: PagesHouse, code: str) -> None:
    await rooms.ask()
    async with rooms.browser() as browser:
        page = await browser.get(rooms.link("confirm"))
        answer = await browser.post(rooms.link("confirm"), data={"form": form_in(page.text), "code": code})

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "aria-invalid" in answer.text
    assert "<script" not in answer.text


async def test_guesses_on_the_page_are_counted_like_any_others(rooms: PagesHouse) -> None:
    await rooms.ask()
    right = code_in(rooms.house)
    async with rooms.browser() as browser:
        for number in range(1, 6):
            page = await browser.get(rooms.link("confirm"))
            wrong = f"{(int(right) + number) % 1_000_000:06d}"
            await browser.post(rooms.link("confirm"), data={"form": form_in(page.text), "code": wrong})
            await work(rooms.desk)
        page = await browser.get(rooms.link("confirm"))
        await browser.post(rooms.link("confirm"), data={"form": form_in(page.text), "code": right})
    await work(rooms.desk)

    assert await states(rooms) == [State.AWAITING_VERIFICATION]


@pytest.mark.parametrize("change", [lambda path: path[:-1] + "x", lambda path: path.replace("/deny/", "/confirm/")])
async def test_a_forged_link_and_one_for_another_page_are_old_links(rooms: PagesHouse, change: object) -> None:
    await rooms.ask()
    assert callable(change)
    async with rooms.browser() as browser:
        answer = await browser.get(change(rooms.link("deny")))

    assert answer.status_code == 410
    assert "no longer good" in answer.text


async def test_a_link_runs_out_and_says_what_to_do_instead_in_the_readers_language(rooms: PagesHouse) -> None:
    await rooms.ask()
    rooms.house.later(hours=25)
    async with rooms.browser(**{"Accept-Language": "de-AT,de;q=0.9"}) as browser:
        code, deny = await browser.get(rooms.link("confirm")), await browser.get(rooms.link("deny"))

    assert (code.status_code, deny.status_code) == (410, 200)
    assert 'lang="de"' in code.text
    assert "antworten Sie auf die E-Mail" in code.text


async def test_no_page_is_kept_or_names_where_it_came_from_or_may_run_anything(rooms: PagesHouse) -> None:
    await rooms.ask()
    async with rooms.browser() as browser:
        page = await browser.get(rooms.link("confirm"))

    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script|\son\w+=|https?://|\sstyle=", page.text)
    assert "ada@example.org" not in page.text


async def test_who_asks_too_often_waits(tmp_path: Path) -> None:
    house = House(folder=tmp_path)
    rooms = pages_house(house, by_host=Rate(burst=3, per_minute=1))
    await rooms.ask()
    async with rooms.browser() as browser:
        answers = [(await browser.get(rooms.link("deny"))).status_code for _ in range(5)]
    await house.close()

    assert answers == [200, 200, 200, 429, 429]


async def test_the_link_of_a_chats_code_mail_denies_and_no_page_takes_its_code(rooms: PagesHouse) -> None:
    """A chat's code counts in that chat only (T16)."""
    from bot.channels import Arrival
    from bot.engine.intake import accept

    said = ("deletion please", "ada@example.org")
    for number, text in enumerate(said):
        raw = f'{{"chat": "c1", "text": "{text}"}}'.encode()
        arrival = Arrival(
            channel="terminal", brand="rings", raw=raw, received_at=rooms.house.now, external_id=str(number)
        )
        await accept(rooms.desk, arrival)
        await work(rooms.desk)
    mails = "".join(text_of(sent) for sent in rooms.house.post)
    assert "/confirm/" not in mails

    async with rooms.browser() as browser:
        page = await browser.get(rooms.link("deny"))
        await browser.post(rooms.link("deny"), data={"form": form_in(page.text)})
    await work(rooms.desk)

    assert await states(rooms) == [State.CANCELLED]


@pytest.mark.parametrize("language", words.languages())
def test_every_language_has_the_words_of_the_pages(language: str) -> None:
    keys = [key for key in words._words("en")["sentences"] if key.startswith(("page_deny_", "page_code_"))]

    assert {"page_deny_button", "page_code_title"} <= set(keys)
    assert all(words.phrase(key, language, shop="Rings") for key in keys)
