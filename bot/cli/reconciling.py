"""`reconcile`: the mail server and the sink as truth, and the rows held against them."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from email.policy import compat32
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from bot.channels import Arrival, Channel
from bot.channels.mail.files import raw_mails
from bot.channels.mail.imap_in import ImapMailbox
from bot.cli.console import print_json, say, show_table
from bot.errors import BadSetting
from bot.settings import Settings, load_settings
from bot.store import Store
from bot.wiring import make_imap_account, open_store, reading_channels, utc_now

#: Of what must be 0.
_LOST = "mails that came and are not here"


def register(app: typer.Typer) -> None:
    app.command()(reconcile)


def reconcile(
    handed_over: Annotated[
        list[Path] | None, typer.Option(help="Mail that was handed to the desk: mboxes, Maildirs or .eml files.")
    ] = None,
    sent: Annotated[list[Path] | None, typer.Option(help="Mail of the desk that arrived, in the same forms.")] = None,
    brand: Annotated[str, typer.Option(help="Whose mail the files hold.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on a line.")] = False,
) -> None:
    """Count what came in and what went out against the database. Without files, the configured inboxes are read."""
    settings = load_settings()
    known = {chosen.name for chosen in settings.brands}
    if handed_over and not brand and len(known) != 1:
        raise BadSetting("--brand must say whose mail the files hold")
    named = brand or next(iter(known), "")
    reckoned = asyncio.run(_reckon(settings, handed_over or (), sent or (), named))
    if as_json:
        print_json({"counts": reckoned.counts, "must_be_0": reckoned.must_be_0, "well": reckoned.is_well})
    else:
        _show(reckoned)
    raise typer.Exit(0 if reckoned.is_well else 1)


@dataclass(slots=True, kw_only=True)
class Reckoned:
    """The counts; those of `must_be_0` say that something went wrong."""

    counts: dict[str, int] = field(default_factory=dict)
    must_be_0: dict[str, int] = field(default_factory=dict)

    @property
    def is_well(self) -> bool:
        return not any(self.must_be_0.values())


async def _reckon(settings: Settings, handed_over: Iterable[Path], sent: Iterable[Path], brand: str) -> Reckoned:
    reckoned = Reckoned()
    channel = reading_channels(settings)["email"]
    async with open_store(settings) as store:
        arrivals = _from_files(handed_over, brand) if handed_over else _from_inboxes(settings)
        await _count_what_came(reckoned, store, channel, arrivals)
        if sent:
            await _count_what_left(reckoned, store, _files(sent))
        for state, count in (await store.overview()).outgoing.items():
            reckoned.counts[f"messages of ours {state}"] = count
        reckoned.must_be_0 |= await store.reckoning.what_must_not_be()
    return reckoned


async def _count_what_came(reckoned: Reckoned, store: Store, channel: Channel, arrivals: Iterator[Arrival]) -> None:
    keys = await asyncio.to_thread(lambda: Counter(channel.key(arrival) for arrival in arrivals))
    became = await store.reckoning.became(list(keys))
    reckoned.counts["mails that came"] = keys.total()
    reckoned.counts["the same mail once more"] = keys.total() - len(keys)
    for outcome, count in sorted(Counter(became.values()).items()):
        reckoned.counts[f"mails that came: {outcome.replace('_', ' ')}"] = count
    reckoned.must_be_0[_LOST] = len(keys) - len(became)


async def _count_what_left(reckoned: Reckoned, store: Store, mails: Iterator[bytes]) -> None:
    arrived = await asyncio.to_thread(lambda: Counter(map(_message_id, mails)))
    ours = await store.reckoning.mails()
    reckoned.counts["mails that arrived"] = arrived.total()
    reckoned.counts["uncertain, and it arrived"] = sum(ours.get(name) == "uncertain" for name in arrived)
    reckoned.must_be_0 |= {
        "mails that arrived twice": sum(count - 1 for count in arrived.values()),
        "mails that arrived and no row knows": sum(name not in ours for name in arrived),
        "mails called sent that did not arrive": sum(
            state == "sent" and name not in arrived for name, state in ours.items()
        ),
    }


def _message_id(raw: bytes) -> str:
    return str(BytesHeaderParser(policy=compat32).parsebytes(raw).get("Message-ID", "")).strip().strip("<>")


def _from_files(paths: Iterable[Path], brand: str) -> Iterator[Arrival]:
    for raw in _files(paths):
        yield Arrival(channel="email", brand=brand, raw=raw, received_at=utc_now())


def _files(paths: Iterable[Path]) -> Iterator[bytes]:
    for path in paths:
        try:
            yield from raw_mails(path)
        except OSError as error:
            raise BadSetting(f"{path} cannot be read ({error.strerror})") from error


def _from_inboxes(settings: Settings) -> Iterator[Arrival]:
    """All that lies in the configured inboxes, up to now."""
    for chosen in settings.imap:
        mailbox = ImapMailbox(make_imap_account(chosen))
        try:
            yield from (found.arrival for found in mailbox.fetch_new(None) if found.arrival is not None)
        finally:
            mailbox.close()


def _show(reckoned: Reckoned) -> None:
    table = Table("what", Column("count", justify="right"))
    for what, count in reckoned.counts.items():
        table.add_row(what, str(count))
    show_table(table, "Nothing came and nothing left.")
    table = Table("must be 0", Column("count", justify="right"))
    for what, count in reckoned.must_be_0.items():
        table.add_row(what, str(count))
    show_table(table, "")
    say("All is well." if reckoned.is_well else "Something is wrong: see the counts that should be 0.")
