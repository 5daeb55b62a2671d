"""Mails through SMTP and through IMAP arrive once each, with flat memory: how many a second, beside the raw servers.

Run `python -m tests.bench.bench_mail [SMTP] [IMAP]`, 10,000 each unless told otherwise, 0 for none. What is measured is
the road from the wire to the disk: parsed in the child, stored in SQLite, the cursor kept. The raw servers do the same
mails in the same run: Postfix takes them into its queue (or, without root, our library's server into a Maildir), and a
bare IMAP client fetches them from the same Dovecot.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from imapclient import IMAPClient

from bot.channels import Arrival
from bot.channels.mail.channel import MailChannel
from bot.channels.mail.imap_in import ImapMailbox, Position
from bot.channels.mail.imap_watch import watch
from bot.channels.mail.parsing_child import ParsingChild
from bot.channels.mail.sink import MailSink
from bot.channels.mail.smtp_in import SmtpReceiver
from bot.channels.mail.smtp_out import Submission
from bot.engine.desk import Desk
from bot.engine.intake import accept
from bot.keys import Keys
from bot.store import Cursor, Store
from bot.store.upgrade import upgrade
from bot.wiring import utc_now
from tests.bench.mail_sender import SHOP, a_mail
from tests.engine.fakes import OneSentence, ToldReader

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "channels/mail"))

from dovecot import PASSWORD, Dovecot, running_dovecot
from postfix import running_postfix
from postfix import usable as postfix_usable

_KEYS = Keys(current=b"k" * 32)


def memory() -> float:
    """Megabytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


@asynccontextmanager
async def desk_in(folder: Path) -> AsyncIterator[Desk]:
    url = f"sqlite:///{folder / 'desk.sqlite3'}"
    await asyncio.to_thread(upgrade, url)
    store, child = Store.open(url, _KEYS), ParsingChild()
    mail = MailChannel(
        addresses={"marigold": SHOP}, host="marigoldandfinch.example", keys=_KEYS, child=child,
        submission=Submission(host="127.0.0.1"),
    )  # fmt: skip
    try:
        yield Desk(
            store=store, classifier=ToldReader(), oracle=OneSentence(), channels={"email": mail}, playbooks={},
            keys=_KEYS, now=utc_now,
        )  # fmt: skip
    finally:
        child.close()
        await store.close()


class Counter:
    """Accepts, counts, and looks at the memory ten times on the way."""

    def __init__(self, desk: Desk, expected: int) -> None:
        self._desk, self._expected = desk, expected
        self.fresh = self.repeated = 0
        self.memory: list[float] = []
        self.full = asyncio.Event()

    async def accept(self, arrival: Arrival) -> None:
        accepted = await accept(self._desk, arrival)
        self.fresh += accepted.fresh
        self.repeated += not accepted.fresh
        if self.fresh % max(1, self._expected // 10) == 0:
            self.memory.append(memory())
        if self.fresh >= self._expected:
            self.full.set()

    async def told(self, what: str, seconds: float, raw: float) -> None:
        stored = (await self._desk.store.overview()).unhandled
        rate = self._expected / seconds
        print(
            f"{what}: {stored} of {self._expected} stored, {self.repeated} came twice; {rate:.0f} a second, the raw"
            f" server {raw:.0f} ({rate / raw:.0%}); memory {self.memory[0]:.0f} MB after a tenth,"
            f" {self.memory[-1]:.0f} MB at the end",
            flush=True,
        )
        assert stored == self._expected


async def send(port: int, count: int) -> float:
    """Seconds until the last mail was acknowledged."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "tests.bench.mail_sender", str(port), str(count)]
    process = await asyncio.create_subprocess_exec(*command)
    assert await process.wait() == 0
    return time.perf_counter() - begun


async def raw_smtp(count: int, folder: Path) -> float:
    """Mails a second that a raw server takes from the same sender."""
    async with MailSink(folder / "raw") as sink:
        if not postfix_usable():
            return count / await send(sink.port, count)
        with running_postfix(transport=f"smtp:[127.0.0.1]:{sink.port}", relay=f"[127.0.0.1]:{sink.port}") as postfix:
            return count / await send(postfix.port, count)


async def smtp(count: int, folder: Path) -> None:
    raw = await raw_smtp(count, folder)
    async with desk_in(folder) as desk:
        counter = Counter(desk, count)
        async with SmtpReceiver(counter.accept, {SHOP: "marigold"}) as receiver:
            seconds = await send(receiver.port, count)
        await counter.told("SMTP", seconds, raw)


@contextmanager
def filled(count: int) -> Iterator[Dovecot]:
    """A Dovecot whose inbox holds the mails."""
    with running_dovecot() as server:
        user = server.other(SHOP)
        with user.session():
            pass
        inbox = server.home / "mail" / SHOP / "Maildir" / "new"
        owner = inbox.stat()
        for number in range(count):
            path = inbox / f"{1_700_000_000 + number}.M{number}.bench"
            path.write_bytes(a_mail(number))
            os.chown(path, owner.st_uid, owner.st_gid)
        yield user


def raw_imap(server: Dovecot, count: int) -> float:
    """Mails a second that a bare client fetches, in the same batches."""
    with IMAPClient("127.0.0.1", server.imap, ssl=False) as client:
        client.login(server.user, PASSWORD)
        client.select_folder("INBOX", readonly=True)
        uids = client.search(["ALL"])
        begun = time.perf_counter()
        for start in range(0, count, 50):
            client.fetch(uids[start : start + 50], ["BODY.PEEK[]", "INTERNALDATE"])
        return count / (time.perf_counter() - begun)


async def imap(count: int, folder: Path) -> None:
    with filled(count) as server:
        raw = await asyncio.to_thread(raw_imap, server, count)
        async with desk_in(folder) as desk:
            counter, stop = Counter(desk, count), asyncio.Event()

            async def load() -> Position | None:
                return None

            async def save(position: Position) -> None:
                cursor = Cursor(uidvalidity=position.uidvalidity, last_uid=position.last_uid)
                await desk.store.set_cursor(server.user, "INBOX", cursor)

            begun = time.perf_counter()
            watching = asyncio.create_task(watch(ImapMailbox(server.settings()), counter.accept, load, save, stop))
            await counter.full.wait()
            seconds = time.perf_counter() - begun
            stop.set()
            await watching
            await counter.told("IMAP", seconds, raw)


async def main(through_smtp: int, through_imap: int) -> None:
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        if through_smtp:
            await smtp(through_smtp, Path(one))
        if through_imap:
            await imap(through_imap, Path(other))


if __name__ == "__main__":
    counts = [int(word) for word in sys.argv[1:]]
    asyncio.run(main(*(counts or [10_000, 10_000])))
