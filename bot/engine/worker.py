"""A worker: runs the jobs of `bot.engine.jobs` with the same functions as the embedded loop.

Law: the job's lock is the right to a conversation, the row's claim is its proof. A worker that is dead or cut off is
given up after `GIVEN_UP_AFTER` seconds without a sign of life; whoever runs its job next first frees what it held.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

import procrastinate
import structlog
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition
from psycopg_pool import PoolTimeout
from sqlalchemy import text

from bot.engine.delivery import deliver
from bot.engine.desk import Desk
from bot.engine.handling import handle
from bot.engine.jobs import DELIVER, HANDLE, UPKEEP
from bot.engine.sweeps import sweep
from bot.engine.upkeep import keep_house, tell_receivers
from bot.errors import PrivacyDeskError, StoreUnavailable
from bot.logs import where_raised
from bot.store import Which, dispatch

_log = structlog.get_logger()

#: How many jobs one worker takes at once, most of which wait for each other; and how many messages it handles.
AT_ONCE = 24
_HANDLED_AT_ONCE = 8
#: Seconds without a sign of life.
GIVEN_UP_AFTER = 20.0
_SIGN_OF_LIFE = 4.0
#: Seconds between looks for jobs of the dead.
_BETWEEN_LOOKS = 5.0
_LEASE = timedelta(minutes=2)
#: Rows that have waited so long without a job get one.
_FORGOTTEN = timedelta(seconds=30)
_MOST_FORGOTTEN = 1000
_AGAIN = procrastinate.RetryStrategy(wait=2)

_WITHOUT_A_JOB = {
    HANDLE: """
        SELECT id, conversation_id FROM inbox
        WHERE state = 'waiting' AND accepted_at < :before AND (claimed_until IS NULL OR claimed_until < :now)
          AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs AS job
            WHERE job.lock = inbox.conversation_id AND job.status IN ('todo', 'doing') AND job.task_name = 'handle')
        ORDER BY id LIMIT :most
    """,
    DELIVER: """
        SELECT id, conversation_id FROM outbox
        WHERE state = 'queued' AND not_before < :before
          AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs AS job
            WHERE job.args->>'outbox' = outbox.id AND job.status IN ('todo', 'doing') AND job.task_name = 'deliver')
        ORDER BY id LIMIT :most
    """,
}
_MINE = "SELECT id FROM procrastinate_jobs WHERE status = 'doing' AND worker_id = ANY(:mine)"


class Worker:
    """Runs jobs of the queues that it is for, one of `HANDLE`, `DELIVER` and `UPKEEP` each."""

    def __init__(
        self, desk: Desk, app: procrastinate.App, *, owner: str, queues: Sequence[str] = (HANDLE, DELIVER, UPKEEP)
    ) -> None:
        self._desk, self._app, self._owner, self._queues = desk, app, owner, list(queues)
        #: The jobs that run here, by number; and the numbers that Procrastinate has given this process.
        self._running: set[int] = set()
        self._handling = asyncio.Semaphore(_HANDLED_AT_ONCE)
        #: One message at a time leaves by each channel, so that a death leaves no more than one uncertain.
        self._sending: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._numbers: set[int] = set()
        app.task(name=HANDLE, queue=HANDLE, pass_context=True, retry=_AGAIN)(self._handle)
        app.task(name=DELIVER, queue=DELIVER, pass_context=True, retry=_AGAIN)(self._deliver)
        if UPKEEP in self._queues:
            self._register_what_is_periodic()

    def _register_what_is_periodic(self) -> None:
        for name, cron, work in (
            ("sweep", "* * * * *", self._sweep),
            ("keep house", "7 * * * *", self._keep_house),
            ("tell receivers", "* * * * *", self._tell_receivers),
        ):
            task = self._app.task(name=name, queue=UPKEEP, queueing_lock=name)(work)
            self._app.periodic(cron=cron)(task)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`; what is under way is ended first. Trouble of the database is waited out."""
        rescuing = asyncio.create_task(self._rescue(stop))
        while not stop.is_set():
            try:
                await self._work(stop)
            except (ConnectorException, StoreUnavailable, PoolTimeout) as fault:
                _log.error("database trouble", fault=type(fault).__name__, where=where_raised(fault))
                await _rest(1.0, stop)
        await rescuing

    async def _work(self, stop: asyncio.Event) -> None:
        """A worker of Procrastinate's, which ends by itself when it loses the database."""
        async with self._app.open_async():
            working = asyncio.create_task(
                self._app.run_worker_async(
                    queues=self._queues,
                    concurrency=AT_ONCE,
                    install_signal_handlers=False,
                    fetch_job_polling_interval=1.0,
                    shutdown_graceful_timeout=30.0,
                    delete_jobs=DeleteJobCondition.ALWAYS,
                    update_heartbeat_interval=_SIGN_OF_LIFE,
                    stalled_worker_timeout=GIVEN_UP_AFTER,
                )
            )
            stopped = asyncio.create_task(stop.wait())
            await asyncio.wait((working, stopped), return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            if not working.done():
                working.cancel()
            with suppress(asyncio.CancelledError):
                await working

    async def _handle(self, context: procrastinate.JobContext, inbox: str) -> None:
        """All that waits in the conversation of this message, in order."""
        with _Running(self, context.job):
            async with self._handling:
                await self._handle_all_beside(inbox, again=context.job.attempts > 0)

    async def _handle_all_beside(self, inbox: str, *, again: bool) -> None:
        if again:
            await self._desk.store.release_beside(inbox)
        while claim := await self._desk.store.claim(self._owner, now=self._desk.now(), lease=_LEASE, beside=inbox):
            await handle(self._desk, claim)

    async def _deliver(self, context: procrastinate.JobContext, outbox: str) -> None:
        with _Running(self, context.job):
            if context.job.attempts:
                await self._desk.store.abandon_outgoing(outbox)
            async with self._sending[await self._desk.store.channel_of_outgoing(outbox)]:
                queued = await self._desk.store.claim_outgoing(
                    self._owner, now=self._desk.now(), lease=_LEASE, which=Which(only=outbox)
                )
                if queued is not None:
                    await deliver(self._desk, queued)

    async def _sweep(self, timestamp: int) -> None:
        del timestamp
        await sweep(self._desk)
        await self._give_jobs_to_the_forgotten()

    async def _keep_house(self, timestamp: int) -> None:
        del timestamp
        await keep_house(self._desk)

    async def _tell_receivers(self, timestamp: int) -> None:
        del timestamp
        await tell_receivers(self._desk)

    async def _give_jobs_to_the_forgotten(self) -> None:
        now = self._desk.now()
        which = {"now": now, "before": now - _FORGOTTEN, "most": _MOST_FORGOTTEN}
        async with self._desk.store.database.writing() as connection:
            for queue, statement in _WITHOUT_A_JOB.items():
                rows = (await connection.execute(text(statement), which)).all()
                for row in rows:
                    if queue == HANDLE:
                        await dispatch.handle(connection, row.id, row.conversation_id)
                    else:
                        await dispatch.deliver(connection, row.id, row.conversation_id, now)
                if rows:
                    _log.warning("rows without a job", queue=queue, count=len(rows))

    async def _rescue(self, stop: asyncio.Event) -> None:
        """Jobs of dead workers, and jobs of ours whose end the database did not hear of, are run again."""
        seen: set[int] = set()
        while not stop.is_set():
            try:
                ended = await self._ended_here()
                await self._rescue_from_the_dead(also=ended & seen)
                seen = ended
            except (PrivacyDeskError, ConnectorException, PoolTimeout) as fault:
                _log.error("no look for stalled jobs", fault=type(fault).__name__)
            except procrastinate.exceptions.AppNotOpen:
                pass
            await _rest(_BETWEEN_LOOKS, stop)

    async def _ended_here(self) -> set[int]:
        async with self._desk.store.database.reading() as connection:
            found = await connection.execute(text(_MINE), {"mine": list(self._numbers)})
            return set(found.scalars()) - self._running

    async def _rescue_from_the_dead(self, *, also: set[int]) -> None:
        held = await self._desk.store.leases.take("stalled jobs", self._owner, length=timedelta(seconds=15))
        jobs = self._app.job_manager
        stalled = await jobs.get_stalled_jobs(seconds_since_heartbeat=GIVEN_UP_AFTER) if held else ()
        for number in {job.id for job in stalled if job.id is not None} | also:
            # Somebody else may have been quicker.
            with suppress(ConnectorException):
                await jobs.retry_job_by_id_async(number, retry_at=self._desk.now())
                _log.warning("job taken over", job=number)


class _Running:
    """Marks a job as under way in this process."""

    def __init__(self, worker: Worker, job: procrastinate.jobs.Job) -> None:
        self._worker, self._job = worker, job

    def __enter__(self) -> None:
        if self._job.id is not None:
            self._worker._running.add(self._job.id)
        if self._job.worker_id is not None:
            self._worker._numbers.add(self._job.worker_id)

    def __exit__(self, *_: object) -> None:
        self._worker._running.discard(self._job.id or 0)


async def _rest(seconds: float, stop: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
