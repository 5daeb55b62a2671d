"""The embedded loop: one process drains inbox and outbox, oldest first, until it is told to stop.

The rows are the truth. Whatever a killed process left behind is taken up at the next start: a message in work is handled
again, because "done" commits with its effects; a mail in sending becomes `uncertain` and is never sent by itself again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from bot.engine.delivery import deliver
from bot.engine.desk import Desk
from bot.engine.handling import handle
from bot.errors import StoreUnavailable

_log = structlog.get_logger()

OWNER = "embedded"
_LEASE = timedelta(minutes=2)
#: Seconds between looks when nothing nudges; also the pause after database trouble.
_IDLE = 1.0


class EmbeddedLoop:
    """Drains the rows of one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._nudged = asyncio.Event()

    def nudge(self) -> None:
        """Something was accepted or queued: look now."""
        self._nudged.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Drain until `stop` is set; database trouble is waited out, never fatal."""
        await self._desk.store.release(OWNER)
        await self._desk.store.release_outgoing(OWNER)
        await asyncio.gather(self._drain(self._handle_one, stop), self._drain(self._deliver_one, stop))

    async def drain(self) -> None:
        """Work until nothing is left to do now."""
        while await self._handle_one() or await self._deliver_one():
            pass

    async def _drain(self, work: Callable[[], Awaitable[bool]], stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                if await work():
                    continue
            except StoreUnavailable as fault:
                _log.error("database trouble", fault=str(fault))
            await self._rest(stop)

    async def _rest(self, stop: asyncio.Event) -> None:
        waits = [asyncio.ensure_future(self._nudged.wait()), asyncio.ensure_future(stop.wait())]
        await asyncio.wait(waits, timeout=_IDLE, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        self._nudged.clear()

    async def _handle_one(self) -> bool:
        claim = await self._desk.store.claim(OWNER, now=self._desk.now(), lease=_LEASE)
        if claim is None:
            return False
        await handle(self._desk, claim)
        self.nudge()
        return True

    async def _deliver_one(self) -> bool:
        queued = await self._desk.store.claim_outgoing(OWNER, now=self._desk.now(), lease=_LEASE)
        if queued is None:
            return False
        await deliver(self._desk, queued)
        return True
