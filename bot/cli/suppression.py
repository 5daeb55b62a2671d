"""`suppression check|export|confirm|undo|links`: what the shop's own mailing tools ask of the suppression list."""

import asyncio
import csv
import getpass
import io
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from bot.cli.console import as_plain, err, print_json, say, say_error
from bot.cli.csv_lines import BadRow, Row, Sheet
from bot.engine.newsletters import headers_for
from bot.errors import BadSetting
from bot.keys import Keys
from bot.settings import Settings, load_settings
from bot.store.suppression import CHANNELS, PURPOSES, Entry, SuppressionRow, plain_address
from bot.wiring import make_keys, open_store

group = typer.Typer(help="Who must not be written to.", no_args_is_help=True)

Brand = Annotated[str, typer.Option(help="Whose list; may be left out where there is one brand.")]
Purpose = Annotated[str, typer.Option(help=f"One of {', '.join(PURPOSES)}.")]
Way = Annotated[str, typer.Option("--channel", help=f"One of {', '.join(CHANNELS)}.")]
By = Annotated[str, typer.Option("--by", help="Who does it; your log-in name where not given.")]

#: What an address looks like, by channel.
_MAILBOX = re.compile(r"[^@\s\"<>,;\udc80-\udcff]+@[^@\s\"<>,;\udc80-\udcff]+")
_ANYTHING = re.compile(r"[^\udc80-\udcff]+")
_EXPORTED = ("digest", "brand", "channel", "purpose", "address", "created_at")
#: Rows between two looks at the progress bar.
_STRIDE = 5000


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="suppression")


