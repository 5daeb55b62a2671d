"""`requests export`: the evidence of one request, as JSON and as a page that a stranger can read."""

import asyncio
import getpass
import json
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.console import print_json, say
from bot.cli.requests import group
from bot.errors import BadSetting
from bot.settings import load_settings
from bot.staff.evidence_pack import Pack, gather
from bot.staff.evidence_page import page_of, plain_of
from bot.wiring import make_brand, open_store, reading_channels, utc_now


def register(_: typer.Typer) -> None:
    """Beside the other commands on requests."""
    group.command()(export)


def export(
    reference: Annotated[str, typer.Argument(help="e.g. PD-7K3Q-9M2X")],
    to: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("."),
    by: Annotated[str, typer.Option("--by", help="Who does it; your log-in name where not given.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print it as one JSON object, and write no file.")] = False,
) -> None:
    """Make the evidence pack: messages, verification, clocks, decisions, deliveries. That you did goes on record."""
    pack = asyncio.run(_gather(reference.strip().upper(), by or getpass.getuser()))
    if as_json:
        print_json(plain_of(pack))
        return
    page, data = to / f"{pack.reference}.html", to / f"{pack.reference}.json"
    try:
        to.mkdir(parents=True, exist_ok=True)
        page.write_text(page_of(pack), encoding="utf-8")
        data.write_text(json.dumps(plain_of(pack), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        for file in (page, data):
            file.chmod(0o600)
    except OSError as error:
        raise BadSetting(f"{to} cannot be written to ({error.strerror}); name another folder with --to") from error
    say(f"Written: {page} and {data}. They hold personal data; only you can read them.")


async def _gather(reference: str, by: str) -> Pack:
    settings = load_settings()
    shops = {brand.name: make_brand(settings, brand.name).name for brand in settings.brands}
    async with open_store(settings) as store:
        return await gather(store, reading_channels(settings), shops, reference, by=by, now=utc_now())
