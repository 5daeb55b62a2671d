"""What only one process does at a time: the embedded loop of a data folder, and one reader for each mailbox.

Law: a process that has lost its lease stops what it did under it; what it may still write is fenced off.
"""

import asyncio
import fcntl
import os
import secrets
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, TextIO

import structlog

from bot.errors import BadSetting, StoreUnavailable
from bot.settings import Settings
from bot.store import HeldLease, Store
from bot.wiring import make_folder

_log = structlog.get_logger()

#: A process that is killed keeps its leases for so long.
_LENGTH = timedelta(seconds=30)
#: Seconds between looks, with the lease and without.
_BETWEEN = 8.0

#: What is done under a lease, until the event is set.
Work = Callable[[HeldLease, asyncio.Event], Coroutine[Any, Any, None]]


@contextmanager
def only_one(settings: Settings) -> Iterator[str]:
    """One embedded loop on one data folder: a second one would only be in its way. Raises `BadSetting`.

    Gives the name of this installation, by which a loop knows what its former lives had in work; no other machine that
    shares the database has the same. Where workers do the work, any number may be here, each with a name of its own.
    """
    make_folder(settings)
    if settings.engine == "workers":
        yield f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        return
    path = settings.data_dir / "lock"
    try:
        lock = path.open("a+", encoding="ascii")
    except OSError as error:
        raise BadSetting(f"{path} cannot be written ({error.strerror}); its folder must be yours") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BadSetting(
                f"another privacy-desk works in {settings.data_dir}; stop it first, or set data_dir to another folder"
            ) from None
        yield f"{socket.gethostname()}-{_name_in(lock)}"


def _name_in(lock: TextIO) -> str:
    """A random word, made at the first start."""
    lock.seek(0)
    name = lock.read().strip()
    if not name:
        name = secrets.token_hex(8)
        lock.write(f"{name}\n")
        lock.flush()
    return name


async def alone(store: Store, owner: str, name: str, work: Work, stop: asyncio.Event) -> None:
    """Do `work` whenever the lease `name` is ours, until `stop`."""
    while not stop.is_set():
        if (held := await _taken(store, owner, name)) is not None:
            _log.info("lease taken", lease=name, token=held.token)
            await _under(held, store, owner, work, stop)
        await _rest(stop)


async def _under(held: HeldLease, store: Store, owner: str, work: Work, stop: asyncio.Event) -> None:
    """Until `stop`, or until the lease is lost; a failure of `work` is ours."""
    loop = asyncio.get_running_loop()
    lost, until = asyncio.Event(), loop.time() + _LENGTH.total_seconds()
    working = asyncio.create_task(work(held, lost))
    stopping = asyncio.create_task(stop.wait())
    try:
        while loop.time() < until:
            await asyncio.wait((working, stopping), timeout=_BETWEEN, return_when=asyncio.FIRST_COMPLETED)
            if working.done() or stopping.done():
                break
            renewed, asked_at = await _taken(store, owner, held.name, otherwise=held), loop.time()
            if renewed is None or renewed.token != held.token:
                break
            if renewed is not held:
                until = asked_at + _LENGTH.total_seconds()
    finally:
        stopping.cancel()
        lost.set()
        try:
            await working
        finally:
            with suppress(StoreUnavailable):
                await store.leases.give_back(held)


async def _taken(store: Store, owner: str, name: str, *, otherwise: HeldLease | None = None) -> HeldLease | None:
    """The lease, new or for longer; None where it is another's, `otherwise` while the database is away."""
    try:
        return await store.leases.take(name, owner, length=_LENGTH)
    except StoreUnavailable:
        return otherwise


async def _rest(stop: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), _BETWEEN)
