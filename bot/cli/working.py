"""`worker` and `console`: the parts of a desk that is spread over many machines."""

import asyncio
from enum import StrEnum
from typing import Annotated

import typer

from bot.cli.running import say_what_runs, until_stopped
from bot.service import at_the_console, working
from bot.settings import Settings, load_settings


class Part(StrEnum):
    """What a worker may be for."""

    HANDLE = "handle"
    DELIVER = "deliver"
    UPKEEP = "upkeep"


def register(app: typer.Typer) -> None:
    app.command()(worker)
    app.command()(console)


def worker(
    only: Annotated[
        list[Part] | None, typer.Option(help="Work on this alone: handle what comes in, deliver, upkeep. Repeatable.")
    ] = None,
) -> None:
    """Do the work of a desk whose engine is "workers", beside any number of others, until stopped."""
    asyncio.run(_work(load_settings(), [part.value for part in only or Part]))


def console() -> None:
    """Serve staff's console and /api/v1 alone: nothing is taken in and nothing is worked on here."""
    asyncio.run(_console(load_settings()))


async def _work(settings: Settings, queues: list[str]) -> None:
    async with working(settings, queues) as running:
        say_what_runs(running)
        await until_stopped()


async def _console(settings: Settings) -> None:
    async with at_the_console(settings) as running:
        say_what_runs(running)
        await until_stopped()
