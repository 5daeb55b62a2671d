"""`retention run`, `requests erase` and `requests purge-attachments`: what is not to be kept any longer."""

import asyncio
import getpass
from typing import Annotated

import typer

from bot.cli.console import print_json, say
from bot.cli.requests import group as requests
from bot.core.tickets import FINAL_STATES
from bot.engine.upkeep import strip
from bot.errors import BadSetting
from bot.settings import load_settings
from bot.store import NotAllowed
from bot.store.retention import Erased
from bot.wiring import make_schedule, open_store

group = typer.Typer(help="What is kept how long.", no_args_is_help=True)

Reference = Annotated[str, typer.Argument(help="e.g. PD-7K3Q-9M2X")]
By = Annotated[str, typer.Option("--by", help="Who does it; your log-in name where not given.")]

_CLASSES = {
    "deletions": "conversations of people whose erasure was completed",
    "attachments": "messages with attachments",
    "raw_mail": "messages kept byte for byte",
    "codes": "codes that nobody typed",
    "conversations": "conversations",
    "tickets": "conversations with closed requests whose people are forgotten",
    "packages": "packages whose time is over",
    "events": "events for other programs",
    "viewings": "entries of who looked at lists",
}


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="retention")
    requests.command()(erase)
    requests.command("purge-attachments")(purge_attachments)


@group.command()
def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what is over.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Erase what was kept long enough. A running desk does this by itself every hour."""
    counts = asyncio.run(_run(dry_run=dry_run))
    if as_json:
        print_json({"dry_run": dry_run, **counts})
        return
    for name, count in counts.items():
        say(f"{count:8} {_CLASSES[name]}")
    say("Nothing was changed." if dry_run else "Erased. The record of what was done is whole.")


def erase(reference: Reference, by: By = "") -> None:
    """Erase all that this desk holds about the person of a closed request; what was done, and when, stays."""
    erased = asyncio.run(_erase(reference.strip().upper(), by or getpass.getuser()))
    say(f"Erased: {erased.talks} conversations with {erased.requests} requests.")
    if erased.left:
        say(f"{erased.left} conversations have a request or a letter under way; erase them when that is closed.")
    if erased.unconfirmed:
        say("The address stays suppressed by its digest; your mailing tool finds it with `suppression check` alone.")


def purge_attachments(
    reference: Reference,
    identity_document: Annotated[bool, typer.Option("--identity-document", help="One of them is one.")] = False,
    by: By = "",
) -> None:
    """Erase the attachments of a request's conversation now, e.g. since somebody has sent an identity document."""
    why = "identity_document" if identity_document else "clerk"
    count = asyncio.run(_purge(reference.strip().upper(), by or getpass.getuser(), why))
    say(f"The attachments of {count} messages were erased." if count else "There were no attachments.")


async def _run(*, dry_run: bool) -> dict[str, int]:
    settings = load_settings()
    async with open_store(settings) as store:
        schedule = make_schedule(settings)
        return await (store.retention.due(schedule) if dry_run else store.retention.run(schedule, strip))


async def _erase(reference: str, by: str) -> Erased:
    async with open_store(load_settings()) as store:
        detail = await store.request(reference)
        if detail is None:
            raise NotAllowed("There is no request $reference.", reference=reference)
        if detail.request.state not in FINAL_STATES:
            raise BadSetting(f"request {reference} is {detail.request.state.value}; complete or deny it first")
        person = detail.request.subject or detail.request.claimed_address
        return await store.retention.erase_person(detail.request.brand, person, by=by)


async def _purge(reference: str, by: str, why: str) -> int:
    async with open_store(load_settings()) as store:
        return await store.retention.purge_attachments(reference, strip, by=by, why=why)
