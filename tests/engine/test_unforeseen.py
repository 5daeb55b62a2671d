"""One message of ours that breaks us never keeps the others from going out."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.channels import Arrival, Receipt, Rendered
from bot.channels.memory import MemoryChannel
from bot.engine.intake import accept
from bot.engine.loop import EmbeddedLoop
from tests.engine.fakes import House, a_mail, receive, work


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(folder=tmp_path)
    yield house
    await house.close()


async def test_a_reply_that_cannot_be_written_is_failed_and_the_next_goes_out(house: House) -> None:
    desk = house.desk()
    mail: Any = desk.channels["email"]
    written = mail.render
    calls = iter([True])

    def render(*given: Any) -> Rendered:
        if next(calls, False):
            raise KeyError("ada@example.org")
        rendered = written(*given)
        assert isinstance(rendered, Rendered)
        return rendered

    mail.render = render
    await receive(desk, a_mail("unsubscribe"), a_mail("unsubscribe", sender="bob@example.org", number=2))
    await work(desk)

    assert (await desk.store.overview()).outgoing == {"failed": 1, "sent": 1}
    assert (await desk.store.overview()).staff_items == 1


async def test_a_breakdown_while_sending_leaves_the_mail_uncertain(house: House) -> None:
    desk = house.desk()
    house.refusal = RuntimeError("the wire is cut")

    await receive(desk, a_mail("unsubscribe"))
    await work(desk)

    assert (await desk.store.overview()).outgoing == {"uncertain": 1}


async def test_what_is_queued_for_a_brand_that_is_gone_is_stopped(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("unsubscribe"))
    await EmbeddedLoop(desk).handle_all()

    await EmbeddedLoop(replace(desk, playbooks={})).deliver_all()

    assert (await desk.store.overview()).outgoing == {"stopped": 1}


async def test_what_is_queued_for_a_channel_that_is_gone_is_stopped(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("unsubscribe"))
    await EmbeddedLoop(desk).handle_all()

    await EmbeddedLoop(replace(desk, channels={"terminal": desk.channels["terminal"]})).deliver_all()

    assert (await desk.store.overview()).outgoing == {"stopped": 1}


async def test_a_channel_that_keeps_its_pace_holds_up_no_other(house: House) -> None:
    desk = house.desk()
    chat = SlowChat()
    desk = replace(desk, channels={**desk.channels, "terminal": chat})
    said = json.dumps({"id": "1", "chat": "7", "text": "unsubscribe"}).encode()
    await accept(desk, Arrival(channel="terminal", brand="rings", raw=said, received_at=house.now, external_id="1"))
    await receive(desk, a_mail("unsubscribe"))
    stop = asyncio.Event()
    running = asyncio.create_task(EmbeddedLoop(desk).run(stop))

    async with asyncio.timeout(20):
        while not house.post:
            await asyncio.sleep(0.01)
        assert chat.sent.empty()
        chat.may_go.set()
        await chat.sent.get()
    stop.set()
    await running


class SlowChat(MemoryChannel):
    """Sends nothing before it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may_go = asyncio.Event()

    async def send(self, rendered: Rendered) -> Receipt:
        await self.may_go.wait()
        return await super().send(rendered)
