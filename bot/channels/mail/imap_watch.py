"""Follow one IMAP folder for as long as the service runs.

The position is kept only after `accept` has returned, so a message is accepted again rather than lost; accepting the
same content twice has no second effect.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

import structlog

from bot.channels.mail.imap_in import Fetched, ImapMailbox, ImapSettings, Position, sent_folder
from bot.channels.mail.understanding import SENT_FOLDER
from bot.channels.protocol import Arrival
from bot.errors import BadSetting, PrivacyDeskError
from bot.logs import where_raised

_log = structlog.get_logger()

#: Seconds of pause after a failure: doubled each time, up to these.
_LONGEST_UNREACHABLE = 8.0
_LONGEST_REFUSED = 300.0
#: Seconds without a failure after which the pauses start small again.
_HEALTHY = 60.0

#: Messages accepted before the cursor is kept: as many come a second time, to no effect, after a sudden end.
_MOST_UNSAVED = 20

_T = TypeVar("_T")


async def watch(
    mailbox: ImapMailbox,
    accept: Callable[[Arrival], Awaitable[object]],
    load_cursor: Callable[[], Awaitable[Position | None]],
    save_cursor: Callable[[Position], Awaitable[object]],
    stop: asyncio.Event,
) -> None:
    """Accept every message of the folder, in order, until `stop`; failures are waited out, never raised."""
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="imap")
    failures = 0
    loop = asyncio.get_running_loop()
    last_failure = loop.time()
    try:
        while not stop.is_set():
            try:
                await _catch_up(thread, mailbox, accept, load_cursor, save_cursor, stop)
                await _in(thread, lambda: mailbox.wait(mailbox.settings.poll_seconds, stop.is_set))
            except Exception as fault:
                failures = 1 if loop.time() - last_failure > _HEALTHY else failures + 1
                last_failure = loop.time()
                _tell(mailbox, fault, failures)
                await _in(thread, mailbox.close)
                await _pause(pause_after(fault, failures), stop)
    finally:
        await _in(thread, mailbox.close)
        thread.shutdown(wait=False)


async def watch_sent(
    account: ImapSettings,
    folder: str,
    accept: Callable[[Arrival], Awaitable[object]],
    load_cursor: Callable[[], Awaitable[Position | None]],
    save_cursor: Callable[[Position], Awaitable[object]],
    stop: asyncio.Event,
) -> None:
    """The same of the folder of sent mail: what is put there from now on, where it answers something.

    `folder` "auto" is the one that the server marks; where there is none, nothing is watched.
    """
    failures = 0
    while not stop.is_set():
        try:
            found = await asyncio.to_thread(sent_folder, account) if folder == "auto" else folder
        except PrivacyDeskError as fault:
            failures += 1
            await _pause(pause_after(fault, failures), stop)
            continue
        if not found:
            _log.info("no folder for sent mail", account=account.brand)
            return
        mailbox = ImapMailbox(replace(account, folder=found), envelope={SENT_FOLDER: "yes"}, only_answers=True)
        await watch(mailbox, accept, load_cursor, save_cursor, stop)


def pause_after(fault: Exception, failures: int) -> float:
    """Seconds to wait; a server that is away is asked again sooner than one that refuses us."""
    longest = _LONGEST_REFUSED if isinstance(fault, BadSetting) else _LONGEST_UNREACHABLE
    return min(longest, 2.0 ** min(failures, 12)) * random.uniform(0.5, 1.0)


def _tell(mailbox: ImapMailbox, fault: Exception, failures: int) -> None:
    """Our own errors in their words; of any other only the kind and the place, for its words may be a message's."""
    folder = mailbox.settings.folder
    if isinstance(fault, PrivacyDeskError):
        _log.warning("mailbox not read", folder=folder, reason=str(fault), failures=failures)
    else:
        _log.error("mailbox not read", folder=folder, fault=type(fault).__name__, at=where_raised(fault))


async def _catch_up(
    thread: ThreadPoolExecutor,
    mailbox: ImapMailbox,
    accept: Callable[[Arrival], Awaitable[object]],
    load_cursor: Callable[[], Awaitable[Position | None]],
    save_cursor: Callable[[Position], Awaitable[object]],
    stop: asyncio.Event,
) -> None:
    """Everything new, one message at a time; the cursor follows now and then, and whatever happens at the end."""
    new = mailbox.fetch_new(await load_cursor())
    unsaved: list[Position] = []
    try:
        while not stop.is_set():
            fetched: Fetched | None = await _in(thread, lambda: next(new, None))
            if fetched is None:
                return
            if fetched.arrival is not None:
                await accept(fetched.arrival)
            unsaved.append(fetched.position)
            if len(unsaved) >= _MOST_UNSAVED:
                await save_cursor(unsaved[-1])
                unsaved.clear()
    finally:
        if unsaved:
            await save_cursor(unsaved[-1])


async def _in(thread: ThreadPoolExecutor, work: Callable[[], _T]) -> _T:
    return await asyncio.get_running_loop().run_in_executor(thread, work)


async def _pause(seconds: float, stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
