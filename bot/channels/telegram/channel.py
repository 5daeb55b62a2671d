"""Protocol `Channel` for Telegram: several bots, one for each brand."""

import asyncio
import re
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.routing import Route

from bot.channels.chats.buttons import Buttons
from bot.channels.protocol import Arrival, Outgoing, Receipt, Rendered
from bot.channels.telegram.api import BotApi, TooMany
from bot.channels.telegram.listening import Now, Take, keep_webhook, poll, webhook_route
from bot.channels.telegram.pace import PATIENCE, Pace
from bot.channels.telegram.rendering import Wire, render_telegram
from bot.channels.telegram.updates import CHANNEL, read_update
from bot.core.messages import InboundMessage
from bot.core.playbook import Playbook
from bot.errors import BadSetting, NotNow, Refused

#: Messages of which some pieces were taken and the next was put off; beyond so many, the oldest is forgotten.
_MOST_BEGUN = 1000
#: What the Bot API allows, but for what is too short to be a secret.
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where Telegram posts a bot's updates, and how it shows that it is Telegram."""

    url: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        """An empty or short secret would let anybody speak as Telegram. Raises `BadSetting`."""
        if not _SECRET.fullmatch(self.secret):
            raise BadSetting("telegram: a webhook's secret is 16 to 256 letters, digits, _ or -")


class TelegramChannel:
    """Speaks for each brand with its own bot."""

    name = CHANNEL

    def __init__(
        self,
        bots: Mapping[str, BotApi],
        *,
        webhooks: Mapping[str, Webhook] | None = None,
        pace: Mapping[str, Pace] | None = None,
    ) -> None:
        """One bot for each brand; a brand without a webhook is polled."""
        self._bots = bots
        self._webhooks = webhooks or {}
        self._pace = pace or {brand: Pace() for brand in bots}
        #: Id of the outbox row -> how many of its pieces were taken.
        self._begun: dict[str, int] = {}

    def key(self, arrival: Arrival) -> str:
        """The bot's number and the update's: a repeated or late delivery is the same message."""
        return f"{self.name}:{arrival.origin.get('bot', '')}:{arrival.external_id}"

    def parse(self, arrival: Arrival) -> InboundMessage:
        """Understand an update; raises `BadMessage`."""
        return read_update(arrival)

    def render(self, outgoing: Outgoing, playbook: Playbook) -> Rendered:
        """Plain text; raises `Refused` where the recipient is no chat that may be answered."""
        return render_telegram(outgoing, playbook)

    async def send(self, rendered: Rendered) -> Receipt:
        """Send what has not been taken of it; raises `NotNow`, `Refused` or `Uncertain`."""
        wire = Wire.from_bytes(rendered.payload)
        bot = self._bots.get(wire.brand)
        if bot is None:
            raise Refused(f"no bot speaks for {wire.brand}")
        said = ""
        first = self._begun.pop(wire.id, 0)
        for number in range(first, len(wire.texts)):
            buttons = wire.buttons if number == len(wire.texts) - 1 else ()
            pace = self._pace[wire.brand]
            try:
                await pace.turn(wire.chat, continued=number > first)
                said = await _send(bot, pace, wire.chat, wire.texts[number], buttons)
            except NotNow:
                self._remember(wire.id, number)
                raise
        return Receipt(said=said)

    def listeners(self, take: Take, stop: asyncio.Event, now: Now) -> Sequence[Coroutine[Any, Any, None]]:
        """What must run for updates to come in, one for each bot."""
        return [
            keep_webhook(bot, hook.url, hook.secret, stop)
            if (hook := self._webhooks.get(brand))
            else poll(bot, take, stop, now)
            for brand, bot in self._bots.items()
        ]

    def pages(self, take: Take, now: Now) -> Mapping[str, Sequence[Route]]:
        """The pages that Telegram posts to, by a name for people."""
        return {
            f"telegram of {brand}": [webhook_route(self._bots[brand], hook.secret, take, now)]
            for brand, hook in self._webhooks.items()
        }

    async def close(self) -> None:
        for bot in self._bots.values():
            await bot.close()

    def _remember(self, outbox_id: str, taken: int) -> None:
        if taken:
            self._begun[outbox_id] = taken
        if len(self._begun) > _MOST_BEGUN:
            del self._begun[next(iter(self._begun))]


async def _send(bot: BotApi, pace: Pace, chat: int, text: str, buttons: Buttons) -> str:
    """Send one piece; a short silence that Telegram asks for is kept here, once."""
    try:
        return await bot.send(chat, text, buttons)
    except TooMany as told:
        await pace.close(told.seconds)
        if told.seconds > PATIENCE:
            raise
    await pace.turn(chat, continued=True)
    try:
        return await bot.send(chat, text, buttons)
    except TooMany as told:
        await pace.close(told.seconds)
        raise
