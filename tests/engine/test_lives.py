"""Random lives of requests: people, codes, staff, time and a crash in any order, and the laws hold after each event.

`LIVES=100000` in the environment plays the long form.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from bot import staff
from bot.core.tickets import FINAL_STATES, PROVED_STATES, State
from bot.engine.desk import Desk
from bot.engine.sweeps import sweep
from bot.staff import Clerk, TakenDown
from bot.store import NotAllowed
from tests.core.builders import MAILBOX, ONE_MONTH, OTHER_MAILBOX

from .fakes import House, a_mail, receive, work
from .letters import text_of

pytestmark = pytest.mark.anyio

LIVES = int(os.environ.get("LIVES", "12"))
EVENTS = 16
#: Three months, the longest that the law's extension makes of it.
LATEST = timedelta(days=93)

Event = Callable[["Life"], Awaitable[None]]


class Life:
    """One house and what happens in it."""

    def __init__(self, folder: Path, chance: Random) -> None:
        self.house, self.chance = House(folder=folder), chance
        self.desk = self._open()
        self.mails = 0
        self.seen: set[str] = set()

    def _open(self) -> Desk:
        desk = self.house.desk()
        clock = replace(ONE_MONTH, extended=3, pauses=frozenset({"access"}))
        return replace(desk, playbooks={"rings": replace(desk.playbooks["rings"], clocks=(clock,))})

    @property
    def clerk(self) -> Clerk:
        return Clerk(name="dora", store=self.desk.store, playbooks=self.desk.playbooks, now=lambda: self.house.now)

    async def mail(self, words: str, sender: str = MAILBOX) -> None:
        self.mails += 1
        mail = a_mail(words, sender=sender, number=self.mails)
        await receive(self.desk, mail, now=self.house.now)
        await work(self.desk)

    async def asks(self) -> None:
        await self.mail(
            self.chance.choice(["deletion", "access", "correction, access", "unsubscribe", "request_status"])
        )

    async def guesses(self) -> None:
        await self.mail(f"{self.chance.randrange(10**6):06}", sender=self.chance.choice([MAILBOX, OTHER_MAILBOX]))

    async def types_the_code(self) -> None:
        codes = [
            line.split()[-1] for sent in self.house.post for line in text_of(sent).splitlines() if "Your code:" in line
        ]
        if codes:
            await self.mail(self.chance.choice(codes[-2:]))

    async def waits(self) -> None:
        self.house.later(hours=self.chance.choice([1, 25, 25, 100, 200, 500]))

    async def is_swept(self) -> None:
        await sweep(self.desk)
        assert await sweep(self.desk) == 0
        await work(self.desk)

    async def crashes(self) -> None:
        await receive(self.desk, a_mail("deletion", number=10_000 + self.mails), now=self.house.now)
        self.desk = self._open()
        await work(self.desk)

    async def is_acted_on(self) -> None:
        rows = await self.desk.store.requests()
        if not rows:
            return
        reference = self.chance.choice(rows).reference
        try:
            await self._an_act(reference)
        except NotAllowed:
            return

    def _an_act(self, reference: str) -> Awaitable[object]:
        acts: list[Callable[[], Awaitable[object]]] = [
            lambda: staff.take(self.clerk, reference),
            lambda: staff.complete(self.clerk, reference),
            lambda: staff.deny(self.clerk, reference, reason="no_match", words="Nothing."),
            lambda: staff.cancel(self.clerk, reference),
            lambda: staff.hold(self.clerk, reference, words="Which?"),
            lambda: staff.resume(self.clerk, reference),
            lambda: staff.extend(self.clerk, reference, words="Much."),
        ]
        return self.chance.choice(acts)()

    async def comes_by_phone(self) -> None:
        day = self.house.now.date() - timedelta(days=self.chance.randrange(5))
        taken = TakenDown(brand="rings", right="access", door="phone", person=OTHER_MAILBOX, received=day)
        await staff.add(self.clerk, taken)

    async def obeys_the_laws(self) -> None:
        rows = {row.reference: row for row in await self.desk.store.requests(limit=1000)}
        assert self.seen <= set(rows), "a request is gone"
        self.seen |= set(rows)
        for row in rows.values():
            detail = await self.desk.store.request(row.reference)
            assert detail is not None
            if row.state in PROVED_STATES:
                assert detail.verification is not None
                assert detail.verification.level >= row.level
            if row.state not in FINAL_STATES:
                assert detail.deadlines
                held = timedelta(days=200) if any("paused" in d.sum for d in detail.deadlines) else timedelta(0)
                assert all(d.due_at <= row.received_at + LATEST + held for d in detail.deadlines)
            if row.state is State.DENIED:
                assert detail.denial_reason
        assert await self.desk.store.broken_chains() == ()
        assert {sent.recipient for sent in self.house.post} <= {MAILBOX, OTHER_MAILBOX}


EVENTS_THAT_MAY_COME: tuple[Event, ...] = (
    Life.asks,
    Life.asks,
    Life.guesses,
    Life.types_the_code,
    Life.types_the_code,
    Life.waits,
    Life.waits,
    Life.is_swept,
    Life.is_swept,
    Life.crashes,
    Life.is_acted_on,
    Life.is_acted_on,
    Life.is_acted_on,
    Life.comes_by_phone,
)


@pytest.fixture
async def folder() -> AsyncIterator[Path]:
    with TemporaryDirectory() as made:
        yield Path(made)


@pytest.mark.parametrize("seed", range(LIVES))
async def test_the_laws_hold_whatever_happens_in_whatever_order(seed: int, folder: Path) -> None:
    life = Life(folder, Random(seed))

    for _ in range(EVENTS):
        await life.chance.choice(EVENTS_THAT_MAY_COME)(life)
        await life.obeys_the_laws()

    await life.house.close()
