"""A database in trouble anywhere on the road: nothing half-done, nothing twice, and all done once it is back."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from bot.engine import delivery, loop
from bot.engine.desk import Desk
from bot.engine.loop import EmbeddedLoop
from bot.errors import StoreUnavailable
from tests.engine.fakes import House, a_mail, receive

pytestmark = pytest.mark.anyio

SENTENCES = ("database is locked", "database or disk is full", "attempt to write a readonly database")
#: More statements than the road of one mail has.
STATEMENTS = 90
PATIENCE = 30.0


@dataclass(slots=True, kw_only=True)
class Trouble:
    """Statements of a store that fail, by their number."""

    first: int = 0
    last: int = 0
    sentence: str = SENTENCES[0]
    seen: int = 0
    failed: int = 0

    def watch(self, desk: Desk) -> None:
        event.listen(desk.store.database.engine.sync_engine, "before_cursor_execute", self._before)

    def _before(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.seen += 1
        if self.first <= self.seen <= self.last:
            self.failed += 1
            raise OperationalError(statement, None, sqlite3.OperationalError(self.sentence))


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(delivery, "_PAUSE", 0.01)
    monkeypatch.setattr(loop, "_IDLE", 0.01)
    house = House(folder=tmp_path)
    yield house
    await house.close()


async def through(house: House, trouble: Trouble) -> Desk:
    """One mail on its whole road, while `trouble` strikes; whoever sends it tries again when told to come later."""
    desk = house.desk()
    trouble.watch(desk)
    mail, stop = a_mail("access"), asyncio.Event()
    running = asyncio.create_task(_running(desk, stop))
    async with asyncio.timeout(PATIENCE):
        while not await _is_taken(desk, mail):
            await asyncio.sleep(0.01)
        while not await _is_settled(desk):
            await asyncio.sleep(0.02)
    stop.set()
    await running
    return desk


async def _running(desk: Desk, stop: asyncio.Event) -> None:
    """As whoever watches over a service does: what ends at its start is started again."""
    while not stop.is_set():
        try:
            await EmbeddedLoop(desk).run(stop)
        except StoreUnavailable:
            await asyncio.sleep(0.01)


async def _is_taken(desk: Desk, mail: bytes) -> bool:
    try:
        await receive(desk, mail)
    except StoreUnavailable:
        return False
    return True


async def _is_settled(desk: Desk) -> bool:
    try:
        now = await desk.store.overview()
    except StoreUnavailable:
        return False
    return not (now.unhandled or now.undelivered)


async def assert_done_once(desk: Desk, house: House) -> None:
    overview = await desk.store.overview()
    assert overview.messages == {"request_opened": 1}
    assert sum(overview.requests.values()) == 1
    assert overview.outgoing == {"sent": 2}
    assert set(Counter(mail.payload for mail in house.post).values()) == {1}
    assert len(house.post) == 2
    assert not any((await desk.store.reckoning.what_must_not_be()).values())


@pytest.mark.parametrize("start", range(1, STATEMENTS, 10))
async def test_one_statement_fails_wherever_it_stands(house: House, start: int) -> None:
    for number in range(start, start + 10):
        house.folder.joinpath("desk.sqlite3").unlink(missing_ok=True)
        house.post.clear()
        desk = await through(house, Trouble(first=number, last=number, sentence=SENTENCES[number % 3]))

        await assert_done_once(desk, house)
        await desk.store.close()
        for left in house.folder.glob("desk.sqlite3-*"):
            left.unlink()


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("begins", [1, 12, 25, 40, 60])
async def test_the_database_is_away_for_a_while(house: House, sentence: str, begins: int) -> None:
    trouble = Trouble(first=begins, last=begins + 40, sentence=sentence)

    desk = await through(house, trouble)

    assert trouble.failed
    await assert_done_once(desk, house)
