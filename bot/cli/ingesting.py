"""`ingest`: a great many messages out of files, looked at ahead on every core and written by one process.

Law: repeating it takes nothing twice, so one that was stopped goes on where it was.
"""

import asyncio
import os
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot import logs
from bot.alone import only_one
from bot.channels import Arrival
from bot.channels.mail.channel import MailChannel
from bot.channels.mail.understanding import Ourselves
from bot.cli.console import err, say, say_error
from bot.cli.mailing import each_mail, that_only_reads
from bot.core.playbook import Mode
from bot.engine.ahead import Ahead, ReadsMany
from bot.engine.desk import Desk
from bot.engine.handling import handle_all
from bot.engine.intake import Seen, accept_all, look_at
from bot.engine.lookouts import Lookouts, lookouts
from bot.engine.loop import EmbeddedLoop
from bot.errors import BadSetting
from bot.settings import Settings, load_settings
from bot.wiring import desk as parts
from bot.wiring import make_brand, open_desk, utc_now

#: So many, or so many bytes, are looked at, stored and handled together.
_AT_ONCE, _BYTES_AT_ONCE = 64, 8_000_000
#: Fewer than that are not worth the start of another process.
_WORTH_ANOTHER = 100
#: Until then what was claimed together has ended.
_LEASE = timedelta(minutes=10)

#: Mails that are taken in together, with what is known of them ahead.
Looked = list[tuple[Arrival, Ahead | None]]


def register(app: typer.Typer) -> None:
    app.command()(ingest)


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="mboxes, Maildirs or message files (.eml).")],
    brand: Annotated[str, typer.Option(help="Whose mail it is.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Store and decide, but queue no reply.")] = False,
    processes: Annotated[int, typer.Option(min=0, help="How many look at it ahead; 0 is one for each core.")] = 0,
) -> None:
    """Take in mail from files: store it, decide, queue the replies. Repeating it takes nothing twice."""
    settings = that_only_reads(load_settings())
    make_brand(settings, brand)
    if brand not in {known.name for known in settings.brands}:
        settings = settings.model_copy(update={"brands": (*settings.brands, settings.brand(brand))})
    found, unreadable = 0, 0
    for path, mail in each_mail(paths):
        found += 1
        if isinstance(mail, BadSetting):
            unreadable += 1
            say_error(BadSetting(f"{path}: {mail}"))
    job = _Job(settings=settings, brand=brand, paths=paths, dry_run=dry_run, count=found - unreadable)
    processes = min(processes or os.cpu_count() or 1, 1 + job.count // _WORTH_ANOTHER)
    # A process is begun before this one has keys, a lock, or a second thread.
    with logs.to_file(settings.data_dir / "ingest.jsonl"), lookouts(processes if processes > 1 else 0, _load) as ahead:
        summary = _take_in_all(job, ahead)
    for what, count in sorted(summary.items()):
        say(f"{count:8} {what}")
    raise typer.Exit(2 if unreadable else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What is to be done."""

    settings: Settings
    brand: str
    paths: Sequence[Path]
    dry_run: bool
    count: int


def _load() -> ReadsMany:
    return parts.make_classifier()


def _take_in_all(job: _Job, ahead: Lookouts) -> Counter[str]:
    with only_one(job.settings) as owner:
        return asyncio.run(_take_in(job, owner, ahead))


async def _take_in(job: _Job, owner: str, ahead: Lookouts) -> Counter[str]:
    """Store some, handle them, say how many, until there are no more; what waited before keeps its own mode."""
    taken: Counter[str] = Counter()
    async with open_desk(job.settings, models_at_once=False) as opened:
        await _handle_what_waits(opened, owner)
        chosen = _in_shadow(opened, job.brand) if job.dry_run else opened
        with _bar(job.count) as advance:
            async for looked in _looked_at(chosen, ahead, _batches(job)):
                taken += await _take_in_together(chosen, owner, looked)
                advance(len(looked))
        await _handle_what_waits(chosen, owner)
        messages = (await opened.store.overview()).messages
    return taken + Counter({f"in the database: {outcome}": count for outcome, count in messages.items()})


async def _handle_what_waits(desk: Desk, owner: str) -> None:
    """What a former life of this process, or a mail before another of its talk, has left."""
    if (await desk.store.overview()).unhandled:
        await _get_ready(desk)
        loop = EmbeddedLoop(desk, owner=owner)
        await loop.take_up()
        await loop.handle_all()


async def _get_ready(desk: Desk) -> None:
    """Loading the reader is not to count against its first message."""
    await asyncio.to_thread(desk.classifier.read, "")


async def _take_in_together(desk: Desk, owner: str, looked: Looked) -> Counter[str]:
    if not all(ahead for _, ahead in looked):
        await _get_ready(desk)
    accepted = await accept_all(desk, [await _seen(desk, arrival, ahead) for arrival, ahead in looked])
    known = {one.inbox_id: ahead for one, (_, ahead) in zip(accepted, looked, strict=True) if ahead is not None}
    fresh = sum(one.fresh for one in accepted)
    left = fresh
    # Not until nothing is found: that look would tidy the disk after every batch.
    while left > 0 and (claims := await desk.store.claim_all(owner, now=desk.now(), lease=_LEASE, most=len(looked))):
        await handle_all(desk, claims, known)
        left -= len(claims)
    return Counter({"taken in": fresh, "known already": len(accepted) - fresh})


async def _seen(desk: Desk, arrival: Arrival, ahead: Ahead | None) -> Seen:
    if ahead is None:
        return await look_at(desk, arrival)
    return Seen(arrival=arrival, key=desk.channels[arrival.channel].key(arrival), message=ahead.message)


async def _looked_at(desk: Desk, ahead: Lookouts, batches: Iterable[list[Arrival]]) -> AsyncIterator[Looked]:
    """Every batch in its order, while the next ones are looked at."""
    mail = desk.channels["email"]
    assert isinstance(mail, MailChannel)
    under_way: deque[asyncio.Task[Looked]] = deque()
    try:
        for batch in batches:
            under_way.append(asyncio.create_task(_look(desk, ahead, batch, mail.ourselves)))
            if len(under_way) > 2 * ahead.count:
                yield await under_way.popleft()
        while under_way:
            yield await under_way.popleft()
    finally:
        for task in under_way:
            task.cancel()


async def _look(desk: Desk, ahead: Lookouts, batch: list[Arrival], ourselves: Ourselves) -> Looked:
    vouched = [await desk.vouch(arrival) for arrival in batch]
    return list(zip(vouched, await ahead.look(vouched, ourselves), strict=True))


def _batches(job: _Job) -> Iterator[list[Arrival]]:
    batch: list[Arrival] = []
    size = 0
    for _, raw in each_mail(job.paths):
        if isinstance(raw, BadSetting):
            continue
        if batch and (len(batch) >= _AT_ONCE or size + len(raw) > _BYTES_AT_ONCE):
            yield batch
            batch, size = [], 0
        batch.append(Arrival(channel="email", brand=job.brand, raw=raw, received_at=utc_now()))
        size += len(raw)
    if batch:
        yield batch


def _in_shadow(desk: Desk, brand: str) -> Desk:
    """The same desk, which sends nothing of this brand's."""
    quiet = replace(desk.playbooks[brand], mode=Mode.SHADOW, modes={})
    return replace(desk, playbooks={**desk.playbooks, brand: quiet})


@contextmanager
def _bar(total: int) -> Iterator[Callable[[int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err) as progress:
        task = progress.add_task("Taking in mail", total=total)
        yield lambda count: progress.advance(task, count)
