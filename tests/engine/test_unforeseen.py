"""One message of ours that breaks us never keeps the others from going out."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.channels import Rendered
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
