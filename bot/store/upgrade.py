"""Brings a database to the schema of this version: in one transaction, or not at all.

Law: the first word of a migration's name says when it runs, `pre` before the new code, `post` after it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

from bot.errors import StoreUnavailable
from bot.store.database import prepare_sqlite, read_url, told_plainly

_MIGRATIONS = Path(__file__).with_name("migrations")
#: Any number that no other program takes: two upgrades at once wait for each other.
_ADVISORY_LOCK = 5_205_121
_PATIENCE = 30.0


def upgrade(url: str) -> None:
    """Run every migration that is pending. Blocking. Raises `BadSetting` or `StoreUnavailable`."""
    with _connected(url) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise StoreUnavailable("The upgrade would leave rows without their parents; it was taken back.")


def current(url: str) -> str | None:
    """The revision that the database is at, None where it has none."""
    with _connected(url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def pending(url: str) -> tuple[str, ...]:
    """The revisions that `upgrade` would run, in order."""
    script = ScriptDirectory.from_config(_config())
    at = current(url)
    missing = [revision.revision for revision in script.iterate_revisions("head", at or "base")]
    return tuple(reversed(missing))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _make_private(path: Path) -> None:
    """A new database file, and what SQLite puts beside it, is for its owner only: personal data lies in it."""
    with told_plainly():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    place = read_url(url)
    engine = create_engine(place, hide_parameters=True)
    if place.get_backend_name() == "sqlite":
        _make_private(Path(place.database or ""))
        # A migration that rebuilds a table drops the old one; what points at it is checked at the end.
        prepare_sqlite(engine, patience=_PATIENCE, foreign_keys=False)
    try:
        with told_plainly(), engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()
