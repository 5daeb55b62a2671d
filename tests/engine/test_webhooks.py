"""Other programs are told of every change: once kept with it, signed, told until taken, and only where allowed."""

import importlib.util
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from threading import Thread
from types import ModuleType

import pytest
from sqlalchemy import func, select, update

from bot import staff
from bot.engine.desk import Desk
from bot.engine.upkeep import keep_house
from bot.engine.webhooks import Receiver, post_outside, read_secret, signed, tell_all
from bot.errors import BadSetting, NotNow
from bot.outside import RefusedAddress
from bot.staff import Clerk
from bot.store.events import BACK_OFF
from bot.store.schema import Event, EventDelivery, StaffItem
from tests.core.builders import MAILBOX

from .fakes import House, a_mail, receive, work
from .letters import code_in

pytestmark = pytest.mark.anyio

SECRET = "whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I="
SHOP = Receiver(name="shop", url="https://shop.example/hook", secret=read_secret(SECRET))
EXAMPLE = Path(__file__).parents[2] / "deploy/webhook-receiver/receiver.py"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(folder=tmp_path)
    yield made
    await made.close()


@pytest.fixture
def example() -> ModuleType:
    """The receiver that we ship as an example."""
    spec = importlib.util.spec_from_file_location("receiver", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Post:
    """A receiver that answers as it is told to, and keeps what it was sent."""

    def __init__(self, *answers: int) -> None:
        self.answers, self.calls = list(answers), list[tuple[Mapping[str, str], bytes]]()

    def __call__(self, receiver: Receiver, headers: Mapping[str, str], body: bytes) -> int:
        self.calls.append((headers, body))
        return self.answers.pop(0) if self.answers else 204

    @property
    def told(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.calls]


async def tell(house: House, desk: Desk, post: Post, *receivers: Receiver) -> int:
    named = {receiver.name: receiver for receiver in receivers or (SHOP,)}
    return await tell_all(desk.store, named, lambda: house.now.timestamp(), post)


async def count(desk: Desk, table: type) -> int:
    async with desk.store.database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(table)) or 0


async def close_all(desk: Desk) -> None:
    async with desk.store.database.writing() as connection:
        await connection.execute(update(StaffItem).values(state="closed"))


async def test_every_change_of_state_and_every_suppression_is_told_in_order(house: House) -> None:
    desk, post = house.desk(), Post()
    await receive(desk, a_mail("deletion"))
    await work(desk)
    await receive(desk, a_mail(code_in(house), number=2))
    await work(desk)
    (row,) = await desk.store.requests()
    clerk = Clerk(name="dora", store=desk.store, playbooks=desk.playbooks, now=lambda: house.now)
    await staff.take(clerk, row.reference)
    await staff.complete(clerk, row.reference)
    await receive(desk, a_mail("unsubscribe", number=3))
    await work(desk)

    await tell(house, desk, post)

    assert post.told == [
        "request.awaiting_verification",
        "request.open",
        "request.in_progress",
        "request.completed",
        "request.open",
        "suppression.added",
    ]
    suppressed = json.loads(post.calls[-1][1])["data"]
    assert (suppressed["address"], suppressed["purpose"], suppressed["channel"]) == (MAILBOX, "marketing", "email")
    opened = json.loads(post.calls[1][1])["data"]
    assert (opened["reference"], opened["right"], opened["state"]) == (row.reference, "deletion", "open")
    assert MAILBOX not in post.calls[1][1].decode()


async def test_what_is_rolled_back_is_not_told(house: House) -> None:
    desk, post = house.desk(), Post()
    house.reader.failures = 3
    await receive(desk, a_mail("deletion"))
    await work(desk)

    await tell(house, desk, post)

    assert post.calls == []
    assert await count(desk, Event) == 0


async def test_the_address_of_a_suppression_is_told_until_the_shop_has_confirmed_it(house: House) -> None:
    desk, post = house.desk(), Post()
    await receive(desk, a_mail("unsubscribe"))
    await work(desk)
    (entry,) = await desk.store.suppression.unconfirmed()
    await desk.store.suppression.confirm([entry.digest], by="dora")

    await tell(house, desk, post)

    assert json.loads(post.calls[-1][1])["data"]["address"] is None


async def test_what_is_not_taken_is_told_again_with_the_same_id_and_later_each_time(house: House) -> None:
    desk, post = house.desk(), Post(500, 500, 204)
    await receive(desk, a_mail("deletion"))
    await work(desk)
    taken = [await tell(house, desk, post), await tell(house, desk, post)]
    house.later(seconds=BACK_OFF[0])
    taken.append(await tell(house, desk, post))
    house.later(seconds=BACK_OFF[1])
    taken.append(await tell(house, desk, post))
    house.later(days=3)
    taken.append(await tell(house, desk, post))

    assert taken == [0, 0, 0, 1, 0]
    assert len({headers["webhook-id"] for headers, _ in post.calls}) == 1
    assert len({headers["webhook-timestamp"] for headers, _ in post.calls}) == 3


