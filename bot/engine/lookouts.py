"""Lookouts: processes of their own that look ahead at mails, many at once, so that the one writer has little left.

Law: a lookout holds no key and no connection, and all that it tells is JSON. One that hangs or dies takes nothing with
it: the mails that it did not tell of go their road without.
"""

import asyncio
import json
import multiprocessing
import resource
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

import structlog

from bot.channels import Arrival
from bot.channels.mail.understanding import Ourselves
from bot.engine.ahead import Ahead, ReadsMany, from_json, look_ahead, to_json
from bot.errors import BadSetting, PrivacyDeskError

_log = structlog.get_logger()

#: Seconds for one mail to be understood, and bytes of memory for that (RELIABILITY T29).
_UNDERSTOOD_IN, _MEMORY = 10.0, 1024 * 1024 * 1024
#: Seconds after which a lookout is given up: to get ready, and for each mail that it was given.
_READY_IN, _GIVEN_UP_AFTER = 120.0, 10.0
#: Seconds that it has for ending by itself.
_LAST_WORD = 2.0


class Lookouts:
    """Some of them; each batch goes to whoever is free."""

    def __init__(self, begun: Sequence["_Lookout"]) -> None:
        self.count = self._left = len(begun)
        self._free: asyncio.Queue[_Lookout] = asyncio.Queue()
        for one in begun:
            self._free.put_nowait(one)

    async def look(self, arrivals: Sequence[Arrival], ourselves: Ourselves) -> list[Ahead | None]:
        """None for each mail that must go its road without; raises `BadSetting` where there is no reader."""
        while self._left:
            one = await self._free.get()
            if one.lives:
                try:
                    return await asyncio.to_thread(one.look, arrivals, ourselves)
                finally:
                    self._free.put_nowait(one)
            self._left -= 1
        return [None] * len(arrivals)


@contextmanager
def lookouts(count: int, load: Callable[[], ReadsMany]) -> Iterator[Lookouts]:
    """So many of them, each with what `load` gives; to be begun while this process has one thread and no keys."""
    forks = "fork" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if forks else "spawn")
    begun: list[_Lookout] = []
    try:
        for _ in range(count):
            ours, theirs = context.Pipe()
            # An end that its brothers had open too would keep one from seeing that nobody is left.
            others = [ours, *(one.told for one in begun)] if forks else []
            process = context.Process(target=_serve, args=(theirs, load, others), daemon=True)  # type: ignore[attr-defined]
            process.start()
            theirs.close()
            begun.append(_Lookout(process, ours))
        yield Lookouts(begun)
    finally:
        for one in begun:
            one.end()


class _Lookout:
    """One such process, asked by one thread at a time."""

    def __init__(self, process: BaseProcess, told: Connection) -> None:
        self._process, self.told = process, told
        self._ready = False

    @property
    def lives(self) -> bool:
        return self._process.is_alive()

    def look(self, arrivals: Sequence[Arrival], ourselves: Ourselves) -> list[Ahead | None]:
        """Blocking."""
        try:
            if not self._ready and (fault := self._hear(_READY_IN)["fault"]):
                raise BadSetting(fault)
            self._ready = True
            self.told.send((list(arrivals), ourselves))
            said = self._hear(_GIVEN_UP_AFTER * len(arrivals))["ahead"]
        except (OSError, EOFError) as error:
            _log.error("lookout given up", fault=type(error).__name__)
            self._process.kill()
            self._process.join()
            return [None] * len(arrivals)
        return [from_json(value, arrival) for value, arrival in zip(said, arrivals, strict=True)]

    def end(self) -> None:
        """It ends by itself when nobody is left to ask it."""
        self.told.close()
        self._process.join(_LAST_WORD)
        self._process.kill()
        self._process.join()

    def _hear(self, seconds: float) -> dict[str, Any]:
        if not self.told.poll(seconds):
            raise TimeoutError
        heard: dict[str, Any] = json.loads(self.told.recv_bytes())
        return heard


def _serve(told: Connection, load: Callable[[], ReadsMany], others: Sequence[Connection]) -> None:
    """The life of a lookout. Ctrl-C is for the process that asks, whose end is this one's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for other in others:
        other.close()
    try:
        reader, fault = load(), ""
    except PrivacyDeskError as error:
        fault = str(error)
    with suppress(OSError, EOFError):
        told.send_bytes(json.dumps({"fault": fault}).encode())
        _allow_memory(_MEMORY)
        while not fault:
            arrivals, ourselves = told.recv()
            seen = look_ahead(arrivals, ourselves, reader, partial(_no_longer_than, _UNDERSTOOD_IN))
            answer = {"ahead": [to_json(one) for one in seen]}
            told.send_bytes(json.dumps(answer, default=datetime.isoformat).encode())


def _allow_memory(more: int) -> None:
    """That much beyond what is in use now; without /proc there is no limit."""
    with suppress(OSError), open("/proc/self/statm", encoding="ascii") as sizes:
        most = int(sizes.read().split()[0]) * resource.getpagesize() + more
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


@contextmanager
def _no_longer_than(seconds: float) -> Iterator[None]:
    """Raises `TimeoutError` within."""

    def too_long(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
