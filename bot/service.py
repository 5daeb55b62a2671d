"""Everything that one process runs: the doors that messages come in by, the pages, and the work itself.

Law: where workers do the work, this process only takes in and shows; any number of it may run.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import uvicorn
from starlette.routing import Mount, Route

from bot.alone import Work, alone, only_one
from bot.channels import Arrival
from bot.channels.mail.imap_in import ImapMailbox, Position
from bot.channels.mail.imap_in import ImapSettings as ImapAccount
from bot.channels.mail.imap_watch import watch, watch_sent
from bot.channels.mail.smtp_in import SmtpReceiver
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.webchat import Door
from bot.console.app import console
from bot.engine.desk import Desk
from bot.engine.intake import accept, accept_from_sent
from bot.engine.loop import EmbeddedLoop
from bot.errors import BadSetting
from bot.office import make_office
from bot.settings import Settings, WebSettings
from bot.store import Accepted, Cursor, HeldLease, Store
from bot.web import application
from bot.web.api import Api
from bot.web.chat import Chat
from bot.web.customers import CustomersPages
from bot.web.meta import MetaPages
from bot.web.one_click import OneClickPages
from bot.web.packages import PackagePages
from bot.web.policies import PolicyPages
from bot.wiring import make_imap_account, make_meta_accounts, open_desk
from bot.workers import listen_for_answers, make_worker

Take = Callable[[Arrival], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A running desk."""

    desk: Desk
    #: Wakes who does the work.
    nudge: Callable[[], None]
    #: What runs and where, for people, e.g. {"mail in": "smtp 127.0.0.1:8025"}.
    running: Mapping[str, str]
    smtp_port: int
    web_port: int

    async def accept(self, arrival: Arrival) -> str:
        """Keep a message and have it handled; returns the id of its inbox row."""
        accepted = await accept(self.desk, arrival)
        self.nudge()
        return accepted.inbox_id


@asynccontextmanager
async def serving(
    settings: Settings, *, more_pages: Mapping[str, Sequence[Route | Mount]] | None = None
) -> AsyncIterator[Service]:
    """Run everything that is configured until the block is left. Raises `BadSetting` before anything is taken in.

    `more_pages` hang beside the usual ones: a name for people, and the routes, of which the first is the page itself.
    """
    async with AsyncExitStack() as stack:
        owner = stack.enter_context(only_one(settings))
        desk = await stack.enter_async_context(open_desk(settings))
        nudge, work = _work(settings, desk, owner)
        stop = asyncio.Event()

        async def keep(arrival: Arrival) -> Accepted:
            accepted = await accept(desk, arrival)
            nudge()
            return accepted

        async def take(arrival: Arrival) -> None:
            await keep(arrival)

        async def take_sent(arrival: Arrival) -> None:
            await accept_from_sent(desk, arrival)
            nudge()

        smtp_port = await stack.enter_async_context(_door(settings, desk, take))
        running = _what_runs(settings, desk, smtp_port)
        chat = Chat(desk, keep, public_url=settings.web.public_url, origins=settings.web.chat_origins)
        telegram = [channel for channel in desk.channels.values() if isinstance(channel, TelegramChannel)]
        pages = {"console": (console(make_office(settings, desk)),), **(more_pages or {})}
        if settings.meta:
            meta = MetaPages(desk, make_meta_accounts(settings), keep, public_url=settings.web.public_url)
            pages |= {"meta": meta.routes()}
        readers = _mailboxes(settings, desk, take, take_sent)
        for bots in telegram:
            stack.push_async_callback(bots.close)
            pages |= bots.pages(take, desk.now)
            readers["telegram"] = _listen(bots, take, desk)
        packages = PackagePages(desk, public_url=settings.web.public_url).routes()
        one_click = OneClickPages(desk, public_url=settings.web.public_url).routes()
        policies = PolicyPages(desk.store, desk.playbooks).routes()
        customers = (*CustomersPages(desk, keep).routes(), *packages, *one_click, *policies)
        web_port = await stack.enter_async_context(
            _pages(
                desk,
                settings.web,
                running,
                pages,
                [chat.mount(), Api(desk.store, desk.keys).mount(), *customers],
                chat.channel.door,
            )
        )
        jobs = [alone(desk.store, owner, name, reader, stop) for name, reader in readers.items()]
        async with _beside([work(stop), *jobs], stop):
            yield Service(desk=desk, nudge=nudge, running=running, smtp_port=smtp_port, web_port=web_port)


