"""The record shows every change to it: a flipped byte, a missing row, a row put elsewhere, an end that was cut off."""

from datetime import timedelta

import pytest

from bot.core.effects import Quotation, Reply, Suppress
from bot.core.playbook import Mode
from bot.core.tickets import State
from bot.store import Store, audit
from bot.store.audit import ANCHOR, CHANGED, CUT_OFF, MISSING
from intents.reading import FoundIntent, Reading

from .builders import ADDRESS, KEYS, NOW, a_decision, a_message, a_verification, an_opening, claimed, saved

pytestmark = pytest.mark.anyio

CHAIN = "request PD-AAAA-AAAA"


async def a_life(store: Store) -> None:
    """A request that was made, taken and completed: three rows in its chain."""
    await saved(store, an_opening(state=State.OPEN, verification=a_verification()))
    await store.change_request("PD-AAAA-AAAA", State.IN_PROGRESS, by="dora", now=NOW)
    await store.change_request("PD-AAAA-AAAA", State.COMPLETED, by="dora", now=NOW)


async def tamper(store: Store, *statements: str) -> None:
    async with store.database.writing() as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)


async def found(store: Store, **kept: str) -> list[tuple[str, int, str]]:
    elsewhere = {day.strip("_").replace("_", "-"): digest for day, digest in kept.items()}
    return [(fault.chain, fault.number, fault.what) for fault in await store.evidence.faults(elsewhere)]


async def test_a_record_that_nobody_touched_is_whole(store: Store) -> None:
    await a_life(store)
    await store.evidence.anchor()

    assert await found(store) == []
    assert await store.evidence.size() == (2, 4)


@pytest.mark.parametrize(
    ("statement", "number", "what"),
    [
        ("UPDATE audit SET actor = 'dorb' WHERE number = 2 AND chain LIKE 'request%'", 2, CHANGED),
        ("UPDATE audit SET details = '{}' WHERE number = 2 AND chain LIKE 'request%'", 2, CHANGED),
        ("UPDATE audit SET event = 'request_moveD' WHERE number = 3 AND chain LIKE 'request%'", 3, CHANGED),
        ("DELETE FROM audit WHERE number = 2 AND chain LIKE 'request%'", 2, MISSING),
        ("DELETE FROM audit WHERE number = 1 AND chain LIKE 'request%'", 1, MISSING),
    ],
)
async def test_a_changed_or_missing_row_is_found_by_its_number(
    store: Store, statement: str, number: int, what: str
) -> None:
    await a_life(store)

    # A percent sign is the driver's own on PostgreSQL.
    await tamper(store, statement.replace("LIKE 'request%'", f"= '{CHAIN}'"))

    assert await found(store) == [(CHAIN, number, what)]


async def test_rows_that_changed_places_are_found(store: Store) -> None:
    await a_life(store)

    await tamper(
        store,
        f"UPDATE audit SET number = 9 WHERE number = 2 AND chain = '{CHAIN}'",
        f"UPDATE audit SET number = 2 WHERE number = 3 AND chain = '{CHAIN}'",
        f"UPDATE audit SET number = 3 WHERE number = 9 AND chain = '{CHAIN}'",
    )

    assert (CHAIN, 2, CHANGED) in await found(store)


async def test_an_end_that_was_cut_off_is_missed_by_the_anchor_alone(store: Store) -> None:
    await a_life(store)
    cut = f"DELETE FROM audit WHERE number = 3 AND chain = '{CHAIN}'"
    await tamper(store, cut)
    before = await found(store)

    await tamper(store, "DELETE FROM audit")
    await a_life_again(store)
    await store.evidence.anchor()
    await tamper(store, cut.replace(CHAIN, "request PD-BBBB-BBBB"))

    assert before == []
    assert ("request PD-BBBB-BBBB", 3, CUT_OFF) in await found(store)


async def a_life_again(store: Store) -> None:
    opening = an_opening(state=State.OPEN, verification=a_verification(), reference="PD-BBBB-BBBB")
    await saved(store, opening, key="again")
    await store.change_request("PD-BBBB-BBBB", State.IN_PROGRESS, by="dora", now=NOW)
    await store.change_request("PD-BBBB-BBBB", State.COMPLETED, by="dora", now=NOW)


async def test_a_whole_chain_that_is_gone_is_missed_by_its_anchor(store: Store) -> None:
    await a_life(store)
    await store.evidence.anchor()

    await tamper(store, f"DELETE FROM audit WHERE chain = '{CHAIN}'")

    assert await found(store) == [(CHAIN, 3, CUT_OFF)]


async def test_an_anchor_is_made_once_a_day_and_holds_the_heads_that_moved(store: Store) -> None:
    await a_life(store)
    first, same_day = await store.evidence.anchor(), await store.evidence.anchor()
    later = Store(store.database, KEYS, host="shop.example", clock=lambda: NOW + timedelta(days=1))
    await saved(store, Suppress(address=ADDRESS, purpose="sale"), key="later")
    second = await later.evidence.anchor()

    assert first is not None
    assert same_day is None
    assert second is not None
    # The conversation's chain moved, the suppression's began; the request's stood still.
    assert (first.heads, second.heads) == (2, 2)
    assert await found(store) == []


async def test_an_anchor_that_was_changed_or_left_out_is_found(store: Store) -> None:
    await a_life(store)
    anchor = await store.evidence.anchor()
    assert anchor is not None
    kept = {f"_{anchor.day.replace('-', '_')}": anchor.digest}

    await tamper(store, "DELETE FROM anchored_head", "DELETE FROM anchor")

    assert await found(store) == []
    assert await found(store, **kept) == [(f"anchor {anchor.day}", 0, ANCHOR)]


async def test_a_head_that_was_taken_out_of_an_anchor_is_found(store: Store) -> None:
    await a_life(store)
    anchor = await store.evidence.anchor()
    assert anchor is not None

    await tamper(store, f"DELETE FROM anchored_head WHERE chain = '{CHAIN}'")

    assert await found(store) == [(f"anchor {anchor.day}", 1, ANCHOR)]


async def test_who_looked_is_on_record(store: Store) -> None:
    await a_life(store)

    await store.evidence.viewed("PD-AAAA-AAAA", by="finn", what="case")
    await store.evidence.viewed("", by="finn", what="list")

    detail = await store.request("PD-AAAA-AAAA")
    assert detail is not None
    assert [(row.actor, row.event) for row in detail.audit][-1] == ("finn", "request_viewed")
    assert await found(store) == []


async def test_what_was_read_and_quoted_is_on_record_as_digests(store: Store) -> None:
    claim = await claimed(store)
    read = Reading(intents=(FoundIntent(name="deletion", confidence=0.934, evidence="delete my account"),))
    quote = Quotation(text="We keep it.", section="1", first_line=3, last_line=4, policy_sha256="ab" * 32)
    decision = a_decision(Reply(parts=(quote,)), reading=read)

    await store.save(claim, decision, message=a_message(), mode=Mode.AUTOMATIC, now=NOW)

    async with store.database.reading() as connection:
        rows = await audit.rows_of(connection, audit.of_conversation("talk"))
    told = rows[-1].details
    digest = KEYS.digest("evidence", "delete my account")[:32]
    assert told["read"] == [f"deletion 0.93 {digest}"]
    assert told["quoted"] == [f"{'ab' * 32} lines 3-4"]
    assert told["rules"] == ["some_rule"]