@group.command()
def check(
    file: Annotated[Path, typer.Argument(help="A CSV file; - is standard input.")],
    column: Annotated[str, typer.Option(help="The column of the addresses, by name or number.")] = "",
    brand: Brand = "",
    purpose: Purpose = "marketing",
    channel: Way = "email",
    keep: Annotated[Path | None, typer.Option(help="Write the rows that may stay to this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help='One {"line", "address"} for each row to drop.')] = False,
) -> None:
    """Print the rows of FILE to drop before a mailing. Whatever cannot be read is named, and is not kept either."""
    settings = load_settings()
    keys, listed = make_keys(settings), asyncio.run(_digests(settings, _brand(settings, brand), channel, purpose))
    is_listed = _look_up(
        keys, listed, Entry(brand=_brand(settings, brand), channel=channel, purpose=purpose, address="")
    )
    with ExitStack() as stack:
        lines, size = _opened(stack, file)
        sheet = Sheet(lines, column=column, is_address=_MAILBOX if channel == "email" else _ANYTHING)
        stays = _Rows(stack.enter_context(_writable(keep)), sheet) if keep else None
        drops = None if as_json else _Rows(sys.stdout.buffer, sheet)
        counts = _sort(sheet, is_listed, drops, stays, _Gauge(done=lines.done, size=size))
    rows, dropped, bad = counts
    err.print(f"{rows} rows, {dropped} to drop, {bad} that cannot be read.", highlight=False)
    raise typer.Exit(2 if bad else 0)


@group.command()
def export(
    brand: Annotated[str, typer.Option(help="Only this brand.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on a line.")] = False,
) -> None:
    """Print, as CSV, what the shop's own lists do not know yet. Take it over there, then `suppression confirm` it."""
    rows = asyncio.run(_unconfirmed(load_settings(), brand or None))
    if as_json:
        for row in rows:
            print_json(as_plain(asdict(row)))
        return
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_EXPORTED)
    writer.writerows([_harmless(str(as_plain(value))) for value in asdict(row).values()] for row in rows)
    sys.stdout.buffer.write(text.getvalue().encode())
    sys.stdout.buffer.flush()


@group.command()
def confirm(
    file: Annotated[Path, typer.Argument(help="What `suppression export` printed; - is standard input.")], by: By = ""
) -> None:
    """The shop's own lists know of these now: the addresses are erased here, only their digests stay."""
    with ExitStack() as stack:
        lines, _ = _opened(stack, file)
        try:
            digests = [row["digest"] for row in csv.DictReader(lines)]
        except (KeyError, csv.Error):
            raise BadSetting(f"{file} is not what `suppression export` prints: it has no column digest") from None
    count = asyncio.run(_confirm(load_settings(), digests, by or getpass.getuser()))
    say(f"{count} addresses were erased; their digests keep them suppressed.")


@group.command()
def undo(
    address: Annotated[str, typer.Argument(help="Whose entry.")],
    reason: Annotated[str, typer.Option(help="How you know that its owner wants this, e.g. 'asked by phone'.")],
    brand: Brand = "",
    purpose: Purpose = "marketing",
    channel: Way = "email",
    by: By = "",
) -> None:
    """Take an address off the list, at its owner's wish; the reason and your name go on record."""
    settings = load_settings()
    if not reason.strip() or "@" in reason:
        raise BadSetting("--reason must say how the owner asked for this, without the address itself")
    entry = Entry(brand=_brand(settings, brand), channel=channel, purpose=purpose, address=address)
    if not asyncio.run(_undo(settings, entry, by or getpass.getuser(), reason)):
        raise BadSetting(f"this address is not on the list of {entry.brand} for {purpose} by {channel}")
    say("Done: this address is no longer suppressed.")


class _Rows:
    """Writes rows as they came: the same delimiter, and the same bytes where they were no UTF-8."""

    def __init__(self, out: BinaryIO, sheet: Sheet) -> None:
        self._out = out
        self._writer = csv.writer(self, delimiter=sheet.delimiter, lineterminator="\n")
        if sheet.heading is not None:
            self._writer.writerow(sheet.heading)

    def write(self, text: str) -> int:
        return self._out.write(text.encode("utf-8", "surrogateescape"))

    def add(self, row: Row) -> None:
        self._writer.writerow(row.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gauge:
    """How far a file has been read, in bytes."""

    done: Callable[[], int]
    #: 0 where nobody knows.
    size: int


@group.command()
def links(
    file: Annotated[Path, typer.Argument(help="A CSV file of recipients; - is standard input.")],
    column: Annotated[str, typer.Option(help="The column of the addresses, by name or number.")] = "",
    brand: Brand = "",
    purpose: Purpose = "marketing",
) -> None:
    """Print, for each recipient, the headers that a newsletter must carry (RFC 8058), as CSV for the mailing tool."""
    settings = load_settings()
    name, keys = _brand(settings, brand), make_keys(settings)
    if purpose not in PURPOSES:
        raise BadSetting(f"--purpose is one of {', '.join(PURPOSES)}")
    mailboxes = settings.brand(name).addresses
    if not mailboxes:
        raise BadSetting(f"brand {name} has no address that people could unsubscribe by; set its addresses")
    writer, bad = csv.writer(sys.stdout, lineterminator="\n"), 0
    writer.writerow(("address", "List-Unsubscribe", "List-Unsubscribe-Post"))
    with ExitStack() as stack:
        for row in Sheet(_opened(stack, file)[0], column=column, is_address=_MAILBOX):
            if isinstance(row, BadRow):
                bad += 1
                say_error(ValueError(f"line {row.line}: {row.why}"))
                continue
            entry = Entry(brand=name, purpose=purpose, address=row.address)
            made = headers_for(keys, entry, public_url=settings.web.public_url, mailbox=mailboxes[0])
            writer.writerow((row.address, made.list_unsubscribe, made.list_unsubscribe_post))
    raise typer.Exit(2 if bad else 0)


def _sort(
    sheet: Sheet, is_listed: Callable[[str], bool], drops: _Rows | None, stays: _Rows | None, gauge: _Gauge
) -> tuple[int, int, int]:
    """Rows read, rows to drop, and rows that are bad; without `drops`, those to drop are JSON."""
    rows = dropped = bad = 0
    columns = (TextColumn("Checking"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal) as progress:
        task = progress.add_task("", total=gauge.size or None)
        for rows, row in enumerate(sheet, 1):
            if not rows % _STRIDE:
                progress.update(task, completed=gauge.done())
            if isinstance(row, BadRow):
                bad += 1
                say_error(ValueError(f"line {row.line}: {row.why}"))
            elif is_listed(row.address):
                dropped += 1
                _show(row, drops)
            elif stays is not None:
                stays.add(row)
        progress.update(task, completed=gauge.size)
    sys.stdout.buffer.flush()
    return rows, dropped, bad


def _show(row: Row, drops: _Rows | None) -> None:
    if drops is None:
        print_json({"line": row.line, "address": row.address})
    else:
        drops.add(row)


def _look_up(keys: Keys, listed: frozenset[bytes], like: Entry) -> Callable[[str], bool]:
    find = keys.finder("suppression", like.brand, like.channel, like.purpose)
    return lambda address: any(digest in listed for digest in find(plain_address(address)))


class _Lines:
    """The lines of a file, and how many bytes of it have been read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._read = file, 0

    def __iter__(self) -> Iterator[str]:
        for raw in self._file:
            self._read += len(raw)
            # Bytes that are no UTF-8 leave as they came.
            yield raw.decode("utf-8", "surrogateescape")

    def done(self) -> int:
        return self._read


def _opened(stack: ExitStack, file: Path) -> tuple[_Lines, int]:
    if str(file) == "-":
        return _Lines(sys.stdin.buffer), 0
    try:
        return _Lines(stack.enter_context(file.open("rb"))), file.stat().st_size
    except OSError as error:
        raise BadSetting(f"{file} cannot be read: {error.strerror}") from error


def _writable(file: Path) -> BinaryIO:
    try:
        return file.open("wb")
    except OSError as error:
        raise BadSetting(f"{file} cannot be written: {error.strerror}") from error


def _brand(settings: Settings, given: str) -> str:
    """The one that was named, else the only one there is."""
    names = [brand.name for brand in settings.brands]
    if given in names or (not given and len(names) == 1):
        return given or names[0]
    raise BadSetting(f"say whose list: --brand is one of {', '.join(names) or 'none; run privacy-desk init'}")


async def _digests(settings: Settings, brand: str, channel: str, purpose: str) -> frozenset[bytes]:
    if channel not in CHANNELS or purpose not in PURPOSES:
        raise BadSetting(f"--channel is one of {', '.join(CHANNELS)}, --purpose one of {', '.join(PURPOSES)}")
    async with open_store(settings) as store:
        return await store.suppression.digests(brand, channel, purpose)


async def _unconfirmed(settings: Settings, brand: str | None) -> list[SuppressionRow]:
    async with open_store(settings) as store:
        return await store.suppression.unconfirmed(brand)


async def _confirm(settings: Settings, digests: list[str], by: str) -> int:
    async with open_store(settings) as store:
        return await store.suppression.confirm(digests, by=by)


async def _undo(settings: Settings, entry: Entry, by: str, reason: str) -> bool:
    async with open_store(settings) as store:
        return await store.suppression.undo(entry, by=by, reason=reason)


def _harmless(cell: str) -> str:
    """No cell begins with what a spreadsheet takes for a formula (RELIABILITY T23)."""
    return f"'{cell}" if cell[:1] in "=+-@\t\r\n\uff1d" else cell
