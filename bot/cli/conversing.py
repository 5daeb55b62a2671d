"""`talk`: a chat with the bot in the terminal, through the same road as every other channel."""

import asyncio
import json
import secrets
import sys

import typer

from bot import logs
from bot.channels import Arrival
from bot.channels.memory import MemoryChannel
from bot.cli.console import say
from bot.demo.customers import code_mails
from bot.demo.house import BRAND, FOLDER, demo_settings, settled, sink_running
from bot.service import Service, serving
from bot.wiring import utc_now

#: Beside the demo's own folder, so that both may run at once.
TALK = FOLDER.with_name("talk")


def register(app: typer.Typer) -> None:
    app.command()(talk)


def talk() -> None:
    """Chat with the demo's shop; the codes that it mails are shown here."""
    with logs.to_file(TALK / "log.jsonl"):
        asyncio.run(_talk())


async def _talk() -> None:
    async with sink_running(TALK) as sink, serving(demo_settings(sink, folder=TALK, doors=False)) as service:
        channel = service.desk.channels["terminal"]
        assert isinstance(channel, MemoryChannel)
        chat = secrets.token_hex(8)
        say(f"You write to {service.desk.playbooks[BRAND].shop}; an empty line ends the talk.")
        mailed = len(code_mails(sink))
        while said := (await asyncio.to_thread(_line)):
            await _say(service, chat, said)
            await settled(service)
            while not channel.sent.empty():
                say(channel.sent.get_nowait().payload.decode(), style="cyan")
            for mail in code_mails(sink)[mailed:]:
                say(f"[a mail to {mail.address} says: your code is {mail.code}]", style="dim")
                mailed += 1


async def _say(service: Service, chat: str, text: str) -> None:
    raw = json.dumps({"chat": chat, "text": text}).encode()
    external_id = f"{chat}:{secrets.token_hex(8)}"
    arrival = Arrival(channel="terminal", brand=BRAND, raw=raw, received_at=utc_now(), external_id=external_id)
    await service.accept(arrival)


def _line() -> str:
    sys.stdout.write("> ")
    sys.stdout.flush()
    return sys.stdin.readline().strip()
