"""The Bot API on loopback, as much of it as a bot of ours uses: polling, webhook, sending, and its faults on demand.

It runs in a thread of its own, so that a test and the desk under test may both wait for it.
"""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

#: 2026-03-02 10:00 UTC.
_THEN = 1772445600


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What the next call of `method` gets instead of an answer."""

    status: int = 500
    retry_after: int = 0
    migrate_to: int = 0
    method: str = "sendMessage"
    #: Seconds until the answer; the message is taken all the same.
    taken_but_slow: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of a bot."""

    bot: str
    method: str
    params: Mapping[str, Any]
    at: float
    status: int

    @property
    def text(self) -> str:
        return str(self.params["text"])

    @property
    def chat(self) -> int:
        return int(self.params["chat_id"])

    @property
    def buttons(self) -> list[str]:
        markup = json.loads(self.params.get("reply_markup", '{"keyboard": []}'))
        return [button["text"] for row in markup["keyboard"] for button in row]


@dataclass
class _Bot:
    """What the fake knows of one bot."""

    updates: list[dict[str, Any]] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    webhook: str = ""
    secret: str = ""
    poster: asyncio.Task[None] | None = None


class FakeBotApi:
    """Bots come into being when they first call or are spoken to; tokens are `<number>:<anything>`."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        #: Chats whose people have blocked the bot.
        self.blocked: set[int] = set()
        #: HTTP statuses that our webhook answered.
        self.answers: list[int] = []
        self._bots: dict[str, _Bot] = {}
        self._changed = threading.Condition()
        self._number = 1000
        self._loop: asyncio.AbstractEventLoop | None = None
        self.url = ""

    @contextmanager
    def running(self) -> Iterator["FakeBotApi"]:
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        app = Starlette(routes=[Route("/bot{token}/{method}", self._called, methods=["GET", "POST"])])
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
        try:
            yield self
        finally:
            server.should_exit = True
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._end)
            thread.join()
            listening.close()

    def says(self, bot: str, user: int, text: str = "", **more: Any) -> dict[str, Any]:
        """A person writes to a bot in private; `more` is laid over the message."""
        message = a_message(user, text, **{"date": int(time.time()), **more})
        return self.push(bot, {"message": message})

    def push(self, bot: str, update: dict[str, Any]) -> dict[str, Any]:
        """Any update; it gets the next number unless it has one."""
        self._number += 1
        update = {"update_id": self._number, **update}
        if self._loop is None:
            self._bot(bot).updates.append(update)
        else:
            self._loop.call_soon_threadsafe(self._arrive, bot, update)
        return update

    def sent(self, chat: int | None = None) -> list[Call]:
        """The messages that were taken, oldest first."""
        with self._changed:
            taken = [call for call in self.calls if call.method == "sendMessage" and call.status == 200]
        return [call for call in taken if chat is None or call.chat == chat]

    def wait(self, holds: Callable[["FakeBotApi"], bool], *, seconds: float = 20.0) -> None:
        """Wait until `holds`; fails loudly."""
        with self._changed:
            if not self._changed.wait_for(lambda: holds(self), timeout=seconds):
                raise AssertionError(f"it did not happen; the last calls were {self.calls[-5:]}")

    def _bot(self, number: str) -> _Bot:
        return self._bots.setdefault(number, _Bot())

    def _end(self) -> None:
        for bot in self._bots.values():
            bot.webhook = ""
            bot.updates.clear()
            bot.arrived.set()

    def _arrive(self, number: str, update: dict[str, Any]) -> None:
        bot = self._bot(number)
        bot.updates.append(update)
        bot.arrived.set()

    async def _called(self, request: Request) -> Response:
        self._loop = asyncio.get_running_loop()
        method = request.path_params["method"]
        number = request.path_params["token"].partition(":")[0]
        bot = self._bot(number)
        body = (await request.body()).decode()
        params = dict(request.query_params) | dict(parse_qsl(body, keep_blank_values=True))
        fault = next((one for one in self.faults if one.method == method), None)
        if fault is not None:
            self.faults.remove(fault)
        if fault is not None and not fault.taken_but_slow:
            return self._told(number, method, params, _refusal(fault))
        answer = await self._answer(bot, method, params)
        told = self._told(number, method, params, answer)
        if fault is not None:
            await asyncio.sleep(fault.taken_but_slow)
        return told

    def _told(self, bot: str, method: str, params: Mapping[str, Any], answer: dict[str, Any]) -> Response:
        status = answer.get("error_code", 200)
        with self._changed:
            self.calls.append(Call(bot=bot, method=method, params=params, at=time.monotonic(), status=status))
            self._changed.notify_all()
        return JSONResponse(answer, status_code=status)

    async def _answer(self, bot: _Bot, method: str, params: Mapping[str, str]) -> dict[str, Any]:
        match method:
            case "getUpdates":
                return await self._updates(bot, params)
            case "setWebhook":
                bot.webhook, bot.secret = params["url"], params.get("secret_token", "")
                bot.poster = asyncio.create_task(self._post(bot))
                return _ok(True)
            case "deleteWebhook":
                bot.webhook = ""
                return _ok(True)
            case "sendMessage":
                return self._send(params)
            case _:
                return _error(404, "Not Found: method not found")

    async def _updates(self, bot: _Bot, params: Mapping[str, str]) -> dict[str, Any]:
        if bot.webhook:
            return _error(409, "Conflict: can't use getUpdates method while webhook is active")
        if "offset" in params:
            bot.updates = [update for update in bot.updates if update["update_id"] >= int(params["offset"])]
        if not bot.updates:
            bot.arrived.clear()
            try:
                await asyncio.wait_for(bot.arrived.wait(), timeout=float(params.get("timeout", 0)))
            except TimeoutError:
                return _ok([])
        return _ok(bot.updates[:100])

    async def _post(self, bot: _Bot) -> None:
        """Post what waits, one after another, each until it is answered with 200."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": bot.secret}
        async with httpx.AsyncClient() as client:
            while bot.webhook:
                while bot.updates:
                    posted = await client.post(bot.webhook, json=bot.updates[0], headers=headers)
                    with self._changed:
                        self.answers.append(posted.status_code)
                        self._changed.notify_all()
                    if posted.status_code == 200:
                        bot.updates.pop(0)
                    else:
                        await asyncio.sleep(0.05)
                bot.arrived.clear()
                await bot.arrived.wait()

    def _send(self, params: Mapping[str, str]) -> dict[str, Any]:
        if int(params["chat_id"]) in self.blocked:
            return _error(403, "Forbidden: bot was blocked by the user")
        if not params["text"].strip():
            return _error(400, "Bad Request: message text is empty")
        if len(params["text"].encode("utf-16-le")) // 2 > 4096:
            return _error(400, "Bad Request: message is too long")
        if "parse_mode" in params:
            return _error(400, "Bad Request: nothing of ours is parsed")
        chat = {"id": int(params["chat_id"]), "type": "private"}
        return _ok({"message_id": len(self.calls) + 1, "date": _THEN, "chat": chat, "text": params["text"]})


def a_message(user: int, text: str = "", **more: Any) -> dict[str, Any]:
    """A message of a person in a private chat, as Telegram sends it; what is None in `more` is left out."""
    message = {
        "message_id": 5,
        "date": _THEN,
        "chat": {"id": user, "type": "private", "first_name": "Ada"},
        "from": {"id": user, "is_bot": False, "first_name": "Ada", "username": "ada", "language_code": "en"},
        **({"text": text} if text else {}),
        **more,
    }
    return {name: value for name, value in message.items() if value is not None}


def _ok(result: Any) -> dict[str, Any]:
    return {"ok": True, "result": result}


def _error(status: int, description: str, **parameters: int) -> dict[str, Any]:
    told = {"ok": False, "error_code": status, "description": description}
    return told | ({"parameters": parameters} if parameters else {})


def _refusal(fault: Fault) -> dict[str, Any]:
    if fault.retry_after:
        return _error(429, f"Too Many Requests: retry after {fault.retry_after}", retry_after=fault.retry_after)
    if fault.migrate_to:
        return _error(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=fault.migrate_to)
    return _error(fault.status, "trouble")
