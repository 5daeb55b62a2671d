"""Sending, polling and the webhook against the fake Bot API, with its faults."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from bot.channels import Arrival, Rendered
from bot.channels.telegram.account import Account
from bot.channels.telegram.api import TooMany
from bot.channels.telegram.channel import TelegramChannel, Webhook
from bot.channels.telegram.listening import poll, webhook_route
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.rendering import Wire
from bot.errors import BadSetting, NotNow, Refused, StoreUnavailable, Uncertain
from tests.channels.telegram.fake_bot_api import FakeBotApi, Fault

pytestmark = pytest.mark.anyio

BOT, ADA = "55", 7001
TOKEN = f"{BOT}:AAsecret"
SECRET = "a-secret_of_20_signs"
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


class Clock:
    """Time that only passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def pace(self) -> Pace:
        return Pace(clock=self, sleep=self.sleep)


@pytest.fixture
def api() -> Iterator[FakeBotApi]:
    with FakeBotApi().running() as api:
        yield api


@pytest.fixture
async def account(api: FakeBotApi) -> AsyncIterator[Account]:
    account = Account(brand="rings", token=TOKEN, base_url=api.url, read_seconds=0.5)
    yield account
    await account.close()


def channel(account: Account, clock: Clock) -> TelegramChannel:
    return TelegramChannel({"rings": account}, pace={"rings": clock.pace()})


def rendered(*texts: str, chat: int = ADA, number: str = "row", brand: str = "rings") -> Rendered:
    wire = Wire(id=number, brand=brand, chat=chat, texts=texts, buttons=(("/human",),))
    return Rendered(recipient=str(chat), payload=wire.to_bytes())


async def test_a_message_goes_out_plain_with_its_buttons_below_the_last_piece(
    api: FakeBotApi, account: Account
) -> None:
    receipt = await channel(account, Clock()).send(rendered("*one*", "two"))

    assert [(call.chat, call.text, call.buttons) for call in api.sent()] == [
        (ADA, "*one*", []),
        (ADA, "two", ["/human"]),
    ]
    assert receipt.said.isdigit()


async def test_pieces_go_to_one_chat_at_most_once_a_second(api: FakeBotApi, account: Account) -> None:
    clock = Clock()

    await channel(account, clock).send(rendered(*"abcdefgh"))

    assert len(api.sent()) == 8
    assert clock.now >= 7.0


async def test_many_chats_get_at_most_25_messages_a_second(account: Account) -> None:
    clock = Clock()
    pace = clock.pace()

    for chat in range(100):
        await pace.turn(chat)

    assert clock.now == pytest.approx(99 / 25)


async def test_a_chat_that_floods_us_does_not_keep_the_others_waiting(account: Account) -> None:
    clock = Clock()
    pace = clock.pace()
    put_off = 0

    for _ in range(200):
        try:
            await pace.turn(ADA)
        except NotNow:
            put_off += 1
    await pace.turn(ADA + 1)

    assert put_off > 180
    assert clock.now < 16


async def test_a_short_silence_is_kept_and_then_the_message_goes_out(api: FakeBotApi, account: Account) -> None:
    api.faults.append(Fault(retry_after=2))
    clock = Clock()

    await channel(account, clock).send(rendered("hello"))

    assert len(api.sent()) == 1
    assert clock.now >= 2


async def test_nothing_is_called_before_a_long_silence_is_over(api: FakeBotApi, account: Account) -> None:
    api.faults.append(Fault(retry_after=30))
    clock = Clock()
    telegram = channel(account, clock)
    with pytest.raises(TooMany):
        await telegram.send(rendered("hello"))

    clock.now += 25
    with pytest.raises(NotNow):
        await telegram.send(rendered("hello", chat=ADA + 1))
    calls = len(api.calls)
    clock.now += 6
    await telegram.send(rendered("hello"))

    assert calls == 1
    assert len(api.sent()) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504, 401, 404, 409])
async def test_trouble_on_their_side_is_not_now(api: FakeBotApi, account: Account, status: int) -> None:
    api.faults.append(Fault(status=status))

    with pytest.raises(NotNow):
        await channel(account, Clock()).send(rendered("hello"))


async def test_a_server_that_cannot_be_reached_is_not_now() -> None:
    account = Account(brand="rings", token=TOKEN, base_url="http://127.0.0.1:9")

    with pytest.raises(NotNow):
        await channel(account, Clock()).send(rendered("hello"))
    await account.close()


async def test_an_answer_that_never_comes_is_uncertain(api: FakeBotApi, account: Account) -> None:
    api.faults.append(Fault(taken_but_slow=1.0))

    with pytest.raises(Uncertain):
        await channel(account, Clock()).send(rendered("hello"))
    assert len(api.sent()) == 1


