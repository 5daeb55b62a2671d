"""`shunt` and `db`: keeping a desk in order."""

import asyncio
from typing import Annotated

import typer
from rich.table import Column, Table

from bot.cli.console import print_json, say, show_table
from bot.errors import BadSetting
from bot.settings import load_settings
from bot.store import Shunted
from bot.wiring import make_folder, open_store
from bot.workers import upgrade_everything

shunt = typer.Typer(help="Messages that could not be handled.", no_args_is_help=True)
database = typer.Typer(help="The database.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(shunt, name="shunt")
    app.add_typer(database, name="db")


@shunt.command("list")
def list_shunted(as_json: Annotated[bool, typer.Option("--json", help="One JSON object on a line.")] = False) -> None:
    """List the messages that are kept raw because they could not be handled, with the reason."""
    rows = asyncio.run(_shunted())
    if as_json:
        for row in rows:
            print_json({"id": row.inbox_id, "brand": row.brand, "reason": row.reason, "attempts": row.attempts})
        return
    table = Table(Column("id", no_wrap=True), "brand", "received", "bytes", "tries", "reason")
    for row in rows:
        received = row.received_at.isoformat(timespec="minutes")
        table.add_row(row.inbox_id, row.brand, received, str(row.size), str(row.attempts), row.reason)
    show_table(table, "No message was shunted.")


@shunt.command()
def retry(which: Annotated[str, typer.Argument(help="The id of a shunted message, or all.")] = "all") -> None:
    """Put shunted messages back in their place; a running desk takes them up."""
    count = asyncio.run(_retry(which))
    if not count and which != "all":
        raise BadSetting(f"there is no shunted message {which}; `privacy-desk shunt list` shows them")
    say(f"{count} message{'' if count == 1 else 's'} will be tried again.")


@database.command("upgrade")
def upgrade_database() -> None:
    """Bring the database to this version of the program."""
    settings = load_settings()
    make_folder(settings)
    steps = upgrade_everything(settings)
    say(f"Ran {steps} migrations." if steps else "The database is up to date.")


async def _shunted() -> list[Shunted]:
    async with open_store(load_settings()) as store:
        return await store.shunted()


async def _retry(which: str) -> int:
    async with open_store(load_settings()) as store:
        return await store.retry(which)
