"""`requests list|show|explain`: what is on the staff's list. What staff do to it stands in `bot.cli.acting`."""

import asyncio
import getpass
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Column, Table

from bot.cli.console import as_plain, print_json, say, show_table
from bot.core.tickets import State
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
    if state is not None and state not in set(State):
        raise BadSetting(f"{state} is no state of a request; there are {', '.join(State)}")
    rows = asyncio.run(_list(state, brand, limit))
    if as_json:
        for row in rows:
            print_json(as_plain(asdict(row)))
        return
    table = Table(Column("reference", no_wrap=True), "brand", "right", "state", "received", "due", "person")
    for row in rows:
        received = row.received_at.date().isoformat()
        person = row.subject or f"{row.claimed_address} (not proved)"
        table.add_row(row.reference, row.brand, row.right, row.state.value, received, row.due_on, person)
    show_table(table, "No requests.")


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
        print_json(as_plain(asdict(detail)))
    else:
        _print(detail)


@group.command()
def explain(
    reference: Annotated[str, typer.Argument(help="e.g. PD-7K3Q-9M2X")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for each clock.")] = False,
) -> None:
    """Print every clock of a request with its sum, the strictest first."""
    detail = asyncio.run(_show(reference.strip().upper()))
    if detail is None:
        raise BadSetting(f"there is no request {reference}; `privacy-desk requests list` shows the references")
    for deadline in detail.deadlines:
        if as_json:
            print_json({"reference": detail.request.reference, **as_plain(asdict(deadline))})
        else:
            say(f"{deadline.due_on}  {deadline.regime} {deadline.step}: {deadline.sum}")


def _print(detail: RequestDetail) -> None:
    request = detail.request
    proof = detail.verification
    lines = {
        "reference": request.reference,
        "brand": request.brand,
        "right": f"{request.right}/{request.kind}" if request.kind else request.right,
        "state": request.state.value,
        "received": request.received_at.isoformat(timespec="minutes"),
        "person": request.subject or f"{request.claimed_address} (claimed, not proved)",
        "proof": f"level {proof.level} by {proof.method}, {proof.at.isoformat(timespec='minutes')}"
        if proof
        else "none yet",
        "refused": f"{detail.denial_reason}: {detail.denial_words}" if detail.denial_reason else "",
    }
    for name, value in lines.items():
        if value:
            say(f"{name:<10} {value}")
    for deadline in detail.deadlines:
        say(f"{deadline.step:<12} by {deadline.due_on}: {deadline.sum}")
    for written in detail.notes:
        say(f"note       {written.at.isoformat(timespec='minutes')} {written.written_by}: {written.words}")
    for message in detail.messages:
        say(f"message    {', '.join(message.intents) or '-'} ({', '.join(message.rules)})")
    for sent in detail.outgoing:
        say(f"sent       {sent.kind} to {sent.recipient}: {sent.state}")
    for row in detail.audit:
        say(f"record     {row.at.isoformat(timespec='seconds')} {row.actor} {row.event}")


async def _list(state: str | None, brand: str | None, limit: int) -> list[RequestRow]:
    async with open_store(load_settings()) as store:
        await store.evidence.viewed("", by=getpass.getuser(), what="list")
        return await store.requests(state=state, brand=brand, limit=limit)


async def _show(reference: str) -> RequestDetail | None:
    async with open_store(load_settings()) as store:
        detail = await store.request(reference)
        if detail is not None:
            await store.evidence.viewed(reference, by=getpass.getuser(), what="case")
        return detail