async def test_a_person_who_blocked_the_bot_is_refused_and_not_asked_again(api: FakeBotApi, account: Account) -> None:
    api.blocked.add(ADA)

    with pytest.raises(Refused, match="blocked"):
        await channel(account, Clock()).send(rendered("hello"))
    assert len(api.calls) == 1


async def test_a_message_that_they_do_not_take_is_refused(account: Account) -> None:
    with pytest.raises(Refused):
        await channel(account, Clock()).send(rendered("x" * 4097))


async def test_a_brand_without_a_bot_is_refused(account: Account) -> None:
    with pytest.raises(Refused):
        await channel(account, Clock()).send(rendered("hello", brand="pearls"))


async def test_a_group_that_moved_is_answered_where_it_is_now(api: FakeBotApi, account: Account) -> None:
    api.faults.append(Fault(status=400, migrate_to=-100300))

    await channel(account, Clock()).send(rendered("hello", chat=-9))

    assert [call.chat for call in api.sent()] == [-100300]


async def test_pieces_that_were_taken_are_not_sent_again_with_the_rest(api: FakeBotApi, account: Account) -> None:
    clock = Clock()
    trouble = [Fault(status=502)]

    async def sleep(seconds: float) -> None:
        """Before the second piece, their server breaks once."""
        clock.now += seconds
        api.faults.extend(trouble)
        trouble.clear()

    telegram = TelegramChannel({"rings": account}, pace={"rings": Pace(clock=clock, sleep=sleep)})
    with pytest.raises(NotNow):
        await telegram.send(rendered("one", "two", "three"))
    await telegram.send(rendered("another", number="other"))
    await telegram.send(rendered("one", "two", "three"))

    assert [call.text for call in api.sent()] == ["one", "another", "two", "three"]


@pytest.mark.parametrize("token", ["", "secret", "x:secret", ":"])
def test_a_token_that_is_none_is_a_bad_setting_that_does_not_tell_it(token: str) -> None:
    with pytest.raises(BadSetting) as told:
        Account(brand="rings", token=token, base_url="http://127.0.0.1:9")
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("fault", [Fault(status=500), Fault(status=401), Fault(status=400), Fault(retry_after=30)])
async def test_no_error_carries_the_token(api: FakeBotApi, account: Account, fault: Fault) -> None:
    api.faults.append(fault)

    with pytest.raises((NotNow, Refused)) as told:
        await channel(account, Clock()).send(rendered("hello"))
    assert "secret" not in str(told.value)


async def test_each_brand_speaks_with_its_own_bot(api: FakeBotApi, account: Account) -> None:
    pearls = Account(brand="pearls", token="66:BBother", base_url=api.url)
    telegram = TelegramChannel({"rings": account, "pearls": pearls})

    await telegram.send(rendered("from rings"))
    await telegram.send(rendered("from pearls", brand="pearls"))
    await pearls.close()

    assert [(call.bot, call.text) for call in api.sent()] == [("55", "from rings"), ("66", "from pearls")]


@pytest.mark.parametrize("secret", ["", "short", "x" * 257, "sixteen letters and a blank", "\u00e9" * 20])
def test_a_secret_that_is_none_is_a_bad_setting(secret: str) -> None:
    with pytest.raises(BadSetting):
        Webhook(url="http://127.0.0.1:9", secret=secret)


class Desk:
    """Keeps arrivals, or is away for the first of them."""

    def __init__(self, *, away: int = 0) -> None:
        self.away = away
        self.kept: list[Arrival] = []
        self.full = asyncio.Event()
        self.wanted = 1

    async def take(self, arrival: Arrival) -> None:
        if self.away:
            self.away -= 1
            raise StoreUnavailable("The database is locked.")
        self.kept.append(arrival)
        if len(self.kept) >= self.wanted:
            self.full.set()

    @property
    def numbers(self) -> list[int]:
        return [int(arrival.external_id) for arrival in self.kept]


async def polled(account: Account, desk: Desk, *, wanted: int) -> None:
    """Poll until the desk has kept `wanted` updates."""
    desk.wanted = wanted
    stop = asyncio.Event()
    task = asyncio.create_task(poll(account, desk.take, stop, lambda: NOW, seconds=5))
    try:
        await asyncio.wait_for(desk.full.wait(), timeout=20)
        await asyncio.sleep(0.05)
    finally:
        stop.set()
        await task


