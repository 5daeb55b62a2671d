"""Whole talks through the fake Bot API and the whole service, with the shipped reader and policy."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.channels.mail.sink import MailSink
from bot.core.tickets import State
from bot.demo.customers import code_mails
from bot.demo.house import ADDRESS, BRAND
from bot.service import Service, serving
from bot.settings import BrandSettings, GivenSettings, SubmissionSettings, TelegramSettings, WebSettings
from tests.channels.telegram.fake_bot_api import Call, FakeBotApi

pytestmark = pytest.mark.anyio

BOT, ADA, BOB = "55", 7001, 7002
GROUP = {"id": -100200, "type": "supergroup", "title": "Rings"}
SECRET = "a-secret_of_20_signs"


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", f"{BOT}:AAsecret")
    monkeypatch.setenv("BOT_SECRET", SECRET)


@pytest.fixture
def api() -> Iterator[FakeBotApi]:
    with FakeBotApi().running() as api:
        yield api


@asynccontextmanager
async def desk(
    api: FakeBotApi, folder: Path, *, web: WebSettings | None = None, **bot: Any
) -> AsyncIterator[tuple[Service, MailSink]]:
    """The service with one bot."""
    telegram = TelegramSettings(brand=BRAND, token_from="BOT_TOKEN", base_url=api.url, **bot)
    async with MailSink(folder / "sent") as sink:
        settings = GivenSettings(
            data_dir=folder,
            brands=(BrandSettings(name=BRAND, addresses=(ADDRESS,), mode="automatic"),),
            smtp_out=SubmissionSettings(port=sink.port),
            web=web or WebSettings(port=0),
            telegram=(telegram,),
        )
        async with serving(settings) as service:
            yield service, sink


async def says(api: FakeBotApi, user: int, text: str, *, language: str = "en") -> Call:
    """A person writes and waits for the answer."""
    before = len(api.sent(user))
    writer = {"id": user, "is_bot": False, "first_name": "Ada", "language_code": language}
    api.says(BOT, user, text, **{"from": writer})
    await asyncio.to_thread(api.wait, lambda api: len(api.sent(user)) > before)
    return api.sent(user)[-1]


async def code_for(sink: MailSink, address: str) -> str:
    for _ in range(200):
        if found := [mail.code for mail in code_mails(sink) if mail.address == address]:
            return found[-1]
        await asyncio.sleep(0.05)
    raise AssertionError("no code came")


async def states(service: Service) -> dict[str, State]:
    return {row.right: row.state for row in await service.desk.store.requests()}


async def test_a_talk_in_english_from_the_button_to_a_verified_request(api: FakeBotApi, tmp_path: Path) -> None:
    async with desk(api, tmp_path) as (service, sink):
        hello = await says(api, ADA, "/start")
        asked = await says(api, ADA, "Delete my data")
        sent = await says(api, ADA, "ada@example.org")
        before = await states(service)
        wrong = await says(api, ADA, "000000")
        opened = await says(api, ADA, await code_for(sink, "ada@example.org"))
        after = await states(service)

    assert "automated privacy assistant" in hello.text
    assert "Delete my data" in hello.buttons
    assert "Which e-mail address" in asked.text
    assert "six-digit code" in sent.text
    assert before == {"deletion": State.AWAITING_VERIFICATION}
    assert "not right" in wrong.text
    assert "Your identity is confirmed" in opened.text
    assert after == {"deletion": State.OPEN}


async def test_a_talk_in_german_from_the_button_to_a_verified_request(api: FakeBotApi, tmp_path: Path) -> None:
    async with desk(api, tmp_path) as (service, sink):
        hello = await says(api, ADA, "/start", language="de")
        asked = await says(api, ADA, "Kopie meiner Daten", language="de")
        sent = await says(api, ADA, "ada@example.org", language="de")
        opened = await says(api, ADA, await code_for(sink, "ada@example.org"), language="de")
        after = await states(service)

    assert "automatische Datenschutz-Assistent" in hello.text
    assert "Um welche E-Mail-Adresse" in asked.text
    assert "sechsstelligen Code" in sent.text
    assert "Ihre Identität ist bestätigt" in opened.text
    assert after == {"access": State.OPEN}


async def test_what_the_bot_itself_holds_of_a_chat_is_told_and_erased_at_once(api: FakeBotApi, tmp_path: Path) -> None:
    async with desk(api, tmp_path) as (service, _sink):
        await says(api, ADA, "Do you have this ring in size 7?")
        held = await says(api, ADA, "/mydata")
        erased = await says(api, ADA, "/forget")
        again = await says(api, ADA, "/mydata")
        after = await states(service)

    assert "we hold" in held.text
    assert "Delete my data" in held.buttons
    assert "has been erased" in erased.text
    assert held.text.partition("we hold")[2][:3] != again.text.partition("we hold")[2][:3]
    assert after == {}


async def test_questions_are_answered_from_the_policy_or_plainly_refused(api: FakeBotApi, tmp_path: Path) -> None:
    async with desk(api, tmp_path) as (_, _sink):
        cookies = await says(api, ADA, "/cookies")
        refused = await says(api, ADA, "Does your privacy policy say whether you record phone calls?")
        off_topic = await says(api, ADA, "Do you have this ring in size 7?")

    assert "From our privacy policy" in cookies.text
    assert "does not say" in refused.text
    assert refused.buttons == ["A person, please"]
    assert "I can help with privacy" in off_topic.text


async def test_a_person_changes_the_language_and_the_buttons_follow(api: FakeBotApi, tmp_path: Path) -> None:
    async with desk(api, tmp_path) as (_, _sink):
        await says(api, ADA, "/start")
        which = await says(api, ADA, "/language")
        polish = await says(api, ADA, "Polski")
        asked = await says(api, ADA, "Usuń moje dane")

    assert "Polski" in which.buttons
    assert "Usuń moje dane" in polish.buttons
    assert "adres" in asked.text


async def test_what_is_not_text_of_their_own_opens_nothing_and_gets_one_line(api: FakeBotApi, tmp_path: Path) -> None:
    async with desk(api, tmp_path) as (service, sink):
        await says(api, ADA, "/forget ada@example.org")
        code = await code_for(sink, "ada@example.org")
        api.says(BOT, ADA, code, forward_origin={"type": "hidden_user", "sender_user_name": "x", "date": 1})
        api.push(BOT, {"edited_message": api.says(BOT, ADA)["message"] | {"text": code}})
        api.says(BOT, ADA, code, chat=GROUP)
        api.says(BOT, ADA, f"/human {code}", chat=GROUP)
        await asyncio.to_thread(api.wait, lambda api: len(api.sent(GROUP["id"])) == 1 and len(api.sent(ADA)) == 3)
        after = await states(service)

    assert after == {"deletion": State.AWAITING_VERIFICATION}
    assert all("Please write what you would like as a new message" in call.text for call in api.sent(ADA)[1:])
    assert "private chat" in api.sent(GROUP["id"])[0].text


async def test_a_webhook_talk_survives_replays_in_any_order(api: FakeBotApi, tmp_path: Path) -> None:
    port = free_port()
    web = WebSettings(port=port, public_url=f"http://127.0.0.1:{port}")
    async with desk(api, tmp_path, web=web, mode="webhook", secret_from="BOT_SECRET") as (service, sink):
        await asyncio.to_thread(api.wait, lambda api: any(call.method == "setWebhook" for call in api.calls))
        updates = [api.says(BOT, ADA, "/mydata ada@example.org"), api.says(BOT, BOB, "/unsubscribe bob@example.org")]
        await asyncio.to_thread(api.wait, lambda api: len(api.sent()) == 2)
        await code_for(sink, "ada@example.org")
        for update in random.Random(7).sample(updates * 5, 10):
            api.push(BOT, update)
        await asyncio.to_thread(api.wait, lambda api: len(api.answers) == 12)
        await asyncio.sleep(0.3)
        after = await states(service)

    assert set(api.answers) == {200}
    assert len(api.sent()) == 2
    assert after == {"access": State.AWAITING_VERIFICATION, "unsubscribe": State.OPEN}


async def test_a_blocked_bot_is_told_to_staff(api: FakeBotApi, tmp_path: Path) -> None:
    api.blocked.add(ADA)
    async with desk(api, tmp_path) as (service, _sink):
        api.says(BOT, ADA, "/human")
        await asyncio.to_thread(api.wait, lambda api: any(call.status == 403 for call in api.calls))
        await asyncio.sleep(0.3)
        reasons = [item.reason for item in await service.desk.store.staff_items()]

    assert sorted(reasons) == ["asked_for_a_human", "sending_failed"]


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
