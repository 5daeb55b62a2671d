"""`audit verify|anchors`: whether the record is what was written, and what to keep elsewhere to prove it."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.console import as_plain, print_json, say, say_error
from bot.errors import BadSetting
from bot.settings import load_settings
from bot.store.audit import Fault
from bot.store.evidence import AnchorRow
from bot.wiring import open_store

group = typer.Typer(help="The record of who did what.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on a line.")]


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="audit")


@group.command()
def verify(
    anchors: Annotated[
        Path | None, typer.Option(help="What `audit anchors --json` once printed, kept elsewhere.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check every row of the record. Exit status 2 where one was changed, is missing or stands elsewhere."""
    faults, chains, rows = asyncio.run(_verify(_kept(anchors)))
    for fault in faults:
        if as_json:
            print_json(asdict(fault))
        else:
            say_error(ValueError(f"{fault.chain}, row {fault.number}: {fault.what}"))
    if not as_json:
        whole = "The record is whole" if not faults else "The record is not whole"
        say(f"{whole}: {rows} rows in {chains} chains.")
    raise typer.Exit(2 if faults else 0)


@group.command("anchors")
def list_anchors(as_json: AsJson = False) -> None:
    """Print each day's anchor. Kept on another machine, they show even a change by somebody who has the keys."""
    for anchor in asyncio.run(_anchors()):
        if as_json:
            print_json(as_plain(asdict(anchor)))
        else:
            say(f"{anchor.day}  {anchor.digest}  {anchor.heads} chains")


def _kept(file: Path | None) -> dict[str, str]:
    """Digests of anchors by day. Raises `BadSetting`."""
    if file is None:
        return {}
    try:
        rows = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
        return {str(row["day"]): str(row["digest"]) for row in rows}
    except OSError as error:
        raise BadSetting(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise BadSetting(f"{file} is not what `audit anchors --json` prints") from error


async def _verify(kept: dict[str, str]) -> tuple[list[Fault], int, int]:
    async with open_store(load_settings()) as store:
        return (await store.evidence.faults(kept), *await store.evidence.size())


async def _anchors() -> list[AnchorRow]:
    async with open_store(load_settings()) as store:
        await store.evidence.anchor()
        return await store.evidence.anchors()
