"""The embedded loop: one process drains the inbox, and the outbox of each channel, oldest first, and sweeps.

The rows are the truth. Whatever a killed process left behind is taken up at the next start: a message in work is
handled again, because "done" commits with its effects; a mail in sending becomes `uncertain` and is never sent by
itself again. Each channel is drained by itself, so that the pace that one of them keeps holds up no other.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial

import structlog

from bot.engine.delivery import deliver
from bot.engine.desk import Desk
from bot.engine.handling import handle
from bot.engine.sweeps import sweep
from bot.engine.upkeep import BETWEEN, keep_house, tell_receivers
from bot.errors import StoreUnavailable
from bot.store import Which

_log = structlog.get_logger()

_OWNER = "embedded"
_LEASE = timedelta(minutes=2)
#: Seconds between looks when nothing nudges; also the pause after database trouble.
_IDLE = 1.0
#: Seconds from one sweep to the next.
_BETWEEN_SWEEPS = 60.0
#: Seconds from one look for events that other programs are told to the next.
_BETWEEN_TELLINGS = 2.0


class EmbeddedLoop:
    """Drains the rows of one desk; `owner` names this loop, and the lives before it, in the rows that it claims."""

    def __init__(self, desk: Desk, *, owner: str = _OWNER) -> None:
        self._desk = desk
        self._owner = owner
        #: The database went away under a message: it need not wait until its lease is over.
        self._broken_off = False
        self._arrived = asyncio.Event()
        self._queued = {channel: asyncio.Event() for channel in desk.channels}

    def nudge(self) -> None:
        """Something was accepted: look now."""
        self._arrived.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Drain until `stop` is set; database trouble is waited out, never fatal."""
        await self.take_up()
        await asyncio.gather(
            self._drain(self._handle_one, self._arrived, stop),
            *(
                self._drain(partial(self._deliver_one, which), self._queued[which.channel], stop)
                for which in self._by_channel()
            ),
            self._sweep(stop),
            self._keep_house(stop),
            self._tell_receivers(stop),
        )

    async def take_up(self) -> None:
        """What a former life had in work is free again, and what it was sending is uncertain."""
        await self._desk.store.release(self._owner)
        await self._desk.store.release_outgoing(self._owner)

    async def handle_all(self) -> None:
        """Handle what has been accepted until nothing is left; what follows from it stays queued."""
        while await self._handle_one():
            pass

    async def deliver_all(self) -> None:
        """Deliver what is due now until nothing is left."""
        while any([await self._deliver_one(which) for which in (*self._by_channel(), self._of_no_channel())]):
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
                    self._look_into_the_outbox()
                while await self._deliver_one(self._of_no_channel()):
                    pass
            except StoreUnavailable as fault:
                _log.error("database trouble", fault=str(fault))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _BETWEEN_SWEEPS)

    async def _keep_house(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await keep_house(self._desk)
            except StoreUnavailable as fault:
                _log.error("database trouble", fault=str(fault))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), BETWEEN.total_seconds())

    async def _tell_receivers(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await tell_receivers(self._desk)
            except StoreUnavailable as fault:
                _log.error("database trouble", fault=str(fault))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _BETWEEN_TELLINGS)

    async def _handle_one(self) -> bool:
        if self._broken_off:
            await self._desk.store.release(self._owner)
            self._broken_off = False
        claim = await self._desk.store.claim(self._owner, now=self._desk.now(), lease=_LEASE)
        if claim is None:
            return False
        try:
            await handle(self._desk, claim)
        except StoreUnavailable:
            self._broken_off = True
            raise
        self._look_into_the_outbox()
        return True

    def _by_channel(self) -> list[Which]:
        return [Which(channel=channel) for channel in self._queued]

    def _of_no_channel(self) -> Which:
        """What was queued for a channel that is no longer configured."""
        return Which(not_by=tuple(self._queued))

    async def _deliver_one(self, which: Which) -> bool:
        queued = await self._desk.store.claim_outgoing(self._owner, now=self._desk.now(), lease=_LEASE, which=which)
        if queued is None:
            return False
        await deliver(self._desk, queued)
        return True

    def _look_into_the_outbox(self) -> None:
        for queued in self._queued.values():
            queued.set()


async def _rest(nudged: asyncio.Event, stop: asyncio.Event) -> None:
    """Wait for a nudge, the stop or the next look, whichever comes first."""
    waits = [asyncio.ensure_future(event.wait()) for event in (nudged, stop)]
    await asyncio.wait(waits, timeout=_IDLE, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