async def test_polling_takes_updates_in_their_order_with_their_own_json(api: FakeBotApi, account: Account) -> None:
    first, second = (api.says(BOT, ADA, text) for text in ("one \u00e9", "two"))
    desk = Desk()

    await polled(account, desk, wanted=2)

    assert desk.numbers == [first["update_id"], second["update_id"]]
    assert [json.loads(arrival.raw) for arrival in desk.kept] == [first, second]
    assert desk.kept[0].origin == {"bot": BOT}
    assert desk.kept[0].brand == "rings"


async def test_the_offset_moves_on_only_over_what_was_kept(api: FakeBotApi, account: Account) -> None:
    pushed = [api.says(BOT, ADA, str(number))["update_id"] for number in range(3)]
    desk = Desk(away=1)

    await polled(account, desk, wanted=3)

    offsets = [call.params.get("offset") for call in api.calls if call.method == "getUpdates"]
    assert desk.numbers == pushed
    assert str(pushed[0] + 1) not in offsets[:1]


async def test_polling_outlives_their_trouble(api: FakeBotApi, account: Account) -> None:
    api.faults.extend([Fault(status=502, method="getUpdates"), Fault(status=500, method="deleteWebhook")])
    api.says(BOT, ADA, "hello")
    desk = Desk()

    await polled(account, desk, wanted=1)

    assert len(desk.kept) == 1


async def test_polling_waits_as_long_as_it_is_told(api: FakeBotApi, account: Account) -> None:
    api.faults.append(Fault(retry_after=1, method="getUpdates"))
    api.says(BOT, ADA, "hello")

    await polled(account, Desk(), wanted=1)

    refused, served = [call.at for call in api.calls if call.method == "getUpdates"][:2]
    assert served - refused >= 1


async def test_a_stop_ends_a_long_poll_at_once(account: Account) -> None:
    stop = asyncio.Event()
    task = asyncio.create_task(poll(account, Desk().take, stop, lambda: NOW, seconds=25))
    await asyncio.sleep(0.2)
    before = time.monotonic()

    stop.set()
    await task

    assert time.monotonic() - before < 1


async def posted(account: Account, desk: Desk, *, secret: bytes = SECRET.encode(), raw: bytes = b"") -> httpx.Response:
    app = Starlette(routes=[webhook_route(account, SECRET, desk.take, lambda: NOW)])
    transport: Any = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.example") as client:
        headers = {b"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        return await client.post("/telegram/rings", content=raw, headers=headers)


@pytest.mark.parametrize("secret", [b"", b"wrong", SECRET.encode() + b"x", b"\xe9"])
async def test_only_who_shows_the_secret_is_listened_to(account: Account, secret: bytes) -> None:
    desk = Desk()

    assert (await posted(account, desk, secret=secret, raw=b'{"update_id": 1}')).status_code == 404
    assert desk.kept == []


async def test_a_webhook_answers_200_after_the_update_is_kept_byte_for_byte(account: Account) -> None:
    desk = Desk()
    raw = b'{"update_id":  31, "message": {}}'

    assert (await posted(account, desk, raw=raw)).status_code == 200
    assert [(arrival.raw, arrival.external_id) for arrival in desk.kept] == [(raw, "31")]


async def test_a_webhook_asks_for_another_time_while_the_database_is_away(account: Account) -> None:
    assert (await posted(account, Desk(away=1), raw=b'{"update_id": 1}')).status_code == 503


async def test_what_is_no_update_is_kept_and_taken_once(account: Account) -> None:
    desk = Desk()

    for raw in (b"rubbish", b"rubbish", b"other"):
        assert (await posted(account, desk, raw=raw)).status_code == 200

    assert len({channel(account, Clock()).key(arrival) for arrival in desk.kept}) == 2


async def test_an_update_that_is_too_large_is_not_read(account: Account) -> None:
    desk = Desk()

    assert (await posted(account, desk, raw=b"x" * 1_000_001)).status_code == 413
    assert desk.kept == []


async def test_telegram_is_told_where_to_post_until_it_has_taken_it_in(api: FakeBotApi, account: Account) -> None:
    api.faults.append(Fault(status=502, method="setWebhook"))
    hook = Webhook(url="http://127.0.0.1:9/telegram/rings", secret=SECRET)
    telegram = TelegramChannel({"rings": account}, webhooks={"rings": hook})

    await asyncio.gather(*telegram.listeners(Desk().take, asyncio.Event(), lambda: NOW))

    told = [call for call in api.calls if call.method == "setWebhook"]
    assert [call.status for call in told] == [502, 200]
    assert told[-1].params["secret_token"] == SECRET
    assert told[-1].params["max_connections"] == "1"
    assert SECRET not in repr(hook)
