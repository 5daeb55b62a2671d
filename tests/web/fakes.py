"""A browser without a screen, and a house whose chat it calls."""

import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette

from bot.channels import Arrival
from bot.channels.webchat import WebChatChannel
from bot.engine.desk import Desk
from bot.engine.intake import accept
from bot.engine.loop import EmbeddedLoop
from bot.store import Accepted
from bot.web.chat import Chat
from bot.web.chat.limits import Rate
from bot.web.chat.routes import Rates
from tests.engine.fakes import House

HOME = "https://desk.example"
SHOP_PAGE = "https://www.shop.example"
AMPLE = Rate(burst=100_000, per_minute=100_000)
NO_LIMITS = Rates(by_chat=AMPLE, by_host=AMPLE, fetches=AMPLE)
COOKIE = "privacy_chat_rings"


@dataclass(kw_only=True)
class ChatHouse:
    """A house with a web chat; nothing is handled until `work` is called."""

    house: House
    desk: Desk
    chat: Chat

    async def work(self) -> None:
        """Handle and deliver all; on a real clock no two messages of a chat are handled at the same microsecond."""
        self.house.later(seconds=1)
        loop = EmbeddedLoop(self.desk)
        await loop.handle_all()
        await loop.deliver_all()

    def browser(self, *, page: str = HOME) -> "Browser":
        """A new browser, without a cookie, that looks at a page of `page`."""
        transport = httpx.ASGITransport(app=Starlette(routes=[self.chat.mount()]))
        client = httpx.AsyncClient(transport=transport, base_url=HOME)
        return Browser(client=client, page=page)

    @property
    def code(self) -> str:
        """The newest code that was mailed."""
        text = self.house.post[-1].payload.decode()
        return next(word for line in text.splitlines() for word in line.split() if word.isdigit() and len(word) == 6)


@asynccontextmanager
async def chat_house(
    folder: Path, *, rates: Rates = NO_LIMITS, hold: float = 0.2, look_again: float = 0.1
) -> AsyncIterator[ChatHouse]:
    house = House(folder=folder)
    desk = house.desk()
    desk = replace(desk, channels={**desk.channels, "webchat": WebChatChannel()})

    async def take(arrival: Arrival) -> Accepted:
        return await accept(desk, arrival)

    chat = Chat(desk, take, public_url=HOME, origins=(SHOP_PAGE,), rates=rates, hold=hold, look_again=look_again)
    yield ChatHouse(house=house, desk=desk, chat=chat)
    await house.close()


@dataclass(kw_only=True)
class Browser:
    """What a page of ours, or of another site, would call."""

    client: httpx.AsyncClient
    page: str
    token: str = ""

    async def post(self, path: str, body: Mapping[str, Any] | None = None, **headers: str) -> httpx.Response:
        answer = await self.client.post(
            f"/chat/{path}", content=json.dumps(body or {}), headers=self._headers | {"Origin": self.page, **headers}
        )
        if answer.status_code < 300:
            self.token = answer.json().get("token", self.token)
        return answer

    async def open(self) -> httpx.Response:
        return await self.post("session")

    async def say(self, text: str, *, id: str = "") -> httpx.Response:
        return await self.post("messages", {"id": id or secrets.token_hex(16), "text": text})

    async def look(self, *, seen: str = "", hold: bool = False) -> dict[str, Any]:
        query = {"seen": seen} | ({"hold": "1"} if hold else {})
        # A browser names the origin of a fetch only where it goes to another site.
        headers = self._headers | ({} if self.page == HOME else {"Origin": self.page})
        answer = await self.client.get("/chat/messages", params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def heard(self) -> list[str]:
        """Everything in the chat: what was said, and the texts of the replies."""
        return [
            entry["text"] if entry["from"] == "you" else " ".join(part["text"] for part in entry["parts"])
            for entry in (await self.look())["entries"]
        ]

    @property
    def cookie(self) -> str:
        return self.client.cookies.get(COOKIE) or ""

    def twin(self) -> "Browser":
        """Whoever has stolen what this one carries now."""
        client = httpx.AsyncClient(transport=self.client._transport, base_url=HOME)
        for cookie in self.client.cookies.jar:
            client.cookies.jar.set_cookie(cookie)
        return Browser(client=client, page=self.page, token=self.token)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
