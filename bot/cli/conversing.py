"""`talk`: a chat with the bot in the terminal, through the same road as every other channel."""

import asyncio
import json
import secrets
import sys
from typing import Annotated

import typer

from bot.channels import Arrival
from bot.channels.memory import MemoryChannel
from bot.cli.console import out
from bot.demo.house import demo_settings, sink_running
from bot.demo.mailbox import codes_of
from bot.service import Service, serving
from bot.wiring import utc_now

#: Seconds of silence after which the bot has said all that it has to say.
_PATIENCE = 20.0


def register(app: typer.Typer) -> None:
    app.command()(talk)


def talk(
    brand: Annotated[str, typer.Option(help="Which shop answers.")] = "marigold",
) -> None:
    """Chat with the bot; mails that it sends land in the demo's folder, and codes are shown here."""
    asyncio.run(_talk(brand))


async def _talk(brand: str) -> None:
    async with sink_running() as sink, serving(demo_settings(sink, brand=brand, doors=False)) as service:
        channel = service.desk.channels["terminal"]
        assert isinstance(channel, MemoryChannel)
        chat = secrets.token_hex(8)
        out.print(f"Write to {service.desk.playbooks[brand].shop}; an empty line ends the talk.", markup=False)
        while said := (await asyncio.to_thread(_line)):
            shown = len(codes_of(sink.folder))
            await _say(service, brand, chat, said)
            reply = await asyncio.wait_for(channel.sent.get(), timeout=_PATIENCE)
            out.print(reply.payload.decode(), style="cyan", markup=False, highlight=False)
            await service.loop.idle()
            for code in codes_of(sink.folder)[shown:]:
                out.print(f"[a mail to {code.address} holds the code {code.digits}]", style="dim", markup=False)


async def _say(service: Service, brand: str, chat: str, text: str) -> None:
    raw = json.dumps({"chat": chat, "text": text}).encode()
    arrival = Arrival(
        channel="terminal", brand=brand, raw=raw, received_at=utc_now(), external_id=f"{chat}:{secrets.token_hex(8)}"
    )
    await service.accept(arrival)


def _line() -> str:
    sys.stdout.write("> ")
    sys.stdout.flush()
    return sys.stdin.readline().strip()