async def test_after_three_days_it_is_shown_to_staff_who_may_tell_it_again(house: House) -> None:
    desk, post = house.desk(), Post(*[503] * (len(BACK_OFF) + 1))
    await receive(desk, a_mail("deletion"))
    await work(desk)
    for wait in (*BACK_OFF, 0):
        await tell(house, desk, post)
        house.later(seconds=wait)

    (failed,) = await desk.store.events.failed()
    assert (failed.receiver, failed.reason) == ("shop", "it answered 503")
    (item,) = await desk.store.staff_items()
    assert (item.reason, item.reference) == ("webhook_failed", (await desk.store.requests())[0].reference)
    assert await desk.store.events.retry() == 1
    assert await tell(house, desk, post) == 1
    assert await desk.store.events.failed() == []


async def test_many_events_that_fail_are_one_item(house: House) -> None:
    desk, post = house.desk(), Post(*[503] * 100)
    await receive(desk, a_mail("deletion"), a_mail("unsubscribe", number=2))
    await work(desk)
    for wait in (*BACK_OFF, 0):
        await tell(house, desk, post)
        house.later(seconds=wait)

    assert len(await desk.store.events.failed()) > 1
    assert [item.reason for item in await desk.store.staff_items()] == ["webhook_failed"]


async def test_suppressions_that_the_shop_does_not_confirm_are_shown_to_staff_until_it_does(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("unsubscribe"), a_mail("unsubscribe", number=2, sender="bob@example.org"))
    await work(desk)
    seen = []
    for days in (2, 2, 0, 8):
        house.later(days=days)
        await keep_house(desk)
        seen.append([item.reason for item in await desk.store.staff_items()])
    await desk.store.suppression.confirm([row.digest for row in await desk.store.suppression.unconfirmed()], by="shop")
    await close_all(desk)
    house.later(days=8)
    await keep_house(desk)

    assert seen == [[], *[["suppressions_unconfirmed"]] * 3]
    assert await desk.store.staff_items() == []


async def test_whoever_closes_the_item_and_does_nothing_is_called_again_a_week_later(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("unsubscribe"))
    await work(desk)
    seen = []
    for days in (4, 1, 7):
        house.later(days=days)
        await keep_house(desk)
        seen.append(len(await desk.store.staff_items()))
        await close_all(desk)

    assert seen == [1, 0, 1]


async def test_a_receiver_of_another_brand_is_told_nothing(house: House) -> None:
    desk, post = house.desk(), Post()
    await receive(desk, a_mail("deletion"))
    await work(desk)

    await tell(house, desk, post, replace(SHOP, brand="watches"))

    assert post.calls == []


async def test_events_go_when_their_time_is_over_also_where_nobody_is_told(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("deletion"))
    await work(desk)
    await tell_all(desk.store, {}, house.now.timestamp, Post())
    house.later(days=91)

    await keep_house(desk)

    assert (await count(desk, Event), await count(desk, EventDelivery)) == (0, 0)


@pytest.mark.parametrize(
    "url",
    [
        "http://93.184.216.34/",
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
    ],
)
def test_a_private_address_is_not_called(url: str) -> None:
    with pytest.raises(RefusedAddress):
        post_outside(replace(SHOP, url=url), {}, b"{}")


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_short", "whsec_c2hvcnQ=", "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I="]
)
def test_a_secret_that_is_none_is_refused(secret: str) -> None:
    with pytest.raises(BadSetting):
        read_secret(secret)


@pytest.fixture
def running(example: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[str]:
    """The example, as it is started by its readers; gives its address."""
    server = example.server(example.Receiver(SECRET, tmp_path / "seen.txt"), "127.0.0.1", 0)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_example_takes_an_event_once_and_refuses_what_is_not_ours(
    running: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body, now = b'{"type": "request.open", "data": {"reference": "PD-1"}}', int(time.time())
    ours = replace(SHOP, url=running, private=True)
    good = signed(ours.secret, "event-1", now, body)

    first, again = post_outside(ours, good, body), post_outside(ours, good, body)
    old = post_outside(ours, signed(ours.secret, "event-2", now - 301, body), body)
    forged = post_outside(ours, signed(b"x" * 32, "event-3", now, body), body)
    changed = post_outside(ours, good, body.replace(b"PD-1", b"PD-2"))

    assert (first, again, old, forged, changed) == (204, 204, 400, 400, 400)
    assert capsys.readouterr().out.count("PD-1") == 1
    assert (tmp_path / "seen.txt").read_text() == "event-1\n"


def test_a_receiver_of_ones_own_that_is_away_is_tried_again_later() -> None:
    with pytest.raises(NotNow):
        post_outside(replace(SHOP, url="http://127.0.0.1:1/", private=True), {}, b"{}")
