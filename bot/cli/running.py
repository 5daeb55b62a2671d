"""`demo`, `serve`, `doctor` and `check`: putting a desk to work."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from bot import logs
from bot.cli.console import err, out, say
from bot.core.tickets import State
from bot.demo.clerk import SignIn, hire_a_clerk
from bot.demo.house import ADDRESS, FOLDER, demo_settings, settled, sink_running
from bot.demo.page import NAME, shop_pages
from bot.demo.play import Sample, answer_with_codes, feed, samples, what_became
from bot.errors import BadSetting
from bot.examining import Finding, examine, missing_before_live
from bot.service import Service, serving
from bot.settings import FILE_NAME, Settings, load_settings
from bot.store import Handled

#: Short enough for a table.
_STATES = {State.AWAITING_VERIFICATION: "waits for code"}


def register(app: typer.Typer) -> None:
    for command in (demo, serve, doctor, check):
        app.command()(command)


def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop after the table instead of serving on.")] = False,
) -> None:
    """Run the main job on embedded defaults: a fictional shop and its recorded inbox."""
    with logs.to_file(FOLDER / "log.jsonl"):
        asyncio.run(_demo(once))


def serve() -> None:
    """Run all configured channels, the loop and the pages until stopped."""
    asyncio.run(_serve(load_settings()))


def doctor() -> None:
    """Say what is wrong with the set-up, and how to mend it."""
    _report(asyncio.run(examine(load_settings())))


def check() -> None:
    """Say what is missing before going live."""
    _report(asyncio.run(missing_before_live(load_settings())))


async def _serve(settings: Settings) -> None:
    if not settings.brands:
        raise BadSetting(f"{FILE_NAME} names no brand; run `privacy-desk init`, or try `privacy-desk demo`")
    async with serving(settings) as service:
        say_what_runs(service.running)
        await until_stopped()


async def _demo(once: bool) -> None:
    shop = {NAME: shop_pages()}
    async with sink_running() as sink, serving(demo_settings(sink), more_pages=shop) as service:
        mails = samples()
        await _feed_with_a_bar(service, mails)
        with err.status("Some customers answer with the code that they were sent ..."):
            await answer_with_codes(service, sink)
        out.print(_table([(mail, await what_became(service, mail)) for mail in mails]))
        say_what_runs(service.running)
        _say_where_things_are(service)
        if not once:
            _say_how_to_sign_in(service, await hire_a_clerk(service.desk))
            await until_stopped()


async def _feed_with_a_bar(service: Service, mails: list[Sample]) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err) as progress:
        fed = progress.add_task("Mail arrives by SMTP", total=len(mails))
        await feed(service, mails, lambda: progress.advance(fed))
    with err.status("The desk reads, decides and answers ..."):
        if not await settled(service):
            raise BadSetting(f"the desk is still busy after two minutes; see {FOLDER / 'log.jsonl'}")


def _table(rows: list[tuple[Sample, Handled | None]]) -> Table:
    table = Table(title="What became of each message", title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in ("message", "read as", "rules", "sent", "request", "due"):
        table.add_column(column, overflow="fold", no_wrap=column in ("message", "request", "due"))
    for mail, handled in rows:
        table.add_row(mail.name, *(_cells(handled) if handled else ("", "not handled yet")))
    return table


def _cells(handled: Handled) -> tuple[str, ...]:
    """Intents, rules, what was sent, the requests with their states, when they are due."""
    message = handled.message
    rules = ", ".join(rule.replace("_", " ") for rule in message.rules)
    sent = ", ".join(out.kind if out.state == "sent" else f"{out.kind} ({out.state})" for out in handled.outgoing)
    requests = "\n".join(f"{row.reference} {_STATES.get(row.state, row.state.value)}" for row in handled.requests)
    due = "\n".join(row.due_on for row in handled.requests)
    return ", ".join(message.intents) or "-", rules, sent or "-", requests or "-", due or "-"


def say_what_runs(running: Mapping[str, str]) -> None:
    for name, where in running.items():
        say(f"  {name:<18} {where}")


def _say_where_things_are(service: Service) -> None:
    port = service.smtp_port
    command = os.path.relpath(sys.argv[0]) if Path(sys.argv[0]).is_file() else "privacy-desk"
    lines = (
        "",
        f"  The database       {FOLDER / 'desk.sqlite3'}",
        f"  Mails that it sent {FOLDER / 'sent' / 'new'}",
        "",
        "Write to it yourself, in another terminal:",
        "  printf 'From: you@example.org\\nSubject: My account\\n\\nPlease delete my account.\\n' |",
        f"      curl -s smtp://127.0.0.1:{port} --mail-from you@example.org --mail-rcpt {ADDRESS} -T -",
        f"  swaks --server 127.0.0.1:{port} --from you@example.org --to {ADDRESS} \\",
        "      --body 'How long do you keep my order data?'",
        f"Chat with it on the shop's page: {service.running[NAME]}",
        "Look at the tickets, or chat with it here:",
        f"  PRIVACY_DESK_DATA_DIR={FOLDER} {command} requests list",
        f"  {command} talk",
    )
    for line in lines:
        say(line)


def _say_how_to_sign_in(service: Service, clerk: SignIn) -> None:
    lines = (
        f"Work as its staff: {service.running['console']}",
        f"  name {clerk.name}, password {clerk.password}, one-time password {clerk.code} (good for half a minute)",
        f"  later ones: put the secret {clerk.secret} into an authenticator app",
    )
    for line in lines:
        say(line)


async def until_stopped() -> None:
    """Until Ctrl-C or SIGTERM."""
    say("\nReady. Press Ctrl-C to stop.")
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()


def _report(findings: list[Finding]) -> None:
    for finding in findings:
        sign = "ok  " if finding.well else "mend"
        say(f"{sign}  {finding.what}")
        if not finding.well:
            say(f"      {finding.remedy}")
    if not all(finding.well for finding in findings):
        raise typer.Exit(2)
