"""The connection to SQLite or PostgreSQL: how it is set up, how transactions begin, and what its errors mean.

Law: a write is one transaction, whole or not at all; trouble of the database is `StoreUnavailable` with one sentence.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from importlib.util import find_spec
from threading import Thread
from typing import Any
from weakref import WeakSet

import aiosqlite
from sqlalchemy import URL, Connection, event, exc, make_url
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from bot.errors import BadSetting, StoreUnavailable
from bot.store.dispatch import OPTION, Dispatch

#: Execution option: the statement that begins a transaction on SQLite, "" for none at all.
_BEGIN = "privacy_desk_begin"

#: Seconds for which a failed write is remembered.
_REMEMBERED = 10.0
#: Seconds that a closing database waits for each thread of its driver.
_LAST_WORD = 5

_CANNOT_OPEN = "The database file cannot be opened; its folder must exist, and both must be readable and writable."
_FULL = "The disk that holds the database is full; make room on it."
_OUTDATED = "The database is older than this program; run: privacy-desk db upgrade"
_READ_ONLY = "The database is read-only; give its file and folder write permission, or name the primary server."
_UNKNOWN = "The database cannot be used now; it will be tried again."

#: What a database says, and what we say then; the first that fits.
_SENTENCES = (
    ("locked", "The database is locked by another program; it will be tried again."),
    ("readonly", _READ_ONLY),
    ("read-only", _READ_ONLY),
    ("full", _FULL),
    ("no space", _FULL),
    ("unable to open", _CANNOT_OPEN),
    ("no such file", _CANNOT_OPEN),
    ("permission denied", _CANNOT_OPEN),
    ("is a directory", _CANNOT_OPEN),
    ("not a database", "The database file is not a database; restore it from a backup."),
    ("malformed", "The database file is damaged; restore it from a backup."),
    ("no such table", _OUTDATED),
    ("no such column", _OUTDATED),
    ("has no column", _OUTDATED),
    ('relation "', _OUTDATED),
    ('column "', _OUTDATED),
    ('database "', "The database that the URL names does not exist; make it with: createdb NAME"),
    ('role "', "The database does not know the user that the URL names; make it with: createuser NAME"),
    ("password authentication", "The database refused the password; mend the database URL."),
    ("connection", "The database server cannot be reached; check that it runs and that the database URL names it."),
)


class Database:
    """One engine, with transactions for reading and for writing."""

    def __init__(self, url: str, *, patience: float, dispatch: Dispatch | None = None) -> None:
        place = read_url(url)
        self._threads: WeakSet[Thread] = WeakSet()
        self.is_sqlite = place.get_backend_name() == "sqlite"
        self._trouble, self._trouble_until = "", 0.0
        #: Milliseconds.
        self._patience = int(patience * 1000)
        self.engine = create_async_engine(
            place.set(drivername="sqlite+aiosqlite") if self.is_sqlite else place,
            hide_parameters=True,
            pool_timeout=30,
            execution_options={OPTION: dispatch},
            **(
                # A transaction of ours is ended by its own block; ending it once more costs two turns of a thread.
                {"async_creator": self._connect_sqlite, "pool_reset_on_return": None}
                if self.is_sqlite
                else {"pool_pre_ping": True, "connect_args": {"connect_timeout": int(patience)}}
            ),
        )
        # Writers of this process wait here in order; SQLite's own waiting is neither fair nor quick.
        self._turn = asyncio.Lock() if self.is_sqlite else None
        if self.is_sqlite:
            prepare_sqlite(self.engine.sync_engine, patience=patience)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is committed at the end, or rolled back by whatever is raised in it."""
        try:
            with told_plainly():
                async with self._turn or nullcontext(), self.engine.begin() as connection:
                    yield connection
        except StoreUnavailable as fault:
            self._trouble, self._trouble_until = str(fault), time.monotonic() + _REMEMBERED
            raise

    @property
    def trouble(self) -> str:
        """Why a write failed a moment ago, "" where none did: a full disk can still be read."""
        return self._trouble if time.monotonic() < self._trouble_until else ""

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that sees one state of the database and never waits for a writer."""
        with told_plainly():
            async with self.engine.connect() as connection:
                await connection.execution_options(**{_BEGIN: "BEGIN"})
                yield connection

    async def tidy(self) -> bool:
        """Let SQLite take over its log and cut it to nothing: what was erased is then gone from the disk as well.

        False where another program is reading just now; it is not waited for. PostgreSQL does this by its own vacuum.
        """
        if not self.is_sqlite:
            return True
        with told_plainly():
            async with self._turn or nullcontext(), self.engine.connect() as connection:
                await connection.execution_options(**{_BEGIN: ""})
                await connection.exec_driver_sql("PRAGMA busy_timeout = 0")
                busy = (await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")).one()[0]
                await connection.exec_driver_sql(f"PRAGMA busy_timeout = {self._patience}")
                return not busy

    async def close(self) -> None:
        """Close the connections, and wait for the threads of the driver: each still reports to this event loop."""
        await self.engine.dispose()
        for thread in tuple(self._threads):
            await asyncio.to_thread(thread.join, _LAST_WORD)

    def _connect_sqlite(self) -> aiosqlite.Connection:
        """A connection whose thread we know, also where the connection is cancelled or never opens."""
        connection = aiosqlite.connect(self.engine.url.database or "")
        connection._thread.daemon = True
        self._threads.add(connection._thread)
        return connection


def read_url(url: str) -> URL:
    """The database that `url` names, with the driver we use; raises `BadSetting`."""
    try:
        place = make_url(url)
    except exc.ArgumentError as error:
        raise BadSetting("The database URL cannot be read; write sqlite:///FILE or postgresql://HOST/NAME.") from error
    match place.get_backend_name():
        case "sqlite" if place.database in (None, "", ":memory:"):
            raise BadSetting("The database URL names no file; write sqlite:///FILE.")
        case "sqlite":
            return place.set(drivername="sqlite")
        case "postgresql" | "postgres" if find_spec("psycopg") is None:
            raise BadSetting("PostgreSQL needs its driver; run: pip install 'privacy-desk[postgres]'")
        case "postgresql" | "postgres":
            return place.set(drivername="postgresql+psycopg")
        case other:
            raise BadSetting(f"The database {other} is not supported; use sqlite or postgresql.")


def prepare_sqlite(engine: Engine, *, patience: float, foreign_keys: bool = True) -> None:
    """Every connection: foreign keys, WAL, full synchronisation, erased content overwritten, IMMEDIATE writes."""

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        # The driver must not begin transactions by itself: `begin` below does, in the way that is needed.
        connection.isolation_level = None
        try:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute("PRAGMA synchronous = FULL")
            cursor.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
            cursor.execute("PRAGMA secure_delete = ON")
            cursor.close()
        except BaseException:
            # The pool does not know this connection yet, and its thread would outlive it.
            connection.close()
            raise

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        statement = connection.get_execution_options().get(_BEGIN, "BEGIN IMMEDIATE")
        if statement:
            connection.exec_driver_sql(statement)


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn trouble of the database into `StoreUnavailable`; faults of a statement pass as they are."""
    try:
        yield
    except (exc.IntegrityError, exc.DataError):
        raise
    except (exc.DBAPIError, exc.TimeoutError, sqlite3.OperationalError, OSError) as error:
        sentence = _sentence(error)
        if isinstance(error, exc.ProgrammingError) and sentence == _UNKNOWN:
            raise
        raise StoreUnavailable(sentence) from error


def _sentence(error: BaseException) -> str:
    """The first cause says it: what follows, such as a rollback of what is gone already, only hides it."""
    if error.__context__ is not None and (earlier := _sentence(error.__context__)) != _UNKNOWN:
        return earlier
    text = str(getattr(error, "orig", None) or error).lower()
    return next((sentence for sign, sentence in _SENTENCES if sign in text), _UNKNOWN)
