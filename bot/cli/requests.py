"""`requests`: what is on the staff's list."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table

from bot.cli.console import out, print_json
from bot.errors import BadSetting
from bot.settings import load_settings
from bot.store import RequestDetail, RequestRow
from bot.wiring import open_store

group = typer.Typer(help="The requests that customers made.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="requests")


@group.command("list")
def list_requests(
    state: Annotated[str | None, typer.Option(help="Only this state, e.g. open.")] = None,
    brand: Annotated[str | None, typer.Option(help="Only this brand.")] = None,
    limit: Annotated[int, typer.Option(help="How many at the most.", min=1)] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on a line.")] = False,
) -> None:
    """List requests, the most urgent first."""
    rows = asyncio.run(_list(state, brand, limit))
    if as_json:
        for row in rows:
            print_json(_plain(asdict(row)))
        return
    table = Table("reference", "brand", "right", "state", "received", "due", "person")
    for row in rows:
        due = row.due_at.date().isoformat() if row.due_at else ""
        received = row.received_at.date().isoformat()
        table.add_row(row.reference, row.brand, row.right, row.state.value, received, due, row.subject or row.claimed_address)
    out.print(table if rows else "No requests.")


@group.command()
def show(
    reference: Annotated[str, typer.Argument(help="e.g. PD-7K3Q-9M2X")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show one request: who, what, how it was verified, when it is due and why."""
    detail = asyncio.run(_show(reference.strip().upper()))
    if detail is None:
        raise BadSetting(f"there is no request {reference}; `privacy-desk requests list` shows the references")
    if as_json:
        print_json(_plain(asdict(detail)))
    else:
        _print(detail)


async def _list(state: str | None, brand: str | None, limit: int) -> list[RequestRow]:
    async with open_store(load_settings()) as store:
        return await store.requests(state=state, brand=brand, limit=limit)


async def _show(reference: str) -> RequestDetail | None:
    async with open_store(load_settings()) as store:
        return await store.request(reference)
