"""One run: a desk on SQLite or PostgreSQL, the world writing to it, and somebody who pulls plugs.

Law: what is counted afterwards comes from outside, from the mails handed over and the mails that arrived.
"""

import asyncio
import json
import os
import random
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any

from bot.channels.mail.sink import MailSink
from bot.keys import load_keys
from bot.store import Store
from tests.chaos.feeding import SHOP, World

ROOT = Path(__file__).parents[2]
PATIENCE = 600.0
_FEW = 10


@dataclass(slots=True, kw_only=True)
class Part:
    """One process of the desk, started again whenever it was killed."""

    words: Sequence[str]
    folder: Path
    environment: dict[str, str]
    kills: int = 0
    _process: asyncio.subprocess.Process | None = None
    _log: Any = None

    async def start(self) -> None:
        """Until it says that it is ready."""
        self._log = (self.folder / "log.jsonl").open("ab")
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.chaos.desk",
            *self.words,
            cwd=self.folder,
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._log,
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while not (line := await self._process.stdout.readline()).startswith(b"Ready"):
                assert line, f"{self.words} ended: {self._last_words()}"

    def _last_words(self) -> str:
        """Of the log, what is no mere news."""
        lines = (self.folder / "log.jsonl").read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join([line for line in lines if '"level": "info"' not in line][-12:])

    async def end(self, how: signal.Signals) -> None:
        assert self._process is not None
        with suppress(ProcessLookupError):
            self._process.send_signal(how)
        await self._process.wait()
        self._log.close()
        self.kills += how is signal.SIGKILL


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a run came to."""

    messages: int
    kills: int
    seconds: float
    attempts: int
    counts: dict[str, int] = field(default_factory=dict)
    must_be_0: dict[str, int] = field(default_factory=dict)

    @property
    def uncertain(self) -> int:
        return self.counts.get("messages of ours uncertain", 0)


async def run(
    folder: Path, *, messages: int, url: str = "", workers: int = 0, seed: int = 5, most_kills: int = 1000
) -> Outcome:
    """`url` names a PostgreSQL database for `workers`; without, one process does everything on SQLite."""
    begun, dice = time.monotonic(), random.Random(seed)
    async with MailSink(folder / "sent") as sink:
        world = World(smtp_port=_free_port(), web_port=_free_port(), handed_over=folder / "handed-over")
        _write_settings(folder, world, sink.port, url)
        load_keys(folder / "desk" / "keys", {})
        async with _running(folder, workers) as parts:
            killing = asyncio.create_task(_pull_plugs(parts, dice, most_kills))
            try:
                await world.write(messages)
                # Few messages may be written before the kills that were asked for; then what follows from them is hit.
                if most_kills < _FEW:
                    await killing
            finally:
                killing.cancel()
                with suppress(asyncio.CancelledError):
                    await killing
            store = Store.open(url or f"sqlite:///{folder}/desk/desk.sqlite3", load_keys(folder / "desk" / "keys", {}))
            try:
                await _settled(store)
                outcome = Outcome(
                    messages=world.mails + world.chats,
                    kills=sum(part.kills for part in parts),
                    seconds=time.monotonic() - begun,
                    attempts=world.attempts,
                )
                await _count(outcome, store, sink, world, folder)
            finally:
                await store.close()
    return outcome


@asynccontextmanager
async def _running(folder: Path, workers: int) -> AsyncIterator[list[Part]]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PRIVACY_DESK_")}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"}
    parts = [Part(words=("serve",), folder=folder, environment=environment)]
    for _ in range(workers):
        own = {"PRIVACY_DESK_WEB__PORT": "0"}
        parts.append(Part(words=("worker",), folder=folder, environment=environment | own))
    try:
        for part in parts:
            await part.start()
        yield parts
    finally:
        for part in parts:
            with suppress(AssertionError):
                await part.end(signal.SIGTERM)


async def _pull_plugs(parts: list[Part], dice: random.Random, most: int) -> None:
    """Kill one of them at a time, so long after all of them were ready; it is started again."""
    for _ in range(most):
        await asyncio.sleep(dice.uniform(0.05, 2.0))
        # The doors are one of several; whoever does the work is the more interesting.
        part = parts[0] if len(parts) == 1 or dice.random() < 0.2 else dice.choice(parts[1:])
        await asyncio.shield(_kill_and_start(part))


async def _kill_and_start(part: Part) -> None:
    await part.end(signal.SIGKILL)
    await part.start()


async def _settled(store: Store) -> None:
    async with asyncio.timeout(PATIENCE):
        while (now := await store.overview()).unhandled or now.undelivered:
            await asyncio.sleep(0.3)


async def _count(outcome: Outcome, store: Store, sink: MailSink, world: World, folder: Path) -> None:
    reconciled = await _reconcile(folder)
    outcome.counts, outcome.must_be_0 = reconciled["counts"], dict(reconciled["must_be_0"])
    mails = [BytesParser(policy=default).parsebytes(raw, headersonly=True) for raw in sink.messages()]
    answers = Counter((mail["To"], mail["In-Reply-To"]) for mail in mails if mail["In-Reply-To"])
    requests = Counter((row.claimed_address, row.right) for row in await store.requests(limit=1_000_000))
    handled = await store.overview()
    outcome.must_be_0 |= {
        "people with one request twice": sum(count > 1 for (who, _), count in requests.items() if who),
        "mails answered twice": sum(count - 1 for count in answers.values()),
        "messages not handled": world.mails + world.chats - sum(handled.messages.values()),
        "uncertain beyond one a kill": max(0, outcome.uncertain - outcome.kills),
    }


async def _reconcile(folder: Path) -> dict[str, Any]:
    """The command, as its user would run it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PRIVACY_DESK_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.chaos.desk",
        *("reconcile", "--handed-over", "handed-over", "--sent", "sent", "--json"),
        cwd=folder,
        env=environment | {"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    told: dict[str, Any] = json.loads(out)
    return told


def _write_settings(folder: Path, world: World, relay: int, url: str) -> None:
    shared = f'database = "{url}"\nengine = "workers"\n' if url else ""
    (folder / "privacy-desk.toml").write_text(
        f"""{shared}check_signatures = false

[[brands]]
name = "marigold"
addresses = ["{SHOP}"]
mode = "automatic"

[smtp_in]
port = {world.smtp_port}

[smtp_out]
mails_an_hour = 1000000
mails_to_a_domain = 1000000
port = {relay}

[web]
port = {world.web_port}
"""
    )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
