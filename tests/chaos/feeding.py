"""The world outside: customers who write until they are told that their message was taken, and remember it."""

import asyncio
import json
import random
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import aiosmtplib
import httpx
from aiosmtplib.errors import SMTPException

SHOP = "hello@shop.example"
#: What the reader of the tests understands; an empty wish is ordinary mail.
WISHES = ("unsubscribe", "access", "deletion", "complaint", "policy_question orders", "human", "", "", "", "")
#: Of so many messages one is a chat.
CHAT_EVERY = 10
#: Seconds between attempts.
_PAUSE = 0.3
_PATIENCE = 600.0


@dataclass(slots=True, kw_only=True)
class World:
    """Everybody who writes, and what they were told."""

    smtp_port: int
    web_port: int
    #: A Maildir of the mails for which somebody said 250.
    handed_over: Path
    mails: int = 0
    chats: int = 0
    attempts: int = 0
    longest: float = 0.0
    _dice: random.Random = field(default_factory=lambda: random.Random(11))

    def __post_init__(self) -> None:
        for name in ("new", "cur", "tmp"):
            (self.handed_over / name).mkdir(parents=True, exist_ok=True)

    async def write(self, count: int, *, at_once: int = 16) -> None:
        """So many messages; each is repeated until it is taken."""
        numbers = iter(range(count))
        await asyncio.gather(*(self._customer(numbers) for _ in range(at_once)))

    async def _customer(self, numbers: "iter[int]") -> None:  # type: ignore[valid-type]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.web_port}", timeout=10) as browser:
            for number in numbers:
                wish = WISHES[number % len(WISHES)]
                if number % CHAT_EVERY == 0:
                    await self._chat(browser, number, wish)
                else:
                    await self._mail(number, wish)

    async def _mail(self, number: int, wish: str) -> None:
        raw = a_mail(number, wish)
        async with asyncio.timeout(_PATIENCE):
            while not await self._is_taken(number, raw):
                self.attempts += 1
                await asyncio.sleep(_PAUSE)
        (self.handed_over / "new" / f"{number:06}.eml").write_bytes(raw)
        self.mails += 1

    async def _is_taken(self, number: int, raw: bytes) -> bool:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=self.smtp_port, timeout=10)
        try:
            async with client:
                await client.sendmail(sender_of(number), [SHOP], raw)
        except (SMTPException, OSError, TimeoutError):
            client.close()
            return False
        return True

    async def _chat(self, browser: httpx.AsyncClient, number: int, wish: str) -> None:
        browser.cookies.clear()
        message = {"id": secrets.token_hex(16), "text": f"{wish or 'Where is my ring?'} {number}"}
        async with asyncio.timeout(_PATIENCE):
            await self._post(browser, "session", {})
            await self._post(browser, "messages", message)
        self.chats += 1

    async def _post(self, browser: httpx.AsyncClient, path: str, body: dict[str, str]) -> None:
        headers = {"Content-Type": "application/json", "Origin": str(browser.base_url).rstrip("/")}
        while True:
            try:
                answer = await browser.post(f"/chat/{path}", content=json.dumps(body), headers=headers)
                if answer.status_code < 300:
                    return
                assert answer.status_code in (429, 503), answer.text
                await asyncio.sleep(float(answer.headers.get("Retry-After", 0)))
            except httpx.TransportError:
                pass
            self.attempts += 1
            await asyncio.sleep(_PAUSE)


def sender_of(number: int) -> str:
    return f"p{number}@customers.example"


def a_mail(number: int, wish: str) -> bytes:
    lines = (
        f"From: {sender_of(number)}",
        f"To: {SHOP}",
        "Subject: Hello",
        "Date: Mon, 02 Mar 2026 10:00:00 +0000",
        f"Message-ID: <{number}@customers.example>",
        "",
        f"{wish or 'Where is my ring?'} please, number {number}",
        "",
    )
    return "\r\n".join(lines).encode()
