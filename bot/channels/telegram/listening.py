"""How updates come in: we ask for them, or Telegram posts them to our pages.

Law: an update is acknowledged only when it is kept; whatever is delivered twice is one message by its key.
"""

import asyncio
import hashlib
import hmac
import json
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import datetime
from typing import Any, TypeVar

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.channels.protocol import Arrival
from bot.channels.telegram.api import BotApi, TooMany
from bot.channels.telegram.updates import CHANNEL
from bot.errors import PrivacyDeskError, StoreUnavailable
from bot.logs import where_raised

_log = structlog.get_logger()

T = TypeVar("T")
Take = Callable[[Arrival], Awaitable[None]]
Now = Callable[[], datetime]

#: Seconds of one long poll.
_POLL = 25
#: Seconds between attempts while Telegram or the database is away: doubled each time, up to these.
_LONGEST_PAUSE = 60.0
_BIGGEST_UPDATE = 1_000_000


def arrival_of(bot: BotApi, raw: bytes, number: str, now: datetime) -> Arrival:
    """One update as it came in."""
    return Arrival(
        channel=CHANNEL, brand=bot.brand, raw=raw, received_at=now, external_id=number, origin={"bot": bot.id}
    )


async def poll(bot: BotApi, take: Take, stop: asyncio.Event, now: Now, *, seconds: int = _POLL) -> None:
    """Ask for updates until `stop`; the offset moves on only over what was kept. Failures are waited out."""
    offset: int | None = None
    failures = 0
    called_nowhere = False
    while not stop.is_set():
        try:
            if not called_nowhere:
                await bot.call_nowhere()
                called_nowhere = True
            found = await _unless(stop, bot.updates(offset, seconds=seconds))
            for update in sorted(filter(_is_update, found or ()), key=_number):
                raw = json.dumps(update, ensure_ascii=False).encode()
                await take(arrival_of(bot, raw, str(_number(update)), now()))
                offset = _number(update) + 1
            failures = 0
        except Exception as fault:
            failures += 1
            await _rest(bot, fault, failures, stop)


async def keep_webhook(bot: BotApi, url: str, secret: str, stop: asyncio.Event) -> None:
    """Tell Telegram where to post, until it has taken it in."""
    failures = 0
    while not stop.is_set():
        try:
            await bot.call_here(url, secret)
            return
        except Exception as fault:
            failures += 1
            await _rest(bot, fault, failures, stop)


async def _rest(bot: BotApi, fault: Exception, failures: int, stop: asyncio.Event) -> None:
    """Wait as long as Telegram asks, else longer with each failure; of an unforeseen fault only its place is told."""
    if isinstance(fault, PrivacyDeskError):
        _log.warning("telegram not read", bot=bot.id, reason=str(fault), failures=failures)
    else:
        _log.error("telegram not read", bot=bot.id, fault=type(fault).__name__, where=where_raised(fault))
    longer = min(_LONGEST_PAUSE, 2.0 ** min(failures - 1, 12)) * random.uniform(0.5, 1.0)
    await _unless(stop, asyncio.sleep(fault.seconds if isinstance(fault, TooMany) else longer))


def webhook_route(bot: BotApi, secret: str, take: Take, now: Now) -> Route:
    """The page that Telegram posts to; 200 only after the update is kept."""

    async def posted(request: Request) -> Response:
        shown = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(shown.encode(), secret.encode()):
            return PlainTextResponse("not found\n", status_code=404)
        raw = await _body(request)
        if raw is None:
            return PlainTextResponse("too large\n", status_code=413)
        try:
            await take(arrival_of(bot, raw, _number_in(raw), now()))
        except StoreUnavailable:
            return PlainTextResponse("later\n", status_code=503)
        return PlainTextResponse("ok\n")

    return Route(path_of(bot.brand), posted, methods=["POST"])


def path_of(brand: str) -> str:
    """The path under which Telegram finds a brand's bot on our pages."""
    return f"/telegram/{brand}"


async def _body(request: Request) -> bytes | None:
    """The bytes posted, None where they are too many."""
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > _BIGGEST_UPDATE:
            return None
    return raw


def _is_update(update: object) -> bool:
    return isinstance(update, dict) and isinstance(update.get("update_id"), int)


def _number(update: Mapping[str, Any]) -> int:
    return int(update["update_id"])


def _number_in(raw: bytes) -> str:
    """The update's number, or a digest of what has none: it is kept all the same, and shunted when it is read."""
    try:
        return str(_number(json.loads(raw)))
    except (ValueError, KeyError, TypeError, RecursionError):
        return f"sha256-{hashlib.sha256(raw).hexdigest()}"


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """What `work` gives; None, and it is cancelled, once `stop` is set."""
    working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
        return await working if working.done() else None
    finally:
        for task in (working, stopping):
            task.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)
