"""Whole talks: posts in at our pages, through decisions and the database, answers out to a fake Graph API."""

import base64
import hmac
import json
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from bot.channels import Arrival
from bot.channels.meta.channel import MetaChannel
from bot.channels.meta.graph import GraphAccount
from bot.channels.meta.signing import Account
from bot.core.effects import Line
from bot.core.playbook import Mode
from bot.core.tickets import State
from bot.engine.desk import Desk
from bot.engine.intake import accept
from bot.store import Accepted
from bot.store.letters import Letter
from bot.web.meta import MetaPages
from tests.channels.meta import fake_graph_api as fake
from tests.channels.meta.fake_graph_api import FakeGraphApi, Fault
from tests.channels.meta.posts import NUMBER, PAGE, SECRET, THEN, a_message, a_text, on_a_page, on_whatsapp, signed
from tests.core.builders import NOW
from tests.engine.fakes import House, work

pytestmark = pytest.mark.anyio

WORD = "our-own-verify-word"
ADDRESS = "https://privacy.rings.example"


@dataclass
class Office:
    """A desk with a page and a number, and Meta on the other side."""

    house: House
    desk: Desk
    api: FakeGraphApi
    client: httpx.AsyncClient

    async def post(self, post: dict[str, Any], secret: str = SECRET) -> int:
        raw, headers = signed(post, secret)
        return (await self.client.post("/meta", content=raw, headers=headers)).status_code

    async def says(self, text: str, *, mid: str, whatsapp: bool = False) -> list[str]:
        """A person writes; what they read for it."""
        before = len(self.api.taken)
        at = int(self.house.now.timestamp())
        said = on_whatsapp(a_text(text, id=mid, at=at)) if whatsapp else on_a_page(a_message(text, mid=mid, at=at))
        assert await self.post(said) == 200
        self.house.later(seconds=1)
        await work(self.desk)
        return [post.text for post in self.api.taken[before:]]

    @property
    def code(self) -> str:
        text = self.house.post[-1].payload.decode()
        return next(word for line in text.splitlines() for word in line.split() if word.isdigit() and len(word) == 6)

    async def reasons(self) -> list[str]:
        return sorted(item.reason for item in await self.desk.store.staff_items())


@pytest.fixture
def api() -> Iterator[FakeGraphApi]:
    with FakeGraphApi().running() as api:
        yield api


@pytest.fixture
async def office(api: FakeGraphApi, tmp_path: Path) -> AsyncIterator[Office]:
    house = House(folder=tmp_path, now=NOW)
    plain = house.desk()

    def now() -> datetime:
        return house.now

    channels = {
        platform: MetaChannel(
            platform,
            {"rings": GraphAccount(brand="rings", id=account, token="EAA", base_url=api.url)},
            now=now,
        )
        for platform, account in (("messenger", PAGE), ("whatsapp", NUMBER))
    }
    desk = replace(plain, channels={**plain.channels, **channels})
    accounts = [
        Account(brand="rings", platform=platform, id=account, secret=SECRET, verify=WORD)
        for platform, account in (("messenger", PAGE), ("whatsapp", NUMBER))
    ]

    async def take(arrival: Arrival) -> Accepted:
        return await accept(desk, arrival)

    pages = MetaPages(desk, accounts, take, public_url=ADDRESS)
    transport = httpx.ASGITransport(app=Starlette(routes=pages.routes()))
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        yield Office(house, desk, api, client)
    await house.close()


async def open_a_request(office: Office, *, whatsapp: bool = False) -> str:
    """A verified request; its reference."""
    await office.says("deletion ada@example.org", mid="m_1", whatsapp=whatsapp)
    await office.says(office.code, mid="m_2", whatsapp=whatsapp)
    (row,) = await office.desk.store.requests()
    assert row.state is State.OPEN
    return row.reference


async def test_the_first_call_gets_its_challenge_only_with_our_word(office: Office) -> None:
    async def call(word: str) -> httpx.Response:
        asked = {"hub.mode": "subscribe", "hub.verify_token": word, "hub.challenge": "1158201444"}
        return await office.client.get("/meta", params=asked)

    assert (await call(WORD)).text == "1158201444"
    assert (await call("guessed")).status_code == 404
    assert (await call("")).status_code == 404


