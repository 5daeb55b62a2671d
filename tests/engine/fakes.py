"""The ends of the road: a reader that is told what to read, a policy of one sentence, a post office."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.channels import Arrival, Receipt, Rendered
from bot.channels.mail.channel import MailChannel
from bot.channels.mail.smtp_out import Submission
from bot.channels.memory import MemoryChannel
from bot.core.playbook import Mode
from bot.directory import CustomerDirectory
from bot.engine.desk import Desk
from bot.engine.intake import accept
from bot.engine.loop import EmbeddedLoop
from bot.keys import Keys
from bot.store import Store
from bot.store.dispatch import Dispatch
from bot.store.upgrade import upgrade
from intents import FoundIntent, Reading
from policy_faq import PolicyAnswer, Quote
from tests.core.builders import NOW, a_playbook

SHOP = "hello@shop.example"
KEYS = Keys(current=b"k" * 32, old=())
SENTENCE = "We keep orders for seven years."


class ToldReader:
    """Reads the intents whose names stand in the text, unless it is told to fail."""

    def __init__(self) -> None:
        self.failures = 0

    def read(self, text: str, *, subject: str = "", channel: str = "email") -> Reading:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("the reader broke on: " + text)
        words = text.replace(",", " ").split()
        known = a_playbook().handling
        found = [FoundIntent(name=word, confidence=0.9, evidence=text) for word in words if word in known]
        return Reading(intents=tuple(found), language="en")

    def read_many(self, messages: Iterable[tuple[str, str]]) -> list[Reading]:
        return [self.read(text, subject=subject) for text, subject in messages]


class OneSentence:
    """A policy that says one thing, about orders."""

    async def answer(self, brand: str, question: str, *, language: str, about: str = "") -> PolicyAnswer | None:
        quote = Quote(text=SENTENCE, section="Keeping", first_line=7, last_line=7, start=0, end=len(SENTENCE))
        quotes = (quote,) if "orders" in question else ()
        return PolicyAnswer(question=question, quotes=quotes, confidence=0.9, policy_sha256="ab" * 32)


@dataclass(kw_only=True)
class House:
    """A desk in a folder, with its clock and its post in the test's hands."""

    folder: Path
    mode: Mode = Mode.AUTOMATIC
    modes: Mapping[str, Mode] = field(default_factory=dict)
    now: datetime = NOW
    reader: ToldReader = field(default_factory=ToldReader)
    post: list[Rendered] = field(default_factory=list)
    refusal: Exception | None = None
    directory: CustomerDirectory | None = None
    #: A database of its own in `folder` where there is none.
    url: str = ""
    dispatch: Dispatch | None = None
    _opened: list[Store] = field(default_factory=list)

    def desk(self) -> Desk:
        url = self.url or self._own_database()
        store = Store.open(url, KEYS, host="shop.example", clock=lambda: self.now, dispatch=self.dispatch)
        self._opened.append(store)
        playbook = a_playbook(mode=self.mode, modes=self.modes, has_directory=self.directory is not None)
        return Desk(
            store=store,
            classifier=self.reader,
            oracle=OneSentence(),
            channels={"email": _Mail(self), "terminal": MemoryChannel()},
            playbooks={"rings": playbook},
            keys=KEYS,
            now=lambda: self.now,
            directories={"rings": self.directory} if self.directory else {},
        )

    def _own_database(self) -> str:
        path = self.folder / "desk.sqlite3"
        if not path.exists():
            path.write_bytes(_empty_database())
        return f"sqlite:///{path}"

    async def close(self) -> None:
        for store in self._opened:
            await store.close()

    def later(self, **delay: float) -> None:
        self.now += timedelta(**delay)


class _Mail:
    """`MailChannel` with the house's post instead of a server."""

    name = "email"

    def __init__(self, house: House) -> None:
        self._house = house
        self._real = MailChannel(
            addresses={"rings": SHOP}, host="shop.example", keys=KEYS, submission=Submission(host="127.0.0.1")
        )
        self.key, self.parse, self.render = self._real.key, self._real.parse, self._real.render

    async def send(self, rendered: Rendered) -> Receipt:
        if self._house.refusal is not None:
            raise self._house.refusal
        self._house.post.append(rendered)
        return Receipt(said="250 OK")


@cache
def _empty_database() -> bytes:
    """A database at the newest schema: copying it is quicker than to upgrade for each test."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.sqlite3"
        upgrade(f"sqlite:///{path}")
        return path.read_bytes()


async def receive(desk: Desk, *mails: bytes, now: datetime = NOW) -> list[str]:
    """Accept mails as the SMTP door would; returns their inbox ids."""
    arrivals = [Arrival(channel="email", brand="rings", raw=raw, received_at=now) for raw in mails]
    return [(await accept(desk, arrival)).inbox_id for arrival in arrivals]


async def work(desk: Desk) -> None:
    """Handle and deliver until nothing is left to do now."""
    loop = EmbeddedLoop(desk)
    await loop.handle_all()
    await loop.deliver_all()


def a_mail(text: str, *, sender: str = "ada@example.org", number: int = 1, **headers: str) -> bytes:
    """A plain message; `headers` with _ for -."""
    lines = {
        "From": sender,
        "To": SHOP,
        "Subject": "Hello",
        "Date": "Mon, 02 Mar 2026 10:00:00 +0000",
        "Message-ID": f"<{number}@customers.example>",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{head}\r\n{text}\r\n".encode()