@asynccontextmanager
async def working(settings: Settings, queues: Sequence[str]) -> AsyncIterator[Mapping[str, str]]:
    """Run a worker for these queues until the block is left; gives what runs and where. Raises `BadSetting`."""
    async with AsyncExitStack() as stack:
        owner = stack.enter_context(only_one(settings))
        desk = await stack.enter_async_context(open_desk(settings))
        worker = make_worker(settings, desk, owner, queues)
        running = _what_runs(settings, desk, 0) | {"worker": f"{owner}, for {', '.join(queues)}"}
        await stack.enter_async_context(_pages(desk, settings.web, running, {}))
        stop = asyncio.Event()
        async with _beside([worker.run(stop)], stop):
            yield running


@asynccontextmanager
async def at_the_console(settings: Settings) -> AsyncIterator[Mapping[str, str]]:
    """Only the pages for staff, and the calls of the shop's programs: nothing is taken in or worked on here."""
    async with open_desk(settings) as desk:
        running = _what_runs(settings, desk, 0)
        pages = {"console": (console(make_office(settings, desk)),)}
        async with _pages(desk, settings.web, running, pages, [Api(desk.store, desk.keys).mount()]):
            yield running


def _work(
    settings: Settings, desk: Desk, owner: str
) -> tuple[Callable[[], None], Callable[[asyncio.Event], Coroutine[Any, Any, None]]]:
    """How to wake who does the work, and what this process runs of it."""
    if settings.engine == "embedded":
        loop = EmbeddedLoop(desk, owner=owner)
        return loop.nudge, loop.run
    # The job was written with the row; what is left is to hear of the answers that the workers give.
    return lambda: None, partial(listen_for_answers, settings, desk)


@asynccontextmanager
async def _beside(jobs: Sequence[Coroutine[Any, Any, None]], stop: asyncio.Event) -> AsyncIterator[None]:
    """Run `jobs` beside the block; they are stopped at its end, and one that fails ends the block with its failure."""
    block = asyncio.current_task()

    def ended(job: asyncio.Task[None]) -> None:
        if not job.cancelled() and job.exception() is not None and block is not None and not stop.is_set():
            block.cancel()

    tasks = [asyncio.create_task(job) for job in jobs]
    for task in tasks:
        task.add_done_callback(ended)
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


@asynccontextmanager
async def _door(settings: Settings, desk: Desk, take: Take) -> AsyncIterator[int]:
    """Our own SMTP or LMTP door, where there is one; gives its port, 0 without."""
    door = settings.smtp_in
    if door is None:
        yield 0
        return
    addresses = {address: brand.name for brand in settings.brands for address in brand.addresses}
    if settings.brands and settings.smtp_out.envelope_sender:
        # Bounces of our mails come back here.
        addresses[settings.smtp_out.envelope_sender] = settings.brands[0].name
    async with SmtpReceiver(
        take, addresses, host=door.host, port=door.port, lmtp=door.lmtp, hostname=settings.host, now=desk.now
    ) as receiver:
        yield receiver.port