async def test_a_post_without_the_apps_signature_is_not_taken(office: Office) -> None:
    unsigned = json.dumps(on_a_page(a_message("deletion"))).encode()

    assert (await office.client.post("/meta", content=unsigned)).status_code == 403
    assert await office.post(on_a_page(a_message("deletion")), secret="another-secret-of-some-app") == 403
    assert (await office.desk.store.overview()).messages == {}


async def test_an_account_that_is_not_ours_is_nobodys(office: Office) -> None:
    assert await office.post(on_a_page(a_message("deletion"), account="9999")) == 200
    assert (await office.desk.store.overview()).messages == {}


@pytest.mark.parametrize("whatsapp", [False, True])
async def test_a_talk_from_hello_to_a_verified_request(office: Office, whatsapp: bool) -> None:
    hello = await office.says("good morning", mid="m_0", whatsapp=whatsapp)
    asked = await office.says("deletion", mid="m_1", whatsapp=whatsapp)
    sent = await office.says("ada@example.org", mid="m_2", whatsapp=whatsapp)
    wrong = await office.says("000000", mid="m_3", whatsapp=whatsapp)
    opened = await office.says(office.code, mid="m_4", whatsapp=whatsapp)

    assert "automated privacy assistant" in hello[0]
    assert "Which e-mail address" in asked[0]
    assert "six-digit code" in sent[0]
    assert "not right" in wrong[0]
    assert "Your identity is confirmed" in opened[0]


async def test_posts_that_come_again_in_any_order_do_nothing_more(office: Office) -> None:
    posts = [
        on_a_page(a_message("access ada@example.org", mid="m_1"), a_message("human", mid="m_2", person="7002")),
        on_whatsapp(a_text("unsubscribe bob@example.org", person="7003")),
    ]
    for post in random.Random(5).sample(posts * 5, 10):
        assert await office.post(post) == 200
        await work(office.desk)

    assert len(office.api.taken) == 3
    assert len(await office.desk.store.requests()) == 2


async def test_a_due_answer_after_the_window_goes_by_mail_and_staff_see_it(office: Office) -> None:
    reference = await open_a_request(office)
    office.house.later(days=8)
    letter = Letter(parts=(Line(key="letter_words", values={"words": "Done."}),), mode=Mode.AUTOMATIC, by="bea")
    (item,) = [await _an_item(office)]
    before = len(office.api.posts)

    await office.desk.store.answer_item(item, letter, by="bea", now=office.house.now)
    await work(office.desk)

    assert len(office.api.posts) == before
    assert office.house.post[-1].recipient == "ada@example.org"
    assert b"Done." in office.house.post[-1].payload
    assert "sent_by_mail_instead" in await office.reasons()
    assert reference


async def _an_item(office: Office) -> str:
    """The person asks for a human, long ago by now."""
    office.house.later(days=-8)
    await office.says("human", mid="m_9")
    office.house.later(days=8)
    return next(item.item_id for item in await office.desk.store.staff_items() if item.reason == "asked_for_a_human")


async def test_whatsapp_that_takes_it_and_reports_later_goes_by_mail_once(office: Office) -> None:
    await open_a_request(office, whatsapp=True)
    row = office.api.taken[-1].body["biz_opaque_callback_data"]
    failed = {"id": "wamid.x", "status": "failed", "errors": [{"code": 131047}], "biz_opaque_callback_data": row}
    mails = len(office.house.post)

    for _ in range(3):
        assert await office.post(on_whatsapp(statuses=(failed,))) == 200
        await work(office.desk)

    assert len(office.house.post) == mails + 1
    assert office.house.post[-1].recipient == "ada@example.org"
    assert await office.reasons() == ["sent_by_mail_instead"]


async def test_a_report_about_somebody_who_proved_no_mailbox_goes_to_staff_alone(office: Office) -> None:
    await office.says("deletion", mid="m_1", whatsapp=True)
    row = office.api.taken[-1].body["biz_opaque_callback_data"]
    failed = {"id": "wamid.x", "status": "failed", "errors": [{"code": 131026}], "biz_opaque_callback_data": row}

    await office.post(on_whatsapp(statuses=(failed,)))
    await work(office.desk)

    assert office.house.post == []
    assert await office.reasons() == ["sending_failed"]


