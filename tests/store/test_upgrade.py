"""The migrations make exactly the tables that the models describe, whole or not at all."""

import sqlite3
from pathlib import Path
from threading import Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine

from bot.errors import BadSetting, StoreUnavailable
from bot.store.database import read_url
from bot.store.schema import Table
from bot.store.upgrade import current, pending, upgrade


def written(connection: Connection) -> set[str]:
    """Every statement that makes a table or an index, its lines in one order."""
    rows = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master"
        " WHERE type IN ('table', 'index') AND sql IS NOT NULL AND name NOT LIKE 'alembic%'"
    )
    return {"\n".join(sorted(line.strip(" ,\t") for line in row.sql.splitlines())) for row in rows}


def test_the_migrations_write_what_the_models_say(sqlite_url: str) -> None:
    migrated, made = create_engine(sqlite_url), create_engine("sqlite://")
    with migrated.connect() as left, made.begin() as right:
        Table.metadata.create_all(right)
        assert written(left) == written(right)
    migrated.dispose()
    made.dispose()


def test_nothing_is_left_for_a_migration_to_do(url: str) -> None:
    engine = create_engine(read_url(url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Table.metadata) == []
    engine.dispose()


def test_an_upgrade_runs_what_is_pending_and_can_be_repeated(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/desk.sqlite3"
    assert current(url) is None
    waiting = pending(url)

    upgrade(url)
    upgrade(url)

    assert waiting[0] == "0001"
    assert (current(url), pending(url)) == (waiting[-1], ())


def test_two_upgrades_at_once_do_it_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/desk.sqlite3"
    threads = [Thread(target=upgrade, args=(url,)) for _ in range(2)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert pending(url) == ()


def test_an_upgrade_that_breaks_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "desk.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE suppressions (mine TEXT)")
    connection.close()

    with pytest.raises(StoreUnavailable):
        upgrade(f"sqlite:///{path}")

    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("suppressions",)]
    connection.close()


@pytest.mark.parametrize(
    "url", ["", "sqlite://", "sqlite:///:memory:", "desk.sqlite3", "mysql://host/name", "sqlite+unknown", "oracle://x"]
)
def test_a_url_that_cannot_be_used_is_a_bad_setting(url: str) -> None:
    with pytest.raises(BadSetting):
        upgrade(url)
