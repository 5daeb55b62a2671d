"""One bot at the Bot API: the only place that knows the library `python-telegram-bot`.

Law: the token stands in every address that is called, so no text of the library's errors goes any further.
"""

import json
from typing import Any, NoReturn
from urllib.parse import urlencode

import httpx
from telegram import Bot, LinkPreviewOptions, ReplyKeyboardMarkup
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError
from telegram.request import HTTPXRequest

from bot.channels.chats.buttons import Buttons
from bot.channels.telegram.api import TooMany
from bot.channels.telegram.updates import ASKED_FOR
from bot.errors import BadSetting, NotNow, Refused, Uncertain

#: Seconds beyond a long poll until we believe that the line is dead.
_GRACE = 10.0
_CONNECT_SECONDS = 5.0
_READ_SECONDS = 15.0
#: Faults of the line at which nothing had been sent yet.
_BEFORE_SENDING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class _Said(TelegramError):
    """An answer that the library would make a less exact error of."""

    def __init__(self, status: int, payload: bytes) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.payload = payload


class _Request(HTTPXRequest):
    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        status, payload = await super().do_request(*args, **kwargs)
        if status == 429 or status >= 500:
            raise _Said(status, payload)
        return status, payload


class Account:
    """Protocol `BotApi` over https."""

    def __init__(self, *, brand: str, token: str, base_url: str, read_seconds: float = _READ_SECONDS) -> None:
        """Raises `BadSetting` for what cannot be a token; the network is not touched."""
        self.brand = brand
        self.id, colon, _ = token.partition(":")
        if not colon or not self.id.isdigit():
            raise BadSetting(f"telegram: the token of {brand} is not one: it looks like 123456:ABC, from @BotFather")
        self._address = f"{base_url}/bot{token}"
        self._asking, self._sending = (
            _Request(connect_timeout=_CONNECT_SECONDS, read_timeout=read_seconds) for _ in range(2)
        )
        self._bot = Bot(token, base_url=f"{base_url}/bot", request=self._sending, get_updates_request=self._asking)

    async def send(self, chat: int, text: str, buttons: Buttons) -> str:
        try:
            return await self._send(chat, text, buttons)
        except ChatMigrated as moved:
            return await self._send(moved.new_chat_id, text, buttons)

    async def _send(self, chat: int, text: str, buttons: Buttons) -> str:
        keyboard = ReplyKeyboardMarkup(buttons, resize_keyboard=True, one_time_keyboard=True) if buttons else None
        try:
            sent = await self._bot.send_message(
                chat, text, reply_markup=keyboard, link_preview_options=LinkPreviewOptions(is_disabled=True)
            )
        except ChatMigrated:
            raise
        except TelegramError as error:
            _raise_ours(error)
        return str(sent.message_id)

    async def updates(self, offset: int | None, *, seconds: int) -> list[dict[str, Any]]:
        asked = {"timeout": seconds, "allowed_updates": json.dumps(ASKED_FOR)}
        query = urlencode(asked if offset is None else asked | {"offset": offset})
        try:
            found = await self._asking.post(f"{self._address}/getUpdates?{query}", read_timeout=seconds + _GRACE)
        except TelegramError as error:
            raise _later(error) from None
        return found if isinstance(found, list) else []

    async def call_here(self, url: str, secret: str) -> None:
        try:
            await self._bot.set_webhook(url, secret_token=secret, allowed_updates=ASKED_FOR, max_connections=1)
        except TelegramError as error:
            raise _later(error) from None

    async def call_nowhere(self) -> None:
        try:
            await self._bot.delete_webhook(drop_pending_updates=False)
        except TelegramError as error:
            raise _later(error) from None

    async def close(self) -> None:
        for request in (self._asking, self._sending):
            await request.shutdown()


def _raise_ours(error: TelegramError) -> NoReturn:
    """What an error of `sendMessage` says about the message."""
    if isinstance(error, Forbidden):
        raise Refused("the person has blocked the bot or left the chat") from None
    if isinstance(error, BadRequest):
        raise Refused("Telegram does not take this message or does not know this chat") from None
    if isinstance(error.__cause__, httpx.HTTPError) and not isinstance(error.__cause__, _BEFORE_SENDING):
        raise Uncertain("the line broke after the message was handed over") from None
    raise _later(error) from None


def _later(error: TelegramError) -> NotNow:
    if isinstance(error, _Said) and error.status == 429:
        return TooMany(_wait_of(error.payload))
    if isinstance(error, _Said):
        return NotNow(f"Telegram is in trouble (HTTP {error.status})")
    if isinstance(error.__cause__, httpx.HTTPError):
        return NotNow(f"Telegram cannot be reached ({type(error.__cause__).__name__})")
    return NotNow(f"Telegram did not take the call ({type(error).__name__})")


def _wait_of(payload: bytes) -> float:
    """Seconds that a 429 names; a minute where it names none."""
    try:
        return max(1.0, float(json.loads(payload)["parameters"]["retry_after"]))
    except (ValueError, KeyError, TypeError):
        return 60.0