def _what_runs(settings: Settings, desk: Desk, smtp_port: int) -> dict[str, str]:
    """What runs and where, for people."""
    running = {"database": "SQLite" if settings.database_url.startswith("sqlite") else "PostgreSQL"}
    if (door := settings.smtp_in) is not None:
        running["mail in"] = f"{'LMTP' if door.lmtp else 'SMTP'} {door.host}:{smtp_port}"
    for account in settings.imap:
        running[f"inbox of {account.brand}"] = f"IMAP {account.host}:{account.port} {account.folder}"
    running |= {f"telegram of {bot.brand}": bot.mode for bot in settings.telegram}
    running |= {f"{account.platform} of {account.brand}": "webhook" for account in settings.meta}
    running["mail out"] = f"SMTP {settings.smtp_out.host}:{settings.smtp_out.port}"
    for brand in desk.playbooks.values():
        running[f"brand {brand.brand}"] = f"mode {brand.mode.value}"
    return running


def _mailboxes(settings: Settings, desk: Desk, take: Take, take_sent: Take) -> dict[str, Work]:
    """What follows each inbox, and each folder of sent mail, by the name of its lease."""
    readers: dict[str, Work] = {}
    for chosen in settings.imap:
        account = make_imap_account(chosen)
        readers[_name_of(account)] = _watch(account, desk.store, take)
        if chosen.sent_folder:
            readers[_name_of(account, chosen.sent_folder)] = _watch(
                account, desk.store, take_sent, sent=chosen.sent_folder
            )
    return readers


def _name_of(account: ImapAccount, sent: str = "") -> str:
    return f"imap: {account.username}@{account.host} {f'sent: {sent}' if sent else account.folder}"


def _watch(account: ImapAccount, store: Store, take: Take, *, sent: str = "") -> Work:
    """Follow one inbox, or where `sent` names it the folder of sent mail; how far it was read is in the database."""
    name, folder = f"{account.username}@{account.host}", f"sent: {sent}" if sent else account.folder

    async def load() -> Position | None:
        cursor = await store.cursor(name, folder)
        return Position(uidvalidity=cursor.uidvalidity, last_uid=cursor.last_uid) if cursor else None

    async def follow(held: HeldLease, stop: asyncio.Event) -> None:
        async def save(position: Position) -> None:
            cursor = Cursor(uidvalidity=position.uidvalidity, last_uid=position.last_uid)
            await store.set_cursor(name, folder, cursor, under=held)

        if sent:
            await watch_sent(account, sent, take, load, save, stop)
        else:
            await watch(ImapMailbox(account), take, load, save, stop)

    return follow


def _listen(bots: TelegramChannel, take: Take, desk: Desk) -> Work:
    """Ask for the bots' updates: two who ask at once take them from each other."""

    async def follow(held: HeldLease, stop: asyncio.Event) -> None:
        del held
        await asyncio.gather(*bots.listeners(take, stop, desk.now))

    return follow


@asynccontextmanager
async def _pages(
    desk: Desk,
    chosen: WebSettings,
    running: dict[str, str],
    named: Mapping[str, Sequence[Route | Mount]],
    others: Sequence[Route | Mount] = (),
    door: Door | None = None,
) -> AsyncIterator[int]:
    """Serve the pages, the `named` ones shown to people; gives the port. Raises `BadSetting` where it is taken."""
    try:
        listening = socket.create_server((chosen.host, chosen.port))
    except OSError as error:
        raise BadSetting(
            f"the pages cannot be served on {chosen.host}:{chosen.port} ({error.strerror}); set web.port to another one"
        ) from error
    port = int(listening.getsockname()[1])
    running["pages"] = f"http://{chosen.host}:{port}/"
    running |= {name: f"http://{chosen.host}:{port}{routes[0].path}" for name, routes in named.items()}
    hanging = (*others, *(route for routes in named.values() for route in routes))
    server = _Server(uvicorn.Config(application(desk.store, running, hanging), log_level="warning"))
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield port
    finally:
        server.should_exit = True
        # Browsers that wait for news are let go.
        if door is not None:
            door.close()
        await task


class _Server(uvicorn.Server):
    """A server inside our own process: signals are ours."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
