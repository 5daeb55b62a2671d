"""How long a person in a chat waits for the answer, through the whole service with the shipped reader and policy.

Run `python tests/bench/bench_chats.py [PER_SECOND [SECONDS [CHANNEL...]]]`; channels are `webchat` and `telegram`. Each
message comes from a person of its own, at an even pace; it prints p50, p95 and the longest wait in seconds. The
customers and the fake Bot API run beside the desk and take their share of the processor.
"""

import asyncio
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path

import httpx
import numpy as np

from bot.channels.mail.sink import MailSink
from bot.demo.house import ADDRESS, BRAND
from bot.service import Service, serving
from bot.settings import BrandSettings, GivenSettings, SubmissionSettings, TelegramSettings, WebSettings
from tests.channels.telegram.fake_bot_api import FakeBotApi

SAID = (
    "Please delete my account and all my data.",
    "Which cookies do you use?",
    "How long do you keep my orders?",
    "Do you have this ring in size 7?",
    "Bitte keine Newsletter mehr an eva@example.org",
    "I would like to talk to a person.",
)
_BOT = "55"
_PATIENCE = 60.0

Ask = Callable[[int, str], Awaitable[float]]


async def at_a_pace(ask: Ask, *, per_second: float, seconds: float) -> list[float]:
    """The waits of everybody, in seconds."""
    asked = []
    for number in range(int(per_second * seconds)):
        asked.append(asyncio.create_task(ask(number, SAID[number % len(SAID)])))
        await asyncio.sleep(1 / per_second)
    return list(await asyncio.gather(*asked))


def in_the_browser(service: Service, client: httpx.AsyncClient) -> Ask:
    """A visitor each, behind an address of their own."""
    base = f"http://127.0.0.1:{service.web_port}/chat"

    async def ask(number: int, text: str) -> float:
        home = {"X-Forwarded-For": f"10.0.{number // 250}.{number % 250}"}
        opened = await client.post(f"{base}/session", json={}, headers=home)
        cookie = {"Cookie": opened.headers["set-cookie"].partition(";")[0], **home}
        begun = time.perf_counter()
        said = await client.post(f"{base}/messages", json={"id": secrets.token_hex(16), "text": text}, headers=cookie)
        assert said.status_code == 202, said.text
        seen = ""
        while time.perf_counter() - begun < _PATIENCE:
            told = (await client.get(f"{base}/messages", params={"seen": seen, "hold": "1"}, headers=cookie)).json()
            if any(entry["from"] == "bot" for entry in told["entries"]):
                return time.perf_counter() - begun
            seen = told["seen"]
        raise AssertionError("no answer came")

    return ask


def on_telegram(api: FakeBotApi) -> Ask:
    async def ask(number: int, text: str) -> float:
        person, begun = 10_000 + number, time.monotonic()
        api.says(_BOT, person, text)
        while time.monotonic() - begun < _PATIENCE:
            if found := api.sent(person):
                return found[0].at - begun
            await asyncio.sleep(0.02)
        raise AssertionError("no answer came")

    return ask


async def measure(per_second: float, seconds: float, channels: list[str]) -> None:
    no_jar = CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
    os.environ["BENCH_TOKEN"] = f"{_BOT}:AAbench"
    with tempfile.TemporaryDirectory() as place, FakeBotApi().running() as api:
        folder = Path(place)
        async with MailSink(folder / "sent") as sink:
            settings = GivenSettings(
                data_dir=folder,
                brands=(BrandSettings(name=BRAND, addresses=(ADDRESS,), mode="automatic"),),
                smtp_out=SubmissionSettings(port=sink.port),
                web=WebSettings(port=0),
                telegram=(TelegramSettings(brand=BRAND, token_from="BENCH_TOKEN", base_url=api.url),),
            )
            async with serving(settings) as service, httpx.AsyncClient(timeout=_PATIENCE, cookies=no_jar) as client:
                asks = {"webchat": in_the_browser(service, client), "telegram": on_telegram(api)}
                for name in channels:
                    for number, text in enumerate(SAID):
                        await asks[name](9_000 + number, text)
                    worked = time.process_time()
                    waits = await at_a_pace(asks[name], per_second=per_second, seconds=seconds)
                    worked = 1000 * (time.process_time() - worked) / len(waits)
                    p50, p95, longest = np.percentile(waits, [50, 95, 100])
                    print(f"{name}: {len(waits)} messages, p50 {p50:.2f} s, p95 {p95:.2f} s, longest {longest:.2f} s,")
                    print(f"  {worked:.0f} ms of the processor for each, its customer included")


def main() -> None:
    given = sys.argv[1:]
    per_second, seconds = float(given[0]) if given else 10.0, float(given[1]) if len(given) > 1 else 30.0
    asyncio.run(measure(per_second, seconds, given[2:] or ["webchat", "telegram"]))


if __name__ == "__main__":
    main()
