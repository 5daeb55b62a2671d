"""`ingest`: a great many messages out of files, spread over the cores.

Law: repeating it takes nothing twice, so one that was stopped goes on where it was.
"""

import asyncio
import multiprocessing
import os
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, Queue
from typing import Annotated
from zlib import crc32

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot import logs
from bot.alone import only_one
from bot.channels import Arrival
from bot.cli.console import err, say, say_error
from bot.cli.mailing import each_mail, that_only_reads
from bot.core.playbook import Mode
from bot.engine.desk import Desk
from bot.engine.intake import accept
from bot.engine.loop import EmbeddedLoop
from bot.errors import BadSetting, OurFault
from bot.settings import Settings, load_settings
from bot.wiring import make_brand, open_desk, open_store, utc_now

#: So many are stored before they are handled.
_AT_ONCE = 32
#: Fewer than that are not worth the start of another process.
_WORTH_ANOTHER = 100
#: Seconds between looks at whether all processes live.
_LOOK = 1.0
#: Seconds that a process has for closing its database.
_PATIENCE = 30.0
_FROM = re.compile(rb"^from:[^\r\n]*", re.IGNORECASE | re.MULTILINE)


def register(app: typer.Typer) -> None:
    app.command()(ingest)


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="mboxes, Maildirs or message files (.eml).")],
    brand: Annotated[str, typer.Option(help="Whose mail it is.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Store and decide, but queue no reply.")] = False,
    processes: Annotated[int, typer.Option(min=0, help="How many work at it; 0 is one for each core.")] = 0,
) -> None:
    """Take in mail from files: store it, decide, queue the replies. Repeating it takes nothing twice."""
    settings = that_only_reads(load_settings())
    make_brand(settings, brand)
    if brand not in {known.name for known in settings.brands}:
        settings = settings.model_copy(update={"brands": (*settings.brands, settings.brand(brand))})
    found = list(each_mail(paths))
    for path, unreadable in found:
        if isinstance(unreadable, BadSetting):
            say_error(BadSetting(f"{path}: {unreadable}"))
    mails = [raw for _, raw in found if isinstance(raw, bytes)]
    processes = min(processes or os.cpu_count() or 1, 1 + len(mails) // _WORTH_ANOTHER)
    with logs.to_file(_log_of(settings)):
        summary = _take_in_all(settings, brand, mails, dry_run=dry_run, processes=processes)
    for what, count in sorted(summary.items()):
        say(f"{count:8} {what}")
    raise typer.Exit(2 if len(mails) < len(found) else 0)


def _take_in_all(settings: Settings, brand: str, mails: list[bytes], *, dry_run: bool, processes: int) -> Counter[str]:
    with only_one(settings) as owner:
        job = _Job(settings=settings, brand=brand, dry_run=dry_run, owner=owner)
        asyncio.run(_what_waited(job, processes))
        with _bar(len(mails)) as advance:
            taken = _spread(job, mails, advance, processes) if processes > 1 else _alone(job, mails, advance)
        return taken + asyncio.run(_outcomes(settings))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What is the same for every process but the name by which it claims."""

    settings: Settings
    brand: str
    dry_run: bool
    owner: str

    def of(self, number: int) -> "_Job":
        return replace(self, owner=f"{self.owner}.{number}")


async def _what_waited(job: _Job, processes: int) -> None:
    """What was there before, or was left by processes that were killed, keeps its own mode."""
    async with open_desk(job.settings) as desk:
        for one in (job, *map(job.of, range(processes))):
            await EmbeddedLoop(desk, owner=one.owner).take_up()
        await EmbeddedLoop(desk, owner=job.owner).handle_all()


async def _outcomes(settings: Settings) -> Counter[str]:
    async with open_store(settings) as store:
        messages = (await store.overview()).messages
    return Counter({f"in the database: {outcome}": count for outcome, count in messages.items()})


def _alone(job: _Job, mails: list[bytes], advance: Callable[[int], None]) -> Counter[str]:
    mine: Queue[bytes | None] = Queue()
    for raw in (*mails, None):
        mine.put(raw)
    taken: Counter[str] = Counter()

    def tell(told: Counter[str]) -> None:
        taken.update(told)
        advance(told.total())

    asyncio.run(_take_in(job, mine.get, tell))
    return taken


def _spread(job: _Job, mails: list[bytes], advance: Callable[[int], None], processes: int) -> Counter[str]:
    """Each sender's mails go to one process, in their order. Raises `OurFault` where a process ends early."""
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    sources = [context.Queue() for _ in range(processes)]
    children = [
        context.Process(target=_work, args=(job.of(number), source, told), daemon=True)
        for number, source in enumerate(sources)
    ]
    for raw in mails:
        sources[_sender_number(raw) % processes].put(raw)
    for source, child in zip(sources, children, strict=True):
        source.put(None)
        child.start()
    taken: Counter[str] = Counter()
    try:
        while taken.total() < len(mails):
            with suppress(Empty):
                news: Counter[str] = told.get(timeout=_LOOK)
                taken.update(news)
                advance(news.total())
                continue
            if any(child.exitcode for child in children):
                raise OurFault("A process ended before its work was done; see the log, and repeat the command.")
    finally:
        for source in sources:
            source.cancel_join_thread()
        for child in children:
            # Whoever has told everything ends by itself.
            child.join(_PATIENCE if taken.total() == len(mails) else 0)
            child.terminate()
            child.join()
    return taken


def _sender_number(raw: bytes) -> int:
    sender = _FROM.search(raw)
    return crc32(sender.group().lower()) if sender else 0


def _work(job: _Job, source: "Queue[bytes | None]", told: "Queue[Counter[str]]") -> None:
    """One process of several. Ctrl-C is the parent's, which ends this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with logs.to_file(_log_of(job.settings)):
        asyncio.run(_take_in(job, source.get, told.put))


async def _take_in(job: _Job, next_one: Callable[[], bytes | None], tell: Callable[[Counter[str]], None]) -> None:
    """Store some, handle them, say how many, until there are no more."""
    async with open_desk(job.settings) as opened:
        desk = _in_shadow(opened, job.brand) if job.dry_run else opened
        loop = EmbeddedLoop(desk, owner=job.owner)
        left = True
        while left:
            taken: Counter[str] = Counter()
            while taken.total() < _AT_ONCE and (left := (raw := next_one()) is not None):
                arrival = Arrival(channel="email", brand=job.brand, raw=raw, received_at=utc_now())
                accepted = await accept(desk, arrival)
                taken["taken in" if accepted.fresh else "known already"] += 1
            await loop.handle_all()
            tell(taken)


def _in_shadow(desk: Desk, brand: str) -> Desk:
    """The same desk, which sends nothing of this brand's."""
    quiet = replace(desk.playbooks[brand], mode=Mode.SHADOW, modes={})
    return replace(desk, playbooks={**desk.playbooks, brand: quiet})


def _log_of(settings: Settings) -> Path:
    return settings.data_dir / "ingest.jsonl"


@contextmanager
def _bar(total: int) -> Iterator[Callable[[int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err) as progress:
        task = progress.add_task("Taking in mail", total=total)
        yield lambda count: progress.advance(task, count)
