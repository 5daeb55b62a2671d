"""A package reaches its owner and nobody else: a link, a fresh code, the files, and all of it counted and on record."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient, Response
from starlette.applications import Starlette

from bot import staff
from bot.core.playbook import Mode
from bot.engine.desk import Desk
from bot.engine.upkeep import keep_house
from bot.staff import Clerk, packaging
from bot.store import NotAllowed
from bot.web.packages import PackagePages
from tests.core.builders import MAILBOX
from tests.engine.fakes import House, a_mail, receive, work
from tests.engine.letters import code_in, text_of

pytestmark = pytest.mark.anyio

PUBLIC = "https://privacy.shop.example"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(folder=tmp_path)
    yield made
    await made.close()


def dora(house: House, desk: Desk) -> Clerk:
    return Clerk(name="dora", store=desk.store, playbooks=desk.playbooks, now=lambda: house.now)


async def a_request(house: House, desk: Desk, right: str = "access") -> str:
    await receive(desk, a_mail(right))
    await work(desk)
    await receive(desk, a_mail(code_in(house), number=2))
    await work(desk)
    (row,) = await desk.store.requests()
    house.post.clear()
    return row.reference


async def an_offer(house: House, desk: Desk) -> tuple[str, str]:
    """Returns the reference and the path of the page."""
    reference = await a_request(house, desk)
    await packaging.add_file(dora(house, desk), reference, "orders.txt", b"three rings")
    await packaging.offer(dora(house, desk), reference, public_url=PUBLIC)
    await work(desk)
    told = text_of(house.post[-1]).replace("=\n", "")
    found = re.search(rf"{PUBLIC}(/package/[\w-]+)", told)
    assert found, told
    house.post.clear()
    return reference, found[1]


def a_browser(desk: Desk) -> AsyncClient:
    pages = PackagePages(desk, public_url=PUBLIC).routes()
    return AsyncClient(transport=ASGITransport(app=Starlette(routes=list(pages))), base_url=PUBLIC)


async def code_for(house: House, desk: Desk, browser: AsyncClient, path: str) -> str:
    await browser.post(path)
    await work(desk)
    found = re.search(r"Your code: (\d{6})", text_of(house.post[-1]))
    assert found
    return found[1]


async def opened(house: House, desk: Desk, browser: AsyncClient, path: str) -> Response:
    code = await code_for(house, desk, browser, path)
    return await browser.post(path, data={"code": code}, follow_redirects=True)


async def events(desk: Desk, reference: str) -> list[str]:
    detail = await desk.store.request(reference)
    assert detail is not None
    return [row.event for row in detail.audit if row.event.startswith("package")]


async def test_the_owner_fetches_the_files_with_a_fresh_code(house: House) -> None:
    desk = house.desk()
    reference, path = await an_offer(house, desk)
    async with a_browser(desk) as browser:
        page = await opened(house, desk, browser, path)
        link = re.search(r'href="([^"]+)"', page.text)
        assert link, page.text
        file = await browser.get(link[1])

    assert file.content == b"three rings"
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''orders.txt"
    assert file.headers["content-type"] == "application/octet-stream"
    assert file.headers["x-content-type-options"] == "nosniff"
    assert await events(desk, reference) == [
        "package_made",
        "package_filled",
        "package_offered",
        "package_code_sent",
        "package_opened",
        "package_downloaded",
    ]
    (package,) = await desk.store.packages.of_request(reference)
    assert (package.opened, package.downloads) == (1, 1)
    assert await desk.store.evidence.faults() == []


async def test_the_mail_holds_a_link_and_no_data(house: House) -> None:
    desk = house.desk()
    reference = await a_request(house, desk)
    await packaging.add_file(dora(house, desk), reference, "orders.txt", b"three rings")
    await packaging.offer(dora(house, desk), reference, public_url=PUBLIC)
    await work(desk)

    (mail,) = house.post
    assert mail.recipient == MAILBOX
    assert PUBLIC in text_of(mail)
    assert "three rings" not in text_of(mail)
    assert "orders.txt" not in text_of(mail)


async def test_a_scanner_that_follows_the_link_a_hundred_times_sends_nothing(house: House) -> None:
    desk = house.desk()
    reference, path = await an_offer(house, desk)
    async with a_browser(desk) as browser:
        answers = [await browser.get(path) for _ in range(20)]
    await work(desk)

    assert {answer.status_code for answer in answers} == {200}
    assert "orders.txt" not in answers[0].text
    assert house.post == []
    assert await events(desk, reference) == ["package_made", "package_filled", "package_offered"]


async def test_without_the_code_no_file_leaves_not_even_with_its_address(house: House) -> None:
    desk = house.desk()
    _, path = await an_offer(house, desk)
    async with a_browser(desk) as owner, a_browser(desk) as thief:
        page = await opened(house, desk, owner, path)
        link = re.search(r'href="([^"]+)"', page.text)
        assert link
        stolen = await thief.get(link[1])
        forged = await thief.get(link[1], headers={"Cookie": "package=AHBkMQ"})

    assert (stolen.status_code, forged.status_code) == (410, 410)


async def test_five_wrong_codes_use_the_right_one_up(house: House) -> None:
    desk = house.desk()
    _, path = await an_offer(house, desk)
    async with a_browser(desk) as browser:
        code = await code_for(house, desk, browser, path)
        wrong = f"{(int(code) + 1) % 10**6:06}"
        tries = [(await browser.post(path, data={"code": wrong})).status_code for _ in range(5)]
        late = await browser.post(path, data={"code": code})

    assert tries == [403] * 5
    assert late.status_code == 403


async def test_a_code_is_good_once_and_for_ten_minutes(house: House) -> None:
    desk = house.desk()
    _, path = await an_offer(house, desk)
    async with a_browser(desk) as browser, a_browser(desk) as other:
        code = await code_for(house, desk, browser, path)
        await browser.post(path, data={"code": code})
        again = await other.post(path, data={"code": code})
        fresh = await code_for(house, desk, other, path)
        house.later(minutes=11)
        late = await other.post(path, data={"code": fresh})

    assert (again.status_code, late.status_code) == (403, 403)


async def test_the_session_ends_after_a_quarter_of_an_hour(house: House) -> None:
    desk = house.desk()
    _, path = await an_offer(house, desk)
    async with a_browser(desk) as browser:
        page = await opened(house, desk, browser, path)
        house.later(minutes=16)
        later = await browser.get(path)

    assert "orders.txt" in page.text
    assert "orders.txt" not in later.text


async def test_a_package_expires_and_its_files_go(house: House) -> None:
    desk = house.desk()
    reference, path = await an_offer(house, desk)
    house.later(days=15)
    async with a_browser(desk) as browser:
        gone = await browser.get(path)
    await keep_house(desk)

    assert gone.status_code == 410
    (package,) = await desk.store.packages.of_request(reference)
    assert package.state == "expired"
    assert await desk.store.packages.file(package.id, package.items[0].id) is None


async def test_a_draft_that_was_never_offered_goes_a_week_after_its_request_is_closed(house: House) -> None:
    desk = house.desk()
    reference = await a_request(house, desk)
    clerk = dora(house, desk)
    await packaging.add_file(clerk, reference, "orders.txt", b"three rings")
    await staff.take(clerk, reference)
    house.later(days=20)
    await keep_house(desk)
    (kept,) = await desk.store.packages.of_request(reference)
    await staff.complete(clerk, reference)
    house.later(days=8)

    await keep_house(desk)

    (package,) = await desk.store.packages.of_request(reference)
    assert (kept.state, package.state) == ("draft", "expired")
    assert await desk.store.packages.file(package.id, package.items[0].id) is None


async def test_a_withdrawn_package_is_gone_at_once(house: House) -> None:
    desk = house.desk()
    reference, path = await an_offer(house, desk)

    assert await packaging.withdraw(dora(house, desk), reference) == 1

    async with a_browser(desk) as browser:
        assert (await browser.get(path)).status_code == 410


async def test_a_link_that_was_guessed_shows_nothing(house: House) -> None:
    async with a_browser(house.desk()) as browser:
        assert (await browser.get("/package/guess")).status_code == 410


async def test_portability_goes_in_as_json_and_as_csv_without_formulas(house: House) -> None:
    desk = house.desk()
    reference = await a_request(house, desk, right="portability")
    records = [{"order": 1, "note": "=HYPERLINK(1)"}, {"order": 2, "gift": "für Bo"}]

    added = await packaging.add_file(dora(house, desk), reference, "orders.json", json.dumps(records).encode())

    files = dict(await packaging.hand_over(dora(house, desk), reference))
    assert added.names == ("orders.json", "orders.csv")
    assert files["orders.csv"].decode().splitlines() == [
        '"order","note","gift"',
        '"1","\'=HYPERLINK(1)",""',
        '"2","","für Bo"',
    ]


async def test_a_csv_goes_in_as_json_too(house: House) -> None:
    desk = house.desk()
    reference = await a_request(house, desk, right="portability")

    await packaging.add_file(dora(house, desk), reference, "orders.csv", b"order,note\n1,ring\n")

    files = dict(await packaging.hand_over(dora(house, desk), reference))
    assert json.loads(files["orders.json"]) == [{"order": "1", "note": "ring"}]


async def test_what_is_somebody_elses_is_hidden_in_text_and_refused_in_what_is_no_text(house: House) -> None:
    desk = house.desk()
    reference = await a_request(house, desk)
    clerk = dora(house, desk)

    added = await packaging.add_file(
        clerk, reference, "notes.txt", b"A ring for BO BUTLER, paid by Ada; Bo Butler likes gold.", redact=["Bo Butler"]
    )
    with pytest.raises(NotAllowed, match="is not text"):
        await packaging.add_file(clerk, reference, "scan.pdf", b"%PDF\x00\xff", redact=["Bo Butler"])
    with pytest.raises(NotAllowed, match="check the spelling"):
        await packaging.add_file(clerk, reference, "notes.txt", b"nobody", redact=["Bo Butler"])

    ((_, content),) = await packaging.hand_over(clerk, reference)
    assert added.hidden == 2
    assert content == b"A ring for [redacted], paid by Ada; [redacted] likes gold."


async def test_without_a_public_page_the_clerk_is_told_what_to_do_instead(house: House) -> None:
    desk = house.desk()
    reference = await a_request(house, desk)
    await packaging.add_file(dora(house, desk), reference, "orders.txt", b"three rings")

    with pytest.raises(NotAllowed, match=r"web\.public_url.*package write .*never send them by plain mail"):
        await packaging.offer(dora(house, desk), reference, public_url="")

    assert await packaging.hand_over(dora(house, desk), reference) == [("orders.txt", b"three rings")]
    assert (await events(desk, reference))[-1] == "package_handed"


async def test_nothing_is_packed_for_who_has_not_proved_anything(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("access"))
    await work(desk)
    (row,) = await desk.store.requests()

    with pytest.raises(NotAllowed, match="nobody has proved"):
        await packaging.add_file(dora(house, desk), row.reference, "orders.txt", b"three rings")


async def test_in_shadow_mode_the_letter_is_recorded_and_nothing_leaves(house: House) -> None:
    desk = house.desk()
    reference = await a_request(house, desk)
    quiet = replace(desk.playbooks["rings"], mode=Mode.SHADOW)
    clerk = replace(dora(house, desk), playbooks={"rings": quiet})
    await packaging.add_file(clerk, reference, "orders.txt", b"three rings")

    offered = await packaging.offer(clerk, reference, public_url=PUBLIC, lives=timedelta(days=3))

    assert offered.letter.state == "shadow"


async def test_what_the_desk_itself_holds_goes_into_the_answer(house: House) -> None:
    desk = house.desk()
    reference = await a_request(house, desk)
    await packaging.add_what_we_hold(dora(house, desk), reference)
    await staff.take(dora(house, desk), reference)

    ((name, content),) = await packaging.hand_over(dora(house, desk), reference)
    held = json.loads(content)
    assert name == "privacy-desk.json"
    assert held["mailbox"] == MAILBOX
    assert [row["reference"] for row in held["requests"]] == [reference]
    assert len(held["your_messages"]) == 2
