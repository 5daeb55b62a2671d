"""Many workers on one PostgreSQL database: each message once, each conversation in order, the dead relieved."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.channels import Arrival
from bot.channels.memory import MemoryChannel
from bot.engine import worker as worker_module
from bot.engine.desk import Desk
from bot.engine.intake import accept
from bot.engine.jobs import HANDLE, Jobs, listen, make_app, upgrade_jobs
from bot.engine.worker import Worker
from bot.errors import StoreUnavailable
from bot.store import Store
from bot.store.upgrade import upgrade
from tests.engine.fakes import House, a_mail, receive
from tests.store import postgres

pytestmark = [pytest.mark.anyio, pytest.mark.real_server]

PATIENCE = 30.0
LONG_AGO = "now() - interval '5 minutes'"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    if reason := postgres.why_not():
        pytest.skip(reason)
    with postgres.server() as url:
        upgrade(url)
        yield url


@pytest.fixture
async def house(url: str, tmp_path: Path) -> AsyncIterator[House]:
    upgrade_jobs(url)
    house = House(folder=tmp_path, url=url)
    house.dispatch = Jobs(make_app(url), lambda: house.now)
    yield house
    house.url = url
    await sql(house.desk().store, "DELETE FROM procrastinate_jobs", *EMPTY)
    await house.close()


EMPTY = ("TRUNCATE inbox, lease, outbox, conversation, staff_item, request, verification, suppression, audit CASCADE",)


@asynccontextmanager
async def working(desk: Desk, url: str, *, count: int = 1) -> AsyncIterator[None]:
    stop = asyncio.Event()
    workers = [Worker(desk, make_app(url), owner=f"worker {number}") for number in range(count)]
    running = [asyncio.create_task(worker.run(stop)) for worker in workers]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*running)


class Wire:
    """Between a program and the server: it can be cut."""

    def __init__(self, url: str) -> None:
        self._port = int(url.rpartition(":")[2].partition("/")[0])
        self._given = url
        self._is_whole = True
        self._ends: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> "Wire":
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = self._given.replace(f":{self._port}/", f":{port}/")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self._hang_up()

    async def cut(self, *, seconds: float) -> None:
        """Nothing goes through for so long."""
        self._is_whole = False
        self._hang_up()
        await asyncio.sleep(seconds)
        self._is_whole = True

    def _hang_up(self) -> None:
        for end in tuple(self._ends):
            end.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._is_whole:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        ends = {writer, back}
        self._ends |= ends
        await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))
        self._ends -= ends


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def sql(store: Store, *statements: str) -> list[tuple[object, ...]]:
    async with store.database.writing() as connection:
        for statement in statements:
            found = await connection.execute(text(statement))
        return [tuple(row) for row in found] if found.returns_rows else []


async def settled(desk: Desk) -> None:
    async with asyncio.timeout(PATIENCE):
        while (now := await desk.store.overview()).unhandled or now.undelivered:
            await asyncio.sleep(0.05)


def said(number: int, chat: str = "7") -> Arrival:
    raw = json.dumps({"id": str(number), "chat": chat, "text": f"unsubscribe {number}"}).encode()
    return Arrival(
        channel="terminal", brand="rings", raw=raw, received_at=datetime.now(UTC), external_id=f"{chat} {number}"
    )


async def test_what_is_taken_in_here_is_handled_and_answered_there(house: House, url: str) -> None:
    desk = house.desk()
    ids = await receive(desk, a_mail("unsubscribe"), a_mail("access", sender="bob@example.org", number=2))

    async with working(house.desk(), url):
        await settled(desk)

    assert len(ids) == 2
    assert {mail.recipient for mail in house.post} == {"ada@example.org", "bob@example.org"}
    assert await sql(desk.store, "SELECT id FROM procrastinate_jobs WHERE task_name IN ('handle', 'deliver')") == []


async def test_a_job_is_written_with_its_row_or_not_at_all(house: House) -> None:
    store = house.desk().store

    async def half_a_row() -> None:
        async with store.database.writing() as connection:
            await Jobs(make_app(house.url), lambda: house.now).handle(connection, "1", "talk")
            raise RuntimeError("the row could not be written")

    with pytest.raises(RuntimeError):
        await half_a_row()

    assert await sql(store, "SELECT id FROM procrastinate_jobs") == []


async def test_jobs_hold_ids_only(house: House) -> None:
    desk = house.desk()
    [inbox_id] = await receive(desk, a_mail("unsubscribe"))

    [[args]] = await sql(desk.store, "SELECT args FROM procrastinate_jobs")

    assert args == {"inbox": inbox_id}


async def test_without_the_queue_nothing_is_taken_in_and_the_remedy_is_named(house: House) -> None:
    desk = house.desk()
    await sql(desk.store, "ALTER TABLE procrastinate_jobs RENAME TO away")

    with pytest.raises(StoreUnavailable, match="privacy-desk db upgrade"):
        await receive(desk, a_mail("unsubscribe"))

    await sql(desk.store, "ALTER TABLE away RENAME TO procrastinate_jobs")
    assert (await desk.store.overview()).unhandled == 0


async def test_a_conversation_is_handled_in_order_however_many_work(house: House, url: str) -> None:
    chat = MemoryChannel()
    desk = replace(house.desk(), channels={"terminal": chat})
    handled: list[str] = []
    read = house.reader.read

    def slowly(words: str, **how: str) -> object:
        handled.append(words)
        return read(words, **how)

    house.reader.read = slowly  # type: ignore[method-assign, assignment]
    for number in range(10):
        for talk in ("7", "8"):
            await accept(desk, said(number, talk))

    async with working(desk, url, count=3):
        await settled(desk)

    told = [[words for words in handled if words.endswith(f" {number}")] for number in range(10)]
    assert [len(twice) for twice in told] == [2] * 10
    for talk in ("7", "8"):
        rows = await sql(
            desk.store, f"SELECT i.id FROM inbox i WHERE i.external_id LIKE '{talk} %' ORDER BY i.done_at, i.id"
        )
        assert rows == sorted(rows)


async def test_what_a_dead_worker_held_is_taken_over(house: House, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "_BETWEEN_LOOKS", 0.5)
    desk = house.desk()
    await receive(desk, a_mail("unsubscribe"))
    assert await desk.store.claim("dead", now=house.now, lease=timedelta(minutes=2)) is not None
    await sql(
        desk.store,
        f"INSERT INTO procrastinate_workers (last_heartbeat) VALUES ({LONG_AGO})",
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers)",
    )

    async with working(house.desk(), url):
        await settled(desk)

    assert len(house.post) == 1


async def test_what_a_dead_worker_was_sending_is_uncertain_and_not_sent_again(
    house: House, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "_BETWEEN_LOOKS", 0.5)
    desk = house.desk()
    await receive(desk, a_mail("unsubscribe"))
    await sql(desk.store, "UPDATE procrastinate_jobs SET queue_name = 'nobody'")
    async with working(house.desk(), url):
        await sql(desk.store, "UPDATE procrastinate_jobs SET queue_name = 'handle'")
        await asyncio.sleep(0)
        await settled(desk)
    house.post.clear()
    await sql(
        desk.store,
        "UPDATE outbox SET state = 'sending', claimed_by = 'dead', claimed_until = now() + interval '1 hour'",
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status)"
        " SELECT 'deliver', 'deliver', json_build_object('outbox', id)::jsonb, 'doing' FROM outbox",
    )

    async with working(house.desk(), url):
        await settled(desk)

    assert house.post == []
    assert (await desk.store.overview()).outgoing == {"uncertain": 1}


async def test_a_row_that_lost_its_job_gets_another(house: House, url: str) -> None:
    desk = house.desk()
    await receive(desk, a_mail("unsubscribe"))
    await sql(desk.store, "DELETE FROM procrastinate_jobs")
    house.later(minutes=1)
    worker = Worker(desk, make_app(url), owner="worker", queues=(HANDLE,))

    await worker._give_jobs_to_the_forgotten()
    await worker._give_jobs_to_the_forgotten()

    assert len(await sql(desk.store, "SELECT id FROM procrastinate_jobs")) == 1


async def test_a_chat_hears_of_an_answer_that_left_elsewhere(house: House, url: str) -> None:
    desk = house.desk()
    heard: list[tuple[str, str]] = []
    stop, told, listening = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def hear(channel: str, recipient: str) -> None:
        heard.append((channel, recipient))
        told.set()

    ear = asyncio.create_task(listen(url, hear, listening.set, stop))
    await asyncio.wait_for(listening.wait(), PATIENCE)
    await accept(desk, said(1))
    async with working(house.desk(), url):
        await asyncio.wait_for(told.wait(), PATIENCE)
    stop.set()
    await ear

    assert heard == [("terminal", "7")]


async def test_a_database_that_is_away_is_waited_for(house: House, url: str) -> None:
    async with Wire(url) as wire:
        desk, house.url = house.desk(), wire.url
        async with working(house.desk(), wire.url):
            await wire.cut(seconds=3.0)
            await receive(desk, *(a_mail("unsubscribe", sender=f"p{n}@example.org", number=n) for n in range(5)))
            await settled(desk)
            await wire.cut(seconds=1.0)
            await receive(desk, a_mail("unsubscribe", sender="p9@example.org", number=9))
            await settled(desk)

    assert sorted(mail.recipient for mail in house.post) == [f"p{n}@example.org" for n in (0, 1, 2, 3, 4, 9)]


def test_the_queue_s_tables_are_made_once(url: str) -> None:
    upgrade_jobs(url)

    assert upgrade_jobs(url) == 0
