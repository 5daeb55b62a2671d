"""Random orders of mails, codes, staff, clock and crashes on the whole road, judged by what the database holds.

The laws of one talk are played a thousand times in `tests/core/test_lives_of_requests.py`; here are fewer orders, with
the database, the sweeps, and a process that is killed at any moment.
"""

import sqlite3
from pathlib import Path
from random import Random

import pytest

from bot import staff
from bot.core.tickets import PROVED_STATES, State
from bot.engine.desk import Desk
from bot.engine.loop import EmbeddedLoop
from bot.engine.sweeps import sweep
from bot.staff import Clerk
from bot.store import NotAllowed

from .fakes import House, a_mail, receive, work
from .letters import code_in

ORDERS = 12
EVENTS = 14
WISHES = ("deletion", "access", "correction", "unsubscribe", "objection please", "what about orders")


async def crash(desk: Desk) -> None:
    """The process dies with a message in its hands; the next one takes it up."""
    await desk.store.claim("embedded", now=desk.now(), lease=desk.now() - desk.now())
    await desk.store.release("embedded")
    await desk.store.release_outgoing("embedded")


async def act(house: House, desk: Desk, chance: Random) -> None:
    clerk = Clerk(name="dora", store=desk.store, playbooks=desk.playbooks, now=lambda: house.now)
    for row in await desk.store.requests():
        what = chance.choice(["take", "complete", "deny", "cancel", "confirm", ""])
        try:
            match what:
                case "take":
                    await staff.take(clerk, row.reference)
                case "complete":
                    await staff.complete(clerk, row.reference)
                case "deny":
                    await staff.deny(clerk, row.reference, reason="no_match", words="We found nothing.")
                case "cancel":
                    await staff.cancel(clerk, row.reference)
                case "confirm":
                    await staff.confirm(clerk, row.reference, words="seen")
        except NotAllowed:
            pass


async def play(house: House, desk: Desk, chance: Random) -> int:
    """Events in a random order; how many mails came in."""
    mails = 0
    for _ in range(EVENTS):
        match chance.choice(["mail", "mail", "mail", "code", "code", "wrong", "staff", "clock", "crash", "work"]):
            case "mail":
                mails += 1
                sender = chance.choice(["ada@example.org", "eve@example.net"])
                await receive(desk, a_mail(chance.choice(WISHES), sender=sender, number=mails), now=house.now)
            case "code" if any(b"Your code" in sent.payload for sent in house.post):
                mails += 1
                await receive(desk, a_mail(code_in(house), number=mails), now=house.now)
            case "wrong":
                mails += 1
                await receive(desk, a_mail(f"{chance.randrange(10**6):06d}", number=mails), now=house.now)
            case "staff":
                await act(house, desk, chance)
            case "clock":
                house.later(minutes=chance.choice([1, 30, 60 * 25, 60 * 24 * 8]))
                await sweep(desk)
            case "crash":
                await crash(desk)
            case _:
                await work(desk)
        if chance.random() < 0.5:
            await EmbeddedLoop(desk).handle_all()
    await work(desk)
    return mails


@pytest.mark.parametrize("seed", range(ORDERS))
async def test_no_order_of_events_breaks_a_law(tmp_path: Path, seed: int) -> None:
    house, chance = House(folder=tmp_path), Random(seed)
    desk = house.desk()
    mails = await play(house, desk, chance)

    rows = await desk.store.requests(limit=1000)
    broken = await desk.store.broken_chains()
    overview = await desk.store.overview()
    await house.close()
    with sqlite3.connect(tmp_path / "desk.sqlite3") as database:
        proofs = dict(database.execute("SELECT id, level FROM verification").fetchall())
        told = database.execute("SELECT reference, state, level_needed, verification_id FROM request").fetchall()
        dead = database.execute("SELECT COUNT(*) FROM deadline WHERE step = 'answer'").fetchone()[0]
        nonces = database.execute("SELECT COUNT(*) FROM outbox WHERE state = 'sent' AND nonce <> ''").fetchone()[0]
        audit = database.execute("SELECT group_concat(details) FROM audit").fetchone()[0] or ""
    database.close()

    # None is open without a proof of its level, and none of the requests that were made is gone.
    for _, state, needed, proof in told:
        if State(state) in PROVED_STATES:
            assert proofs[proof] >= needed
    made = audit.count('"right"')
    assert len(told) == made == len({reference for reference, *_ in told}) == len(rows)
    assert dead >= len(told)
    # None is due later than the law's month after it came.
    assert all((row.due_at - row.received_at).days <= 32 for row in rows if row.due_at)
    # Every message was handled once, and nothing of anybody stands in the audit.
    assert overview.unhandled == overview.shunted == 0
    assert sum(overview.messages.values()) == mails
    assert "@" not in audit
    assert nonces == 0
    assert broken == ()
