"""The embedded loop: one process drains inbox and outbox, oldest first, and sweeps, until it is told to stop.

The rows are the truth. Whatever a killed process left behind is taken up at the next start: a message in work is
handled again, because "done" commits with its effects; a mail in sending becomes `uncertain` and is never sent by
itself again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import structlog

from bot.engine.delivery import deliver
from bot.engine.desk import Desk
from bot.engine.handling import handle
from bot.engine.sweeps import sweep
from bot.errors import StoreUnavailable

_log = structlog.get_logger()

OWNER = "embedded"
_LEASE = timedelta(minutes=2)
#: Seconds between looks when nothing nudges; also the pause after database trouble.
_IDLE = 1.0
#: Seconds from one sweep to the next.
_BETWEEN_SWEEPS = 60.0


class EmbeddedLoop:
    """Drains the rows of one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._arrived = asyncio.Event()
        self._queued = asyncio.Event()

    def nudge(self) -> None:
        """Something was accepted: look now."""
        self._arrived.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Drain until `stop` is set; database trouble is waited out, never fatal."""
        await self._desk.store.release(OWNER)
        await self._desk.store.release_outgoing(OWNER)
        await asyncio.gather(
            self._drain(self._handle_one, self._arrived, stop),
            self._drain(self._deliver_one, self._queued, stop),
            self._sweep(stop),
        )

    async def handle_all(self) -> None:
        """Handle what has been accepted until nothing is left; what follows from it stays queued."""
        while await self._handle_one():
            pass

    async def deliver_all(self) -> None:
        """Deliver what is due now until nothing is left."""
        while await self._deliver_one():
            pass

    async def _drain(self, work: Callable[[], Awaitable[bool]], nudged: asyncio.Event, stop: asyncio.Event) -> None:
        while not stop.is_set():
            nudged.clear()
            try:
                if await work():
                    continue
            except StoreUnavailable as fault:
                _log.error("database trouble", fault=str(fault))
            await _rest(nudged, stop)

    async def _sweep(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                if await sweep(self._desk):
                    self._queued.set()
            except StoreUnavailable as fault:
                _log.error("database trouble", fault=str(fault))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _BETWEEN_SWEEPS)

    async def _handle_one(self) -> bool:
        claim = await self._desk.store.claim(OWNER, now=self._desk.now(), lease=_LEASE)
        if claim is None:
            return False
        await handle(self._desk, claim)
        self._queued.set()
        return True

    async def _deliver_one(self) -> bool:
        queued = await self._desk.store.claim_outgoing(OWNER, now=self._desk.now(), lease=_LEASE)
        if queued is None:
            return False
        await deliver(self._desk, queued)
        return True


async def _rest(nudged: asyncio.Event, stop: asyncio.Event) -> None:
    """Wait for a nudge, the stop or the next look, whichever comes first."""
    waits = [asyncio.ensure_future(event.wait()) for event in (nudged, stop)]
    await asyncio.wait(waits, timeout=_IDLE, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
