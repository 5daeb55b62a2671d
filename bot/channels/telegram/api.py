"""What this channel needs of a bot at the Bot API; `account.Account` is the real one."""

from collections.abc import Sequence
from typing import Any, Protocol

from bot.channels.chats.buttons import Buttons
from bot.errors import NotNow


class TooMany(NotNow):
    """429: nothing may be called for `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Telegram asks us to wait for {seconds:.0f} seconds", seconds=seconds)


class BotApi(Protocol):
    """One bot, which speaks for one brand."""

    brand: str
    #: The bot's number.
    id: str

    async def send(self, chat: int, text: str, buttons: Buttons) -> str:
        """Send one message, returns its id there; raises `TooMany`, `NotNow`, `Refused` or `Uncertain`."""
        ...

    async def updates(self, offset: int | None, *, seconds: int) -> Sequence[dict[str, Any]]:
        """Wait up to `seconds` for updates from `offset` on; what is below it is forgotten there. Raises `NotNow`."""
        ...

    async def call_here(self, url: str, secret: str) -> None:
        """Have updates posted to `url`, one at a time and so in their order. Raises `NotNow`."""
        ...

    async def call_nowhere(self) -> None:
        """Keep updates until we ask for them; what waits is not dropped. Raises `NotNow`."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...
