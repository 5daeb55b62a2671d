"""A database in trouble: one sentence that says what is wrong, and nothing half-written."""

import sqlite3
import subprocess
import sys
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy.exc import ProgrammingError

from bot.errors import StoreUnavailable
from bot.store import Store
from bot.store.upgrade import upgrade

from .builders import KEYS, LEASE, NOW, a_reply, an_arrival, claimed, saved

pytestmark = pytest.mark.anyio


needs_driver = pytest.mark.skipif(find_spec("psycopg") is None, reason="the driver psycopg is not installed")


def impatient(url: str) -> Store:
    return Store.open(url, KEYS, clock=lambda: NOW, patience=0.1)


async def accept(store: Store, raw: bytes = b"raw") -> None:
    await store.accept(an_arrival(raw=raw), key=f"key {len(raw)}", conversation="talk")


async def test_a_locked_database(sqlite_url: str) -> None:
    store = impatient(sqlite_url)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnavailable, match="locked"):
        await accept(store)
    assert (await store.overview()).unhandled == 0
    other.execute("ROLLBACK")
    other.close()
    await accept(store)

    assert (await store.overview()).unhandled == 1
    await store.close()


async def test_a_database_without_tables(tmp_path: Path) -> None:
    store = impatient(f"sqlite:///{tmp_path}/desk.sqlite3")

    with pytest.raises(StoreUnavailable, match="privacy-desk db upgrade"):
        await accept(store)
    await store.close()


async def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/nowhere/desk.sqlite3"
    store = impatient(url)

    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        await accept(store)
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        upgrade(url)
    await store.close()


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "desk.sqlite3"
    path.write_text("Dear diary, " * 1000)
    store = impatient(f"sqlite:///{path}")

    with pytest.raises(StoreUnavailable, match="not a database"):
        await accept(store)
    await store.close()


async def test_a_full_database(sqlite_url: str) -> None:
    store = impatient(sqlite_url)
    await accept(store)
    await _fill(store)

    with pytest.raises(StoreUnavailable, match="full"):
        await accept(store, b"x" * 1_000_000)

    overview = await store.overview()
    assert overview.unhandled == 1
    await store.close()


async def _fill(store: Store) -> None:
    """Let the database grow no more: SQLite then says what it says on a full disk."""
    async with store.database.reading() as connection:
        pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar()
        await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


async def test_a_read_only_database(sqlite_url: str) -> None:
    store = impatient(sqlite_url)
    async with store.database.reading() as connection:
        await connection.exec_driver_sql("PRAGMA query_only = ON")

    with pytest.raises(StoreUnavailable, match="read-only"):
        await accept(store)
    await store.close()


@needs_driver
async def test_a_server_that_is_away() -> None:
    store = impatient("postgresql://desk@127.0.0.1:1/desk")

    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        await accept(store)
    await store.close()


@pytest.mark.real_server
async def test_a_server_without_our_database_or_user(postgres_url: str) -> None:
    nowhere = impatient(postgres_url.replace("/postgres", "/nowhere"))
    nobody = impatient(postgres_url.replace("desk@", "nobody@"))

    with pytest.raises(StoreUnavailable, match="createdb"):
        await accept(nowhere)
    with pytest.raises(StoreUnavailable, match="createuser"):
        await accept(nobody)
    await nowhere.close()
    await nobody.close()


@pytest.mark.real_server
async def test_a_wrong_statement_of_ours_is_not_called_trouble_of_the_database(postgres_url: str) -> None:
    store = impatient(postgres_url)

    with pytest.raises(ProgrammingError):
        async with store.database.reading() as connection:
            await connection.exec_driver_sql("SELEKT 1")
    await store.close()


@pytest.mark.real_server
async def test_a_server_with_an_older_schema(postgres_url: str) -> None:
    store = impatient(postgres_url)

    with pytest.raises(StoreUnavailable, match="privacy-desk db upgrade"):
        async with store.database.reading() as connection:
            await connection.exec_driver_sql("SELECT * FROM a_later_table")
    await store.close()


@needs_driver
async def test_a_url_with_a_password_is_not_in_the_error() -> None:
    store = impatient("postgresql://desk:swordfish@127.0.0.1:1/desk")

    with pytest.raises(StoreUnavailable) as caught:
        await accept(store)

    assert "swordfish" not in str(caught.value)
    await store.close()


KILLED = """
import asyncio, os, signal, sys
from datetime import timedelta
from bot.store import Store
from store.builders import KEYS, LEASE, NOW, a_decision, a_message, a_reply
from bot.core.playbook import Mode

async def main():
    store = Store.open(sys.argv[1], KEYS)
    claim = await store.claim("worker", now=NOW, lease=LEASE)
    async with store.database.writing() as connection:
        await connection.exec_driver_sql("UPDATE inbox SET state = 'done', raw = NULL")
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_a_process_that_is_killed_in_a_transaction_leaves_the_message_to_be_handled(sqlite_url: str) -> None:
    store = impatient(sqlite_url)
    await accept(store)
    tests = Path(__file__).parents[1]

    killed = subprocess.run(
        [sys.executable, "-c", KILLED, sqlite_url],
        env={"PYTHONPATH": f"{tests}:{tests.parent}"},
        check=False,
        capture_output=True,
    )
    freed = await store.release("worker")
    claim = await store.claim("worker", now=NOW, lease=LEASE)

    assert (killed.returncode, freed) == (-9, 1)
    assert claim is not None
    assert claim.arrival.raw == b"raw"
    await store.close()


async def test_a_clock_that_jumps_back_does_not_lose_a_claim(sqlite_url: str) -> None:
    store = impatient(sqlite_url)
    await claimed(store)

    assert await store.claim("other", now=NOW - timedelta(days=365), lease=LEASE) is None
    await store.close()


async def test_the_database_survives_many_saves(sqlite_url: str) -> None:
    store = impatient(sqlite_url)
    for number in range(20):
        await saved(store, a_reply(), key=str(number))

    async with store.database.reading() as connection:
        assert (await connection.exec_driver_sql("PRAGMA integrity_check")).scalar() == "ok"
        assert (await connection.exec_driver_sql("PRAGMA foreign_keys")).scalar() == 1
        assert (await connection.exec_driver_sql("PRAGMA journal_mode")).scalar() == "wal"
        assert (await connection.exec_driver_sql("PRAGMA synchronous")).scalar() == 2
    await store.close()