async def test_a_report_that_another_account_signs_touches_nothing(office: Office) -> None:
    await office.says("deletion", mid="m_1", whatsapp=True)
    row = office.api.taken[-1].body["biz_opaque_callback_data"]
    failed = {"id": "wamid.x", "status": "failed", "errors": [{"code": 131026}], "biz_opaque_callback_data": row}
    post = on_whatsapp(statuses=(failed,))
    post["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "4004"

    await office.post(post)

    assert await office.reasons() == []


async def test_somebody_who_has_blocked_us_is_for_staff(office: Office) -> None:
    office.api.faults.append(Fault(error=fake.BLOCKED))

    await office.says("deletion", mid="m_1")

    assert await office.reasons() == ["sending_failed"]


async def test_too_many_calls_wait_as_told_and_nothing_is_lost(office: Office) -> None:
    office.api.faults.append(Fault(error=fake.TOO_MANY, headers={"Retry-After": "7"}))
    none = await office.says("deletion", mid="m_1")
    office.house.later(seconds=5)
    await work(office.desk)
    still_none = list(office.api.taken)
    office.house.later(seconds=2)
    await work(office.desk)

    assert none == []
    assert still_none == []
    assert len(office.api.taken) == 1


def a_signed_request(user: str, secret: str = SECRET) -> str:
    said = {"algorithm": "HMAC-SHA256", "issued_at": THEN, "user_id": user}
    payload = base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=")
    mark = hmac.new(secret.encode(), payload, "sha256").digest()
    return f"{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}.{payload.decode()}"


async def test_a_deletion_that_meta_hands_on_is_an_open_request_with_a_status_page(office: Office) -> None:
    told = await office.client.post("/meta/deletion", data={"signed_request": a_signed_request("42")})
    again = await office.client.post("/meta/deletion", data={"signed_request": a_signed_request("42")})
    early = await office.client.get(told.json()["url"])
    await work(office.desk)
    status = await office.client.get(told.json()["url"])
    guessed = await office.client.get(told.json()["url"][:-1] + "x")

    (row,) = await office.desk.store.requests()
    assert (row.right, row.state) == ("deletion", State.OPEN)
    assert told.json() == again.json()
    assert told.json()["confirmation_code"] in told.json()["url"]
    assert (early.status_code, guessed.status_code) == (404, 404)
    assert "open" in status.text
    assert "42" not in status.text.replace(row.reference, "")
    assert await office.reasons() == ["deletion_from_platform"]
    assert office.api.posts == []


async def test_an_app_that_serves_several_brands_asks_each_of_them_to_delete(office: Office) -> None:
    pearls = replace(office.desk.playbooks["rings"], brand="pearls", shop="Example Pearls")
    desk = replace(office.desk, playbooks={**office.desk.playbooks, "pearls": pearls})
    owners = (("rings", "messenger", PAGE), ("rings", "whatsapp", NUMBER), ("pearls", "messenger", "777"))
    accounts = [Account(brand=who, platform=where, id=id, secret=SECRET, verify=WORD) for who, where, id in owners]

    async def take(arrival: Arrival) -> Accepted:
        return await accept(desk, arrival)

    pages = MetaPages(desk, accounts, take, public_url=ADDRESS)
    transport = httpx.ASGITransport(app=Starlette(routes=pages.routes()))
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        told = await client.post("/meta/deletion", data={"signed_request": a_signed_request("42")})
        again = await client.post("/meta/deletion", data={"signed_request": a_signed_request("42")})
        await work(desk)
        status = await client.get(told.json()["url"])

    asked = await desk.store.requests()
    assert sorted((row.brand, row.right) for row in asked) == [("pearls", "deletion"), ("rings", "deletion")]
    assert told.json() == again.json()
    assert all(row.reference in status.text for row in asked)


async def test_a_deletion_that_is_not_signed_is_refused(office: Office) -> None:
    forged = await office.client.post("/meta/deletion", data={"signed_request": a_signed_request("42", "guess")})
    empty = await office.client.post("/meta/deletion")

    assert (forged.status_code, empty.status_code) == (403, 403)
    assert await office.desk.store.requests() == []
