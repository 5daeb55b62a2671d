"""`requests approve|decline|proposed|join|part`: what two people decide, and what is handled together."""

import asyncio
from collections.abc import Awaitable
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Column, Table

from bot import staff
from bot.cli.acting import AsJson, By, Reference, as_clerk, carry_out, plain
from bot.cli.console import as_plain, print_json, say, show_table
from bot.settings import load_settings
from bot.store.proposals import Proposed
from bot.wiring import open_store


def register(requests: typer.Typer) -> None:
    """Add to the `requests` commands."""
    for command in (approve, decline, proposed, join, part):
        requests.command()(command)


def approve(reference: Reference, by: By = "", as_json: AsJson = False) -> None:
    """Give leave to what a colleague has proposed: it is done now, in their words."""
    public_url = load_settings().web.public_url
    carry_out(by, as_json, lambda clerk: staff.approve(clerk, plain(reference), public_url=public_url))


def decline(
    reference: Reference,
    words: Annotated[str, typer.Option("--words", help="Why, for whoever proposed it.")] = "",
    by: By = "",
) -> None:
    """Give no leave; whoever proposed it withdraws it so."""
    asyncio.run(as_clerk(by, lambda clerk: staff.decline(clerk, plain(reference), words=words)))
    say("It is not done.")


def proposed(as_json: Annotated[bool, typer.Option("--json", help="One JSON object on a line.")] = False) -> None:
    """List what waits for a second person's leave, as `four_eyes` of a brand asks for it."""
    rows = asyncio.run(_proposed())
    if as_json:
        for row in rows:
            print_json(as_plain(asdict(row)))
        return
    table = Table(Column("request", no_wrap=True), "act", "proposed by", "since", "what the person is told")
    for row in rows:
        since = row.at.isoformat(timespec="minutes")
        table.add_row(row.reference, row.act, row.clerk, since, str(row.content.get("words", "")))
    show_table(table, "Nothing waits for a second person.")


def join(
    reference: Reference,
    other: Annotated[str, typer.Argument(help="Another request of the same proved person, for the same.")],
    by: By = "",
) -> None:
    """Handle two requests of the same person together: the stricter of each clock stays, the person is told."""
    joined: list[str] = []
    asyncio.run(as_clerk(by, lambda clerk: _kept(joined, staff.join(clerk, plain(reference), other=plain(other)))))
    say(f"Both are handled under {joined[0]}.")


def part(reference: Reference, by: By = "") -> None:
    """Take a request apart from the one that it was handled with; the person is told."""
    parted: list[str] = []
    asyncio.run(as_clerk(by, lambda clerk: _kept(parted, staff.part(clerk, plain(reference)))))
    say(f"{plain(reference)} is handled apart from {parted[0]} again.")


async def _kept(found: list[str], act: Awaitable[str]) -> None:
    found.append(await act)


async def _proposed() -> list[Proposed]:
    async with open_store(load_settings()) as store:
        return await store.proposals.all_waiting()
