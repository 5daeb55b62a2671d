"""How fast we may speak: one message a second in a chat, 25 a second over all, and never before Telegram lets us.

Law: a chat that floods us waits for its answers; it never keeps other people's waiting for long.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.errors import NotNow

_CHAT_SECONDS = 1.0
_SECONDS = 1 / 25
#: Longest pause that is waited out here; for a longer one the message goes back to the outbox.
PATIENCE = 3.0
#: Seconds that are waited for one chat within a minute; what is more goes back to the outbox.
_MOST_WAITED = 15.0
_WINDOW_SECONDS = 60.0
_MOST_CHATS = 10_000


@dataclass(slots=True)
class _Chat:
    #: When the last message went out.
    last: float
    #: Seconds that were waited for this chat since `counted_from`.
    waited: float = 0.0
    counted_from: float = 0.0


class Pace:
    """The clock of one bot's sending."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._chats: dict[int, _Chat] = {}
        self._last = float("-inf")
        self._closed_until = float("-inf")

    def close(self, seconds: float) -> None:
        """Telegram wants silence from this bot for so long (429)."""
        self._closed_until = max(self._closed_until, self._clock() + seconds)

    async def turn(self, chat: int, *, continued: bool = False) -> None:
        """Wait until a message may go to `chat`; raises `NotNow` where that takes too long.

        The later pieces of one message (`continued`) are always waited for.
        """
        now = self._clock()
        if self._closed_until - now > PATIENCE:
            left = self._closed_until - now
            raise NotNow(f"Telegram asked for silence; {left:.0f} seconds of it are left", seconds=left)
        known = self._chats.setdefault(chat, _Chat(last=float("-inf"), counted_from=now))
        if not continued:
            _count(known, now)
        wait = max(known.last + _CHAT_SECONDS, self._last + _SECONDS, self._closed_until) - now
        if wait > 0:
            await self._sleep(wait)
        known.last = self._last = self._clock()
        self._forget_the_quiet()

    def _forget_the_quiet(self) -> None:
        if len(self._chats) > _MOST_CHATS:
            ago = self._clock() - _WINDOW_SECONDS
            self._chats = {chat: known for chat, known in self._chats.items() if known.last > ago}


def _count(chat: _Chat, now: float) -> None:
    """Add what is waited for this chat alone; raises `NotNow` where that is too much."""
    if now - chat.counted_from > _WINDOW_SECONDS:
        chat.waited, chat.counted_from = 0.0, now
    own = max(0.0, chat.last + _CHAT_SECONDS - now)
    if chat.waited + own > _MOST_WAITED:
        raise NotNow("this chat gets more than one message a second; the next ones are put off")
    chat.waited += own
