"""`webhooks list|retry|test|secret`: what other programs are told."""

import asyncio
import secrets
from base64 import b64encode
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Column, Table

from bot.cli.console import as_plain, print_json, say, show_table
from bot.engine.webhooks import SECRET_MARK, post_outside, signed
from bot.errors import BadSetting
from bot.settings import load_settings
from bot.store.events import Untold
from bot.store.ids import new_id
from bot.wiring import make_receivers, open_store, utc_now

group = typer.Typer(help="What other programs are told.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="webhooks")


@group.command("list")
def list_failed(as_json: Annotated[bool, typer.Option("--json", help="One JSON object on a line.")] = False) -> None:
    """List the events that a receiver has not taken for three days."""
    rows = asyncio.run(_failed())
    if as_json:
        for row in rows:
            print_json(as_plain(asdict(row)))
        return
    table = Table("receiver", "event", Column("request", no_wrap=True), "since", "why")
    for row in rows:
        table.add_row(row.receiver, row.kind, row.reference, row.at.isoformat(timespec="minutes"), row.reason)
    show_table(table, "Every event was taken.")


@group.command()
def retry() -> None:
    """Tell again what was not taken; a running desk does it within seconds."""
    say(f"{asyncio.run(_retry())} events will be told again.")


@group.command()
def test(name: Annotated[str, typer.Argument(help="The receiver's name in the settings.")]) -> None:
    """Send one event of the type "test" to a receiver and say what it answered."""
    receivers = make_receivers(load_settings())
    if name not in receivers:
        raise BadSetting(f"there is no receiver {name}; there are {', '.join(receivers) or 'none'}")
    now, body = utc_now(), b'{"type": "test", "data": {}}'
    status = post_outside(receivers[name], signed(receivers[name].secret, new_id(), int(now.timestamp()), body), body)
    say(f"It answered {status}.")
    raise typer.Exit(0 if 200 <= status < 300 else 1)


@group.command()
def secret() -> None:
    """Print a new secret for a receiver; put it into the environment of both sides."""
    say(SECRET_MARK + b64encode(secrets.token_bytes(32)).decode("ascii"))


async def _failed() -> list[Untold]:
    async with open_store(load_settings()) as store:
        return await store.events.failed()


async def _retry() -> int:
    async with open_store(load_settings()) as store:
        return await store.events.retry()
