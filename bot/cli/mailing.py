"""`mail`: look at messages out of files, and at the mailboxes that our mail does not reach."""

import asyncio
import getpass
import mailbox
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from bot.channels import Arrival
from bot.channels.mail.channel import MailChannel
from bot.channels.mail.files import raw_mails
from bot.cli.console import print_json, say, show_table
from bot.core.messages import InboundMessage
from bot.errors import BadMessage, BadSetting
from bot.settings import Settings, load_settings
from bot.store.mailing import MuteRow
from bot.wiring import make_mail_channel, open_store, utc_now

group = typer.Typer(help="Look at messages as the bot does.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="mail")


@group.command()
def parse(
    paths: Annotated[list[Path], typer.Argument(help="Message files (.eml), mboxes or Maildirs.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on a line.")] = False,
) -> None:
    """Show what is read of each message: who, the new words only, and whether it may be answered."""
    channel = make_mail_channel(that_only_reads(load_settings()))
    bad = 0
    for path, raw in each_mail(paths):
        message, error = _parsed(channel, raw)
        bad += message is None
        value = as_object(str(path), message, error)
        if as_json:
            print_json(value)
        else:
            _show(value)
    raise typer.Exit(2 if bad else 0)


@group.command()
def muted(as_json: Annotated[bool, typer.Option("--json", help="One JSON object on a line.")] = False) -> None:
    """List the mailboxes that our mail does not reach: a mail came back, and they get no more by themselves."""
    rows = asyncio.run(_muted())
    if as_json:
        for row in rows:
            print_json({"address": row.address, "brand": row.brand, "until": row.muted_until.isoformat()})
        return
    table = Table("address", "brand", "since", "until")
    for row in rows:
        table.add_row(row.address, row.brand, *(f"{at:%Y-%m-%d}" for at in (row.muted_at, row.muted_until)))
    show_table(table, "No mailbox is muted.")


@group.command()
def unmute(address: Annotated[str, typer.Argument(help="A mailbox that is muted.")]) -> None:
    """Write to a mailbox again: its mail came back by mistake, or it works by now."""
    asyncio.run(_unmute(address))
    say(f"{address} gets mail again.")


@group.command("hand-back")
def hand_back(
    reference: Annotated[str, typer.Argument(help="A request in whose thread one of you has answered.")],
    by: Annotated[str, typer.Option(help="Who hands it back.")] = "",
) -> None:
    """Let the bot speak again in a thread that a person had taken over by answering in it."""
    asyncio.run(_hand_back(reference, by or getpass.getuser()))
    say(f"The bot answers again in the thread of {reference}.")


def as_object(path: str, message: InboundMessage | None, error: str) -> dict[str, Any]:
    """A parsed message in the stable form of the command-line contract."""
    if message is None:
        return {"path": path, "ok": False, "error": error}
    silence = message.silence
    return {
        "path": path,
        "ok": True,
        "error": "",
        "message_id": message.message_id,
        "from": message.sender,
        "identity": message.address or None,
        "subject": message.subject,
        "text": message.text,
        "automatic": silence is not None and silence.robot,
        "may_reply": silence is None,
        "reason": f"{silence.rule}: {silence.reason}" if silence else "",
        "bounce": asdict(message.bounce) if message.bounce else None,
        "attachments": list(message.attachments),
    }


async def _muted() -> list[MuteRow]:
    async with open_store(load_settings()) as store:
        return await store.mail.mutes()


async def _unmute(address: str) -> None:
    async with open_store(load_settings()) as store:
        await store.mail.unmute(address)


async def _hand_back(reference: str, by: str) -> None:
    async with open_store(load_settings()) as store:
        await store.mail.hand_back(reference, by=by)


def that_only_reads(settings: Settings) -> Settings:
    """Nothing is sent, so no secret is asked for."""
    no_secrets = {"password_from": "", "oauth": None, "dkim_key_file": ""}
    return settings.model_copy(update={"smtp_out": settings.smtp_out.model_copy(update=no_secrets)})


def each_mail(paths: Iterable[Path]) -> Iterator[tuple[Path, bytes | BadSetting]]:
    """Every message below `paths`; a path without one gives the reason, and the rest is read."""
    for path in paths:
        found = False
        try:
            for raw in raw_mails(path):
                yield path, raw
                found = True
        except (OSError, mailbox.Error) as error:
            yield path, BadSetting(f"cannot be read ({getattr(error, 'strerror', None) or error})")
        else:
            if not found:
                yield path, BadSetting("no message is in it")


def _parsed(channel: MailChannel, raw: bytes | BadSetting) -> tuple[InboundMessage | None, str]:
    """The message, or None and why it cannot be read."""
    if isinstance(raw, BadSetting):
        return None, str(raw)
    try:
        return channel.parse(Arrival(channel="email", brand="", raw=raw, received_at=utc_now())), ""
    except BadMessage as fault:
        return None, str(fault)


def _show(value: dict[str, Any]) -> None:
    for name, content in value.items():
        say(f"{name:<12} {content}")
    say()
