"""`package add|show|offer|withdraw|write`: answers that reach their owner and nobody else."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from bot.cli.acting import clerk_at_work
from bot.cli.console import as_plain, print_json, say
from bot.errors import BadSetting
from bot.settings import load_settings
from bot.staff import Clerk, packaging, second_person
from bot.staff.packaging import Added

T = TypeVar("T")

group = typer.Typer(
    help="What is handed to a person: by a page with a fresh code, never by mail.", no_args_is_help=True
)

Reference = Annotated[str, typer.Argument(help="e.g. PD-7K3Q-9M2X")]
By = Annotated[str, typer.Option("--by", help="Who does it; your log-in name where not given.")]


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="package")


@group.command()
def add(
    reference: Reference,
    files: Annotated[list[Path] | None, typer.Argument(help="Files to put in.")] = None,
    redact: Annotated[list[str] | None, typer.Option(help="Hide this in text files: a partner's name, ...")] = None,
    own: Annotated[bool, typer.Option("--own", help="Put in what this desk itself holds, as JSON.")] = False,
    by: By = "",
) -> None:
    """Put files into a request's package; for portability, JSON goes in as CSV too and the other way round."""
    if not files and not own:
        raise BadSetting("name a file to put in, or --own for what this desk itself holds")
    for file in files or ():
        _say_added(_do(by, partial(_add_file, reference=_plain(reference), file=file, redact=redact or [])))
    if own:
        _say_added(_do(by, lambda clerk: packaging.add_what_we_hold(clerk, _plain(reference))))


@group.command()
def show(
    reference: Reference,
    by: By = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on a line.")] = False,
) -> None:
    """Show a request's packages: what is in them, until when, how often they were opened."""
    for package in _do(by, lambda clerk: packaging.packages_of(clerk, _plain(reference))):
        if as_json:
            print_json(as_plain(asdict(package)))
            continue
        until = f" until {package.expires_at:%Y-%m-%d}" if package.expires_at else ""
        say(f"{package.state}{until}, opened {package.opened} times, {package.downloads} downloads")
        for item in package.items:
            say(f"  {item.size:10}  {item.name}")


@group.command()
def offer(
    reference: Reference,
    days: Annotated[int, typer.Option(min=1, max=90, help="How long it can be fetched.")] = 14,
    by: By = "",
) -> None:
    """Send the person the link to their package; the page sends a fresh code to the proved mailbox first."""
    public_url = load_settings().web.public_url
    lives = timedelta(days=days)
    done = _do(by, lambda clerk: second_person.offer(clerk, _plain(reference), public_url=public_url, lives=lives))
    if done is None:
        say(f"It waits for the leave of a second person: privacy-desk requests approve {_plain(reference)}")
    elif done.letter.state == "shadow":
        say("The brand is in shadow mode: the letter is recorded, and nothing is sent.")
    else:
        say(f"The person is being told; the package can be fetched for {days} days.")


@group.command()
def withdraw(reference: Reference, by: By = "") -> None:
    """Erase the files of a request's packages now."""
    count = _do(by, lambda clerk: packaging.withdraw(clerk, _plain(reference)))
    say(f"{count} packages were withdrawn and their files erased." if count else "There was none.")


@group.command()
def write(
    reference: Reference, to: Annotated[Path, typer.Option(help="A folder that only you can read.")], by: By = ""
) -> None:
    """Write a package's files to a folder, to hand them over in person or by post; goes on record in your name."""
    files = _do(by, lambda clerk: second_person.hand_over(clerk, _plain(reference)))
    try:
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, content in files:
            target = to / Path(name).name
            target.write_bytes(content)
            target.chmod(0o600)
    except OSError as error:
        raise BadSetting(f"{to} cannot be written to ({error.strerror})") from error
    say(f"{len(files)} files were written to {to}. Delete them when they are handed over.")


def _do(by: str, act: Callable[[Clerk], Awaitable[T]]) -> T:
    return asyncio.run(_as_clerk(by, act))


async def _as_clerk(by: str, act: Callable[[Clerk], Awaitable[T]]) -> T:
    async with clerk_at_work(by) as clerk:
        return await act(clerk)


async def _add_file(clerk: Clerk, *, reference: str, file: Path, redact: list[str]) -> Added:
    return await packaging.add_file(clerk, reference, file.name, _read(file), redact=redact)


def _say_added(added: Added) -> None:
    hidden = f"; {added.hidden} places were hidden" if added.hidden else ""
    say(f"In the package: {', '.join(added.names)}{hidden}.")


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadSetting(f"{file} cannot be read: {error.strerror}") from error


def _plain(reference: str) -> str:
    return reference.strip().upper()
