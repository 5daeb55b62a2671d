"""How fast we may speak: one message a second in a chat, 25 a second over all, and never before Telegram lets us.

Law: a chat that floods us waits for its answers; it never keeps other people's waiting for long. Where several
processes speak for one bot, they take turns: what Telegram allows is allowed to all of them together.
"""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.errors import NotNow, StoreUnavailable

_CHAT_SECONDS = 1.0
_SECONDS = 1 / 25
#: Longest pause that is waited out here; for a longer one the message goes back to the outbox.
PATIENCE = 3.0
#: Seconds that are waited for one chat within a minute; what is more goes back to the outbox.
_MOST_WAITED = 15.0
_WINDOW_SECONDS = 60.0
_MOST_CHATS = 10_000


class Turns(Protocol):
    """The moments that several processes share."""

    async def take(self, steps: Mapping[str, float], *, patience: float) -> float:
        """Seconds until the next moment free under every name, taken for their steps unless beyond `patience`."""
        ...

    async def close(self, name: str, seconds: float) -> None:
        """No moment is free under this name for so long."""
        ...


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
        turns: Turns | None = None,
        bot: str = "",
    ) -> None:
        """`turns` are shared with the other processes that speak for `bot`; None where there are none."""
        self._turns = turns
        self._name = f"telegram {bot}"
        self._clock = clock
        self._sleep = sleep
        self._chats: dict[int, _Chat] = {}
        self._last = float("-inf")
        self._closed_until = float("-inf")

    async def close(self, seconds: float) -> None:
        """Telegram wants silence from this bot for so long (429)."""
        self._closed_until = max(self._closed_until, self._clock() + seconds)
        if self._turns is not None:
            try:
                await self._turns.close(self._name, seconds)
            except StoreUnavailable:
                # Told to this process at least; each of the others is told by Telegram.
                return

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
        wait = max(wait, await self._shared(chat))
        if wait > 0:
            await self._sleep(wait)
        known.last = self._last = self._clock()
        self._forget_the_quiet()

    async def _shared(self, chat: int) -> float:
        """Seconds until this process has its turn among all; raises `NotNow` where that takes too long."""
        if self._turns is None:
            return 0.0
        # A chat's number is somebody's: what stands in the table for a while says nothing of them.
        of_chat = hashlib.sha256(f"{self._name} {chat}".encode()).hexdigest()[:32]
        try:
            wait = await self._turns.take({self._name: _SECONDS, of_chat: _CHAT_SECONDS}, patience=PATIENCE)
        except StoreUnavailable as fault:
            raise NotNow(str(fault)) from fault
        if wait > PATIENCE:
            raise NotNow("this bot's other processes have more to send than Telegram allows", seconds=wait)
        return wait

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
