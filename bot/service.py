"""Everything that one process runs: the doors that messages come in by, the embedded loop and the pages."""

import asyncio
import fcntl
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, TextIO

import uvicorn
from starlette.routing import Mount, Route

from bot.channels import Arrival
from bot.channels.mail.imap_in import ImapMailbox, Position
from bot.channels.mail.imap_in import ImapSettings as ImapAccount
from bot.channels.mail.imap_watch import watch, watch_sent
from bot.channels.mail.smtp_in import SmtpReceiver
from bot.channels.telegram.channel import TelegramChannel
from bot.console.app import console
from bot.engine.desk import Desk
from bot.engine.intake import accept, accept_from_sent
from bot.engine.loop import EmbeddedLoop
from bot.errors import BadSetting
from bot.office import make_office
from bot.settings import Settings, WebSettings
from bot.store import Accepted, Cursor, Store
from bot.web import application
from bot.web.chat import Chat
from bot.web.meta import MetaPages
from bot.wiring import make_folder, make_imap_account, make_meta_accounts, open_desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A running desk."""

    desk: Desk
    loop: EmbeddedLoop
    #: What runs and where, for people, e.g. {"mail in": "smtp 127.0.0.1:8025"}.
    running: Mapping[str, str]
    smtp_port: int
    web_port: int

    async def accept(self, arrival: Arrival) -> str:
        """Keep a message and wake the loop; returns the id of its inbox row."""
        accepted = await accept(self.desk, arrival)
        self.loop.nudge()
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
        accounts = [make_imap_account(account) for account in settings.imap]
        desk = await stack.enter_async_context(open_desk(settings))
        loop = EmbeddedLoop(desk, owner=owner)
        stop = asyncio.Event()

        async def keep(arrival: Arrival) -> Accepted:
            accepted = await accept(desk, arrival)
            loop.nudge()
            return accepted

        async def take(arrival: Arrival) -> None:
            await keep(arrival)

        async def take_sent(arrival: Arrival) -> None:
            await accept_from_sent(desk, arrival)
            loop.nudge()

        smtp_port = await stack.enter_async_context(_door(settings, desk, take))
        running = _what_runs(settings, desk, smtp_port)
        chat = Chat(desk, keep, public_url=settings.web.public_url, origins=settings.web.chat_origins)
        telegram = [channel for channel in desk.channels.values() if isinstance(channel, TelegramChannel)]
        pages = {"console": (console(make_office(settings, desk)),), **(more_pages or {})}
        if settings.meta:
            meta = MetaPages(desk, make_meta_accounts(settings), keep, public_url=settings.web.public_url)
            pages |= {"meta": meta.routes()}
        for bots in telegram:
            stack.push_async_callback(bots.close)
            pages |= bots.pages(take, desk.now)
        web_port = await stack.enter_async_context(_pages(desk, chat, settings.web, running, pages))
        jobs = [loop.run(stop), *(_watch(account, desk.store, take, stop) for account in accounts)]
        jobs += [
            _watch(account, desk.store, take_sent, stop, sent=chosen.sent_folder)
            for account, chosen in zip(accounts, settings.imap, strict=True)
            if chosen.sent_folder
        ]
        jobs += [listener for bots in telegram for listener in bots.listeners(take, stop, desk.now)]
        async with _beside(jobs, stop):
            yield Service(desk=desk, loop=loop, running=running, smtp_port=smtp_port, web_port=web_port)


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
async def _door(settings: Settings, desk: Desk, take: Callable[[Arrival], Awaitable[None]]) -> AsyncIterator[int]:
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


@contextmanager
def only_one(settings: Settings) -> Iterator[str]:
    """One embedded loop on one data folder: a second one would only be in its way. Raises `BadSetting`.

    Gives the name of this installation, by which a loop knows what its former lives had in work; no other machine that
    shares the database has the same.
    """
    make_folder(settings)
    path = settings.data_dir / "lock"
    try:
        lock = path.open("a+", encoding="ascii")
    except OSError as error:
        raise BadSetting(f"{path} cannot be written ({error.strerror}); its folder must be yours") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BadSetting(
                f"another privacy-desk works in {settings.data_dir}; stop it first, or set data_dir to another folder"
            ) from None
        yield f"{socket.gethostname()}-{_name_in(lock)}"


def _name_in(lock: TextIO) -> str:
    """A random word, made at the first start."""
    lock.seek(0)
    name = lock.read().strip()
    if not name:
        name = secrets.token_hex(8)
        lock.write(f"{name}\n")
        lock.flush()
    return name


async def _watch(
    account: ImapAccount,
    store: Store,
    take: Callable[[Arrival], Awaitable[None]],
    stop: asyncio.Event,
    *,
    sent: str = "",
) -> None:
    """Follow one inbox, or where `sent` names it the folder of sent mail; how far it was read is in the database."""
    name, folder = f"{account.username}@{account.host}", f"sent: {sent}" if sent else account.folder

    async def load() -> Position | None:
        cursor = await store.cursor(name, folder)
        return Position(uidvalidity=cursor.uidvalidity, last_uid=cursor.last_uid) if cursor else None

    async def save(position: Position) -> None:
        cursor = Cursor(uidvalidity=position.uidvalidity, last_uid=position.last_uid)
        await store.set_cursor(name, folder, cursor)

    if sent:
        await watch_sent(account, sent, take, load, save, stop)
        return
    await watch(ImapMailbox(account), take, load, save, stop)


@asynccontextmanager
async def _pages(
    desk: Desk, chat: Chat, chosen: WebSettings, running: dict[str, str], more: Mapping[str, Sequence[Route | Mount]]
) -> AsyncIterator[int]:
    """Serve the pages; gives the port. Raises `BadSetting` where it is taken."""
    try:
        listening = socket.create_server((chosen.host, chosen.port))
    except OSError as error:
        raise BadSetting(
            f"the pages cannot be served on {chosen.host}:{chosen.port} ({error.strerror}); set web.port to another one"
        ) from error
    port = int(listening.getsockname()[1])
    running["pages"] = f"http://{chosen.host}:{port}/"
    running |= {name: f"http://{chosen.host}:{port}{routes[0].path}" for name, routes in more.items()}
    hanging = (chat.mount(), *(route for routes in more.values() for route in routes))
    server = _Server(uvicorn.Config(application(desk.store, running, hanging), log_level="warning"))
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield port
    finally:
        server.should_exit = True
        # Browsers that wait for news are let go.
        chat.channel.door.close()
        await task


class _Server(uvicorn.Server):
    """A server inside our own process: signals are ours."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
