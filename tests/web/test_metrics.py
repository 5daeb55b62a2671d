"""What is measured: enough for every alert and panel that we ship, and nobody's name in it."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from bot.engine.desk import Desk
from bot.web import application
from tests.engine.fakes import House, a_mail, receive, work

pytestmark = pytest.mark.anyio

SHIPPED = Path(__file__).parents[2] / "deploy" / "observability"
NAME = re.compile(r"\bprivacy_desk_\w+")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(folder=tmp_path)
    yield house
    await house.close()


async def scraped(desk: Desk) -> dict[str, float]:
    """Each sample with its labels."""
    transport: Any = httpx.ASGITransport(app=application(desk.store, {}))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.example") as client:
        answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert "ada" not in answer.text
    return {
        " ".join((sample.name, *sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_the_rows_are_counted(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("access"), a_mail("Where is my ring?", sender="bob@example.org", number=2))
    await work(desk)
    await receive(desk, a_mail("access", sender="cyd@example.org", number=3))

    found = await scraped(desk)

    assert found["privacy_desk_messages request_opened"] == 1
    assert found["privacy_desk_messages untouched"] == 1
    assert found["privacy_desk_outgoing sent"] == 2
    assert found["privacy_desk_unhandled_messages"] == 1
    assert found["privacy_desk_oldest_unhandled_seconds"] > 0
    # The house lives in the past: its deadlines are over.
    assert found["privacy_desk_deadlines_at_risk overdue"] == 1
    assert found["privacy_desk_database_up"] == 1


async def test_the_work_of_this_process_is_counted(house: House) -> None:
    desk = house.desk()
    before = await scraped(desk)
    await receive(desk, a_mail("access"))
    await work(desk)
    after = await scraped(desk)

    name = "privacy_desk_handled_messages_total access request_opened"
    assert after[name] - before.get(name, 0) == 1
    assert after["privacy_desk_reader_seconds_count"] - before["privacy_desk_reader_seconds_count"] == 1


async def test_a_database_that_is_away_is_a_figure_and_no_failure(house: House) -> None:
    desk = house.desk()
    await desk.store.overview()
    (house.folder / "desk.sqlite3").write_text("Dear diary, " * 1000)

    found = await scraped(desk)

    assert found["privacy_desk_database_up"] == 0
    assert "privacy_desk_unhandled_messages" not in found


async def test_every_alert_and_panel_asks_for_what_there_is(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("access"))
    await work(desk)
    exported = {sample.split()[0] for sample in await scraped(desk)}
    rules = yaml.safe_load((SHIPPED / "alerts.yaml").read_text())
    panels = json.loads((SHIPPED / "dashboard.json").read_text())["panels"]
    asked = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    asked += [target["expr"] for panel in panels for target in panel["targets"]]

    assert len(asked) > 15
    for expression in asked:
        assert NAME.findall(expression), expression
        assert set(NAME.findall(expression)) <= exported, expression
