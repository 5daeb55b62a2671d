"""`requests take|hold|resume|extend|complete|deny|cancel|note|add`, `staff list|done`: what staff do."""

import asyncio
import getpass
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Annotated

import typer
from rich.table import Column, Table

from bot import staff, words
from bot.cli.console import as_plain, print_json, say, show_table
from bot.cli.requests import group
from bot.errors import BadSetting
from bot.settings import load_settings
from bot.staff import Clerk, Done, TakenDown
from bot.store import StaffRow
from bot.store.casebook import Casebook, Waiting
from bot.wiring import install_policies, make_playbook, open_store

#: Held replies that are listed.
_MOST_HELD = 1000

desk = typer.Typer(help="What a person must look at.", no_args_is_help=True)

Reference = Annotated[str, typer.Argument(help="e.g. PD-7K3Q-9M2X")]
By = Annotated[str, typer.Option("--by", help="Who does it; your log-in name where not given.")]
Words = Annotated[str, typer.Option("--words", help="What the person is told, in your own words.")]
Lines = Annotated[list[int] | None, typer.Option("--policy-line", help="A line of the policy to quote; repeatable.")]
ToldBy = Annotated[str, typer.Option("--told-by", help="How the person was told, where not by this program.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def register(app: typer.Typer) -> None:
    app.add_typer(desk, name="staff")


@group.command()
def take(reference: Reference, by: By = "", as_json: AsJson = False) -> None:
    """Work on a request: it becomes in_progress, in your name."""
    carry_out(by, as_json, lambda clerk: staff.take(clerk, plain(reference)))


@group.command()
def hold(reference: Reference, words: Words, told_by: ToldBy = "", by: By = "", as_json: AsJson = False) -> None:
    """Wait for the person's answer to your question, where the law lets the clock stand still."""
    carry_out(by, as_json, lambda clerk: staff.hold(clerk, plain(reference), words=words, told_by=told_by))


@group.command()
def resume(reference: Reference, by: By = "", as_json: AsJson = False) -> None:
    """Go on with a request that was on hold; its clock runs again."""
    carry_out(by, as_json, lambda clerk: staff.resume(clerk, plain(reference)))


@group.command()
def extend(reference: Reference, words: Words, told_by: ToldBy = "", by: By = "", as_json: AsJson = False) -> None:
    """Take more time, where a law grants it; the person is told the reason and the new date."""
    carry_out(by, as_json, lambda clerk: staff.extend(clerk, plain(reference), words=words, told_by=told_by))


@group.command()
def complete(
    reference: Reference,
    kept: Annotated[str, typer.Option(help="What had to be kept, and why, where not all was erased.")] = "",
    policy_line: Lines = None,
    words: Words = "",
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """It is done: tell the person."""
    lines = tuple(policy_line or ())
    carry_out(
        by, as_json, lambda clerk: staff.complete(clerk, plain(reference), kept=kept, policy_lines=lines, words=words)
    )


@group.command()
def deny(
    reference: Reference,
    reason: Annotated[str, typer.Option(help="A reason code, e.g. legal_exemption or no_match.")],
    words: Words,
    policy_line: Lines = None,
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Refuse it: the person is told the reason, your words, and how to complain."""
    lines = tuple(policy_line or ())
    carry_out(
        by, as_json, lambda clerk: staff.deny(clerk, plain(reference), reason=reason, words=words, policy_lines=lines)
    )


@group.command()
def confirm(
    reference: Reference,
    words: Annotated[str, typer.Option("--words", help="How you have checked it, for the next clerk.")],
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """You have checked who asks: the request opens, verified by you."""
    carry_out(by, as_json, lambda clerk: staff.confirm(clerk, plain(reference), words=words))


@group.command()
def cancel(reference: Reference, words: Words = "", by: By = "", as_json: AsJson = False) -> None:
    """The person does not want it any more."""
    carry_out(by, as_json, lambda clerk: staff.cancel(clerk, plain(reference), words=words))


@group.command()
def note(reference: Reference, words: Words, by: By = "", as_json: AsJson = False) -> None:
    """Write down what the next clerk should know."""
    carry_out(by, as_json, lambda clerk: staff.note(clerk, plain(reference), words=words))


@group.command()
def add(
    brand: Annotated[str, typer.Option(help="The brand that it was made to.")],
    right: Annotated[str, typer.Option(help="e.g. deletion.")],
    person: Annotated[str, typer.Option(help="Their mailbox, or who they are where they have none.")],
    received: Annotated[str, typer.Option(help="The day that it was received, e.g. 2026-11-02.")],
    door: Annotated[str, typer.Option(help=f"How it came: {', '.join(staff.DOORS)}.")],
    kind: Annotated[str, typer.Option(help="e.g. publication.")] = "",
    language: Annotated[str, typer.Option(help="The person's language, e.g. de.")] = "",
    words: Annotated[str, typer.Option(help="A note for the next clerk.")] = "",
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Take down a request that came by phone, by letter or in the shop; you have checked who asks."""
    try:
        day = date.fromisoformat(received)
    except ValueError:
        raise BadSetting(f"{received} is no day; write it as 2026-11-02") from None
    taken = TakenDown(
        brand=brand, right=right, door=door, person=person, received=day, kind=kind, language=language, note=words
    )
    carry_out(by, as_json, lambda clerk: staff.add(clerk, taken))


@desk.command("list")
def list_items(as_json: Annotated[bool, typer.Option("--json", help="One JSON object on a line.")] = False) -> None:
    """List what a person must look at, the urgent first."""
    rows = asyncio.run(_items())
    if as_json:
        for row in rows:
            print_json(as_plain(asdict(row)))
        return
    table = Table(Column("id", no_wrap=True), "brand", "since", "", "why", Column("request", no_wrap=True))
    for row in rows:
        since = row.created_at.isoformat(timespec="minutes")
        table.add_row(row.item_id, row.brand, since, "!" if row.urgent else "", row.reason, row.reference)
    show_table(table, "Nothing waits for a person.")


@desk.command()
def done(item: Annotated[str, typer.Argument(help="The id of an item, from `staff list`.")], by: By = "") -> None:
    """Close an item that you have seen to."""
    asyncio.run(_close(item, by))
    say("Done.")


@desk.command()
def held(as_json: Annotated[bool, typer.Option("--json", help="One JSON object on a line.")] = False) -> None:
    """List the replies that wait for somebody's leave, as brands in approve mode hold them."""
    rows = [_plainly(row) for row in asyncio.run(_held())]
    if as_json:
        for row in rows:
            print_json(row)
        return
    table = Table(Column("id", no_wrap=True), "brand", "since", "to", "what it says", Column("request", no_wrap=True))
    for row in rows:
        table.add_row(*(row[name] for name in ("id", "brand", "since", "to", "text", "reference")))
    show_table(table, "Nothing waits for approval.")


def _plainly(row: Waiting) -> dict[str, str]:
    said = row.said
    return {
        "id": said.id,
        "brand": row.brand,
        "since": said.at.isoformat(timespec="minutes"),
        "to": said.recipient,
        "text": " ".join(words.render(part, said.language or "en") for part in said.parts),
        "reference": row.reference,
    }


@desk.command()
def release(message: Annotated[str, typer.Argument(help="The id of a reply, from `staff held`.")], by: By = "") -> None:
    """Let a held reply go."""
    asyncio.run(as_clerk(by, lambda clerk: staff.release(clerk, message)))
    say("It goes out.")


@desk.command()
def refuse(message: Annotated[str, typer.Argument(help="The id of a reply, from `staff held`.")], by: By = "") -> None:
    """Keep a held reply back for good."""
    asyncio.run(as_clerk(by, lambda clerk: staff.refuse(clerk, message)))
    say("It stays here.")


def carry_out(by: str, as_json: bool, act: Callable[[Clerk], Awaitable[Done]]) -> None:
    done = asyncio.run(_as_clerk(by, act))
    if as_json:
        print_json(as_plain(asdict(done)))
        return
    if done.proposal:
        say(f"It waits for the leave of a second person: privacy-desk requests approve {done.reference}")
        return
    due = f", due by {done.due_on}" if done.due_on else ""
    say(f"{done.reference} is {done.state.value}{due}. {_TOLD[done.told]}")


_TOLD = {
    "queued": "The person is being told.",
    "shadow": "The brand is in shadow mode: what the person would be told is recorded, and nothing is sent.",
    "": "The person was not told by this program.",
}


def plain(reference: str) -> str:
    return reference.strip().upper()


async def _as_clerk(by: str, act: Callable[[Clerk], Awaitable[Done]]) -> Done:
    async with clerk_at_work(by) as clerk:
        return await act(clerk)


async def _close(item: str, by: str) -> None:
    async with clerk_at_work(by) as clerk:
        await staff.close_item(clerk, item)


async def as_clerk(by: str, act: Callable[[Clerk], Awaitable[None]]) -> None:
    async with clerk_at_work(by) as clerk:
        await act(clerk)


async def _held() -> list[Waiting]:
    async with open_store(load_settings()) as store:
        return await Casebook(store.database).unsent("held", None, limit=_MOST_HELD)


async def _items() -> list[StaffRow]:
    async with open_store(load_settings()) as store:
        return await store.staff_items()


@asynccontextmanager
async def clerk_at_work(by: str) -> AsyncIterator[Clerk]:
    settings = load_settings()
    playbooks = {brand.name: make_playbook(settings, brand) for brand in settings.brands}
    async with open_store(settings) as store:
        await install_policies(settings, store)
        yield Clerk(name=by or getpass.getuser(), store=store, playbooks=playbooks, now=lambda: datetime.now(UTC))
