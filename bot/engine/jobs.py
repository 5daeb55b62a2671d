"""The jobs of many machines: Procrastinate's queue in our own PostgreSQL database, and what is put into it.

Law: a job holds ids only and is written in the transaction that wrote its row; the rows are the truth, so a job may be
lost or run twice. The messages of one conversation have one lock: one by one, in order; and so have their answers.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import procrastinate
import psycopg
import structlog
from procrastinate.exceptions import ConnectorException
from procrastinate.schema import SchemaManager
from psycopg import sql
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StoreUnavailable
from bot.store.database import read_url, told_plainly

_log = structlog.get_logger()

HANDLE, DELIVER, UPKEEP = "handle", "deliver", "upkeep"
#: What a chat's front end listens to: "CHANNEL RECIPIENT" of a message that has left.
_SENT = "privacy_desk_sent"
#: Any number that no other program takes.
_ADVISORY_LOCK = 5_205_122
#: Seconds until a listener that lost its connection tries again.
_PAUSE = 1.0


def make_app(url: str, *, at_once: int = 4) -> procrastinate.App:
    """The queue in the database of `url`; no I/O yet. It opens up to `at_once` connections."""
    connector = procrastinate.PsycopgConnector(conninfo=_plain(url), min_size=1, max_size=at_once)
    return procrastinate.App(connector=connector)


class Jobs:
    """Protocol `Dispatch`: announces work as jobs."""

    def __init__(self, app: procrastinate.App, now: Callable[[], datetime]) -> None:
        self._app, self._now = app, now

    async def handle(self, connection: AsyncConnection, inbox_id: str, conversation: str) -> None:
        await self._defer(connection, HANDLE, {"inbox": inbox_id}, lock=conversation)

    async def deliver(self, connection: AsyncConnection, outbox_id: str, conversation: str, at: datetime) -> None:
        """One that is due later waits without a lock, so that it holds up nothing that comes after it."""
        job = {"outbox": outbox_id}
        if at > self._now():
            await self._defer(connection, DELIVER, job, lock=None, schedule_at=at)
        else:
            await self._defer(connection, DELIVER, job, lock=f"answers: {conversation}")

    async def sent(self, connection: AsyncConnection, channel: str, recipient: str) -> None:
        """Mail is shown nowhere."""
        if channel != "email":
            said = {"channel": _SENT, "what": f"{channel} {recipient}"}
            await connection.execute(text("SELECT pg_notify(:channel, :what)"), said)

    async def _defer(
        self,
        connection: AsyncConnection,
        queue: str,
        job: dict[str, str],
        *,
        lock: str | None,
        schedule_at: datetime | None = None,
    ) -> None:
        raw = (await connection.get_raw_connection()).driver_connection
        told = self._app.configure_task(queue, queue=queue, lock=lock, schedule_at=schedule_at, connection=raw)
        try:
            await told.defer_async(**job)
        except ConnectorException as error:
            raise StoreUnavailable("The queue of jobs cannot be written; run: privacy-desk db upgrade") from error


async def listen(url: str, heard: Callable[[str, str], None], lost: Callable[[], None], stop: asyncio.Event) -> None:
    """Call `heard(channel, recipient)` for all that leaves, until `stop`, and `lost()` where some may have been missed.

    Failures are waited out.
    """
    while not stop.is_set():
        with suppress(psycopg.Error, OSError):
            async with await psycopg.AsyncConnection.connect(_plain(url), autocommit=True) as connection:
                await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(_SENT)))
                lost()
                while not stop.is_set():
                    async for told in connection.notifies(timeout=_PAUSE):
                        channel, _, recipient = told.payload.partition(" ")
                        heard(channel, recipient)
        if not stop.is_set():
            _log.warning("listening for answers again")
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _PAUSE)


def upgrade_jobs(url: str) -> int:
    """Bring the queue's tables to the installed version of Procrastinate; how many steps that took. Blocking."""
    engine = create_engine(read_url(url), hide_parameters=True)
    try:
        with told_plainly(), engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _ADVISORY_LOCK})
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            done = _steps_to_go(driver)
            for step in done:
                driver.execute(step.encode())
            return len(done)
    finally:
        engine.dispose()


def _steps_to_go(driver: psycopg.Connection) -> list[str]:
    """The version of the tables stands in a comment of theirs: the name of the newest migration that they had."""
    migrations = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    newest = migrations[-1].name
    known = "SELECT obj_description(to_regclass('procrastinate_jobs')), to_regclass('procrastinate_jobs') IS NOT NULL"
    at, exists = driver.execute(known).fetchone() or ("", False)
    comment = f"COMMENT ON TABLE procrastinate_jobs IS '{newest}'"
    if not exists:
        return [SchemaManager.get_schema(), comment]
    pending = [path.read_text(encoding="utf-8") for path in migrations if path.name > (at or newest)]
    return [*pending, comment] if pending or not at else []


def _plain(url: str) -> str:
    """As the driver itself reads it."""
    return read_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
