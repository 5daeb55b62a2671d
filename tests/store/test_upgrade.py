"""The migrations make exactly the tables that the models describe, whole or not at all."""

import sqlite3
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect

from bot.errors import BadSetting, StoreUnavailable
from bot.store.database import read_url
from bot.store.schema import Table
from bot.store.upgrade import current, pending, upgrade

needs_driver = pytest.mark.skipif(find_spec("psycopg") is None, reason="the driver psycopg is not installed")


def described(connection: Connection) -> dict[str, Any]:
    """Each table with its columns and constraints, whatever order they were written in."""
    found = inspect(connection)
    return {
        table: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"]) for column in found.get_columns(table)
            },
            "primary key": found.get_pk_constraint(table),
            "foreign keys": ordered(found.get_foreign_keys(table)),
            "checks": ordered(found.get_check_constraints(table)),
            "unique": ordered(found.get_unique_constraints(table)),
            "indexes": ordered(found.get_indexes(table)),
        }
        for table in found.get_table_names()
        if table != "alembic_version"
    }


def ordered(constraints: Sequence[Mapping[str, Any]]) -> list[str]:
    return sorted(plain(constraint) for constraint in constraints)


def plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return repr(sorted((key, plain(inner)) for key, inner in value.items()))
    return str(value)


def test_the_migrations_make_what_the_models_say(sqlite_url: str) -> None:
    migrated, made = create_engine(sqlite_url), create_engine("sqlite://")
    with migrated.connect() as left, made.begin() as right:
        Table.metadata.create_all(right)
        expected = described(right)
        assert described(left) == expected
    migrated.dispose()
    made.dispose()

    # The comparison sees law 1.
    assert "law_1" in str(expected["request"]["checks"])
    assert "verification_level" in str(expected["request"]["foreign keys"])


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


@needs_driver
@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_postgresql_url_means_psycopg(scheme: str) -> None:
    assert read_url(f"{scheme}://desk@localhost/desk").drivername == "postgresql+psycopg"


def test_a_missing_driver_is_a_bad_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.database.find_spec", lambda _name: None)

    with pytest.raises(BadSetting, match=r"privacy-desk\[postgres\]"):
        read_url("postgresql://desk@localhost/desk")
