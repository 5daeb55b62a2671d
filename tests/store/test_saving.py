"""One transaction saves everything that follows from a message, or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select

from bot.core.conversation import Proof, Proved, Unproved, WaitingForCode
from bot.core.effects import AmendRequest, Drop, HandToStaff, LeaveUntouched, Line, Quotation, Reply, Suppress
from bot.core.playbook import Mode
from bot.core.tickets import State
from bot.errors import OurFault
from bot.store import ClaimLost, Store
from bot.store.schema import Inbox, Suppression, Table

from .builders import (
    ADDRESS,
    LEASE,
    NOW,
    a_code,
    a_conversation,
    a_decision,
    a_message,
    a_reply,
    a_request,
    a_verification,
    an_arrival,
    an_opening,
    claimed,
    saved,
)

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)
WAITING = WaitingForCode(digest="d" * 64, address=ADDRESS, expires_at=NOW + HOUR, wrong_tries=2)
PROVED = Proved(level=1, method="code", address=ADDRESS, at=NOW, until=NOW + HOUR)
EVERYTHING = (
    an_opening(),
    an_opening(reference="PD-BBBB", right="unsubscribe", level=0, state=State.OPEN, verification=a_verification()),
    a_reply(),
    a_code(),
    Suppress(address=ADDRESS, purpose="marketing"),
    HandToStaff(reason="asked_for_a_human", urgent=True),
)


async def rows(store: Store) -> dict[str, int]:
    """How many rows each table has."""
    async with store.database.reading() as connection:
        return {
            table.name: await connection.scalar(select(func.count()).select_from(table)) or 0
            for table in Table.metadata.sorted_tables
        }


@pytest.mark.parametrize("proof", [Unproved(), WAITING, PROVED], ids=lambda proof: type(proof).__name__)
async def test_a_conversation_comes_back_as_it_was(store: Store, proof: Proof) -> None:
    request = a_request()
    talk = a_conversation(proof=proof, wanted=("access",), asked=("deletion", "access"), greeted=True)

    await saved(store, an_opening(), conversation=talk)

    assert await store.conversation("talk") == a_conversation(
        proof=proof, wanted=("access",), asked=("deletion", "access"), greeted=True, requests=(request,)
    )


async def test_requests_of_one_message_keep_their_order(store: Store) -> None:
    references = ["PD-9", "PD-1", "PD-5"]

    await saved(store, *(an_opening(reference=reference) for reference in references))

    found = await store.conversation("talk")
    assert found is not None
    assert [request.reference for request in found.requests] == references


async def test_a_later_message_changes_the_conversation(store: Store) -> None:
    await saved(store, an_opening(), conversation=a_conversation(proof=WAITING))
    opened = AmendRequest(reference="PD-AAAA-AAAA", to=State.OPEN, verification=a_verification())

    await saved(store, opened, key="2", conversation=a_conversation(proof=PROVED))

    found = await store.conversation("talk")
    assert found is not None
    assert (found.proof, found.requests) == (PROVED, (a_request(state=State.OPEN),))


async def test_one_proof_carries_several_requests_in_one_row(store: Store) -> None:
    await saved(store, an_opening(), an_opening(reference="PD-B", right="correction"))
    opened = [
        AmendRequest(reference=reference, to=State.OPEN, verification=a_verification())
        for reference in ("PD-AAAA-AAAA", "PD-B")
    ]

    await saved(store, *opened, key="2")

    assert (await rows(store))["verification"] == 1


async def test_every_effect_makes_its_row(store: Store) -> None:
    await saved(store, *EVERYTHING)

    found = await rows(store)
    expected = {"conversation": 1, "request": 2, "deadline": 4, "verification": 1, "outbox": 2, "suppression": 1}
    assert {name: found[name] for name in expected} == expected
    assert found["staff_item"] == 1
    assert await store.broken_chains() == ()


@contextmanager
def breaking_at(store: Store, number: int) -> Iterator[list[str]]:
    """The database breaks at the statement with this number; gives the statements that were tried."""
    seen: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)
        if len(seen) == number:
            raise ConnectionError("the cable was pulled")

    engine = store.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", count)


async def test_a_save_that_breaks_at_any_statement_leaves_nothing(store: Store) -> None:
    claim = await claimed(store)
    before = await rows(store)
    number = 0

    async def save() -> None:
        await store.save(claim, a_decision(*EVERYTHING), message=a_message(), mode=Mode.AUTOMATIC, now=NOW)

    while True:
        number += 1
        with breaking_at(store, number) as seen:
            try:
                await save()
            except OurFault:
                pass
            else:
                break
        assert await rows(store) == before
        assert (await store.overview()).unhandled == 1

    # The loop ended because no statement was left to break.
    assert len(seen) < number
    assert number > 20
    assert (await store.overview()).messages == {"request_opened": 1}


async def test_a_save_against_a_conversation_that_moved_on_is_refused(store: Store) -> None:
    await saved(store, a_reply())
    claim = await claimed(store, key="2")
    async with store.database.writing() as connection:
        await connection.exec_driver_sql("UPDATE conversation SET version = version + 1")

    with pytest.raises(ClaimLost):
        await store.save(claim, a_decision(a_reply()), message=a_message(), mode=Mode.AUTOMATIC, now=NOW)


async def test_a_decision_about_another_conversation_is_refused(store: Store) -> None:
    claim = await claimed(store)
    decision = a_decision(a_reply(), conversation=a_conversation(id="another talk"))

    with pytest.raises(OurFault):
        await store.save(claim, decision, message=a_message(), mode=Mode.AUTOMATIC, now=NOW)


async def test_a_request_of_another_conversation_cannot_be_amended(store: Store) -> None:
    await saved(store, an_opening(), conversation=a_conversation(id="other"))
    claim = await claimed(store, key="2")
    decision = a_decision(AmendRequest(reference="PD-AAAA-AAAA", to=State.CANCELLED))

    with pytest.raises(OurFault):
        await store.save(claim, decision, message=a_message(), mode=Mode.AUTOMATIC, now=NOW)


async def test_a_step_that_the_states_do_not_know_is_refused(store: Store) -> None:
    await saved(store, an_opening())
    await saved(store, AmendRequest(reference="PD-AAAA-AAAA", to=State.CANCELLED), key="2")
    claim = await claimed(store, key="3")
    back = a_decision(AmendRequest(reference="PD-AAAA-AAAA", to=State.OPEN, verification=a_verification()))

    with pytest.raises(OurFault):
        await store.save(claim, back, message=a_message(), mode=Mode.AUTOMATIC, now=NOW)


@pytest.mark.parametrize(
    ("mode", "state"), [(Mode.SHADOW, "shadow"), (Mode.APPROVE, "held"), (Mode.AUTOMATIC, "queued")]
)
async def test_the_mode_says_whether_a_reply_leaves(store: Store, mode: Mode, state: str) -> None:
    await saved(store, a_reply(), a_code(), mode=mode)

    assert (await store.overview()).outgoing == {state: 2}
    assert (await store.claim_outgoing("sender", now=NOW, lease=LEASE) is not None) == (state == "queued")


async def test_parts_come_back_as_they_were(store: Store) -> None:
    quotation = Quotation(text="  We keep\tit é\n", section="5", first_line=7, last_line=8, policy_sha256="a" * 64)
    parts = (Line(key="hello", values={"shop": "Marigold & Söhne"}), quotation)

    await saved(store, Reply(parts=parts))

    queued = await store.claim_outgoing("sender", now=NOW, lease=LEASE)
    assert queued is not None
    assert queued.outgoing.parts == parts


async def test_a_suppression_is_kept_once_whatever_its_letter_case(store: Store) -> None:
    await saved(store, Suppress(address="Ada@Customers.example", purpose="marketing"))
    await saved(store, Suppress(address="ada@customers.example", purpose="marketing"), key="2")
    await saved(store, Suppress(address="ada@customers.example", purpose="sale"), key="3")

    async with store.database.reading() as connection:
        found = await connection.execute(select(Suppression.purpose, Suppression.address).order_by(Suppression.purpose))
        assert found.all() == [("marketing", "Ada@Customers.example"), ("sale", "ada@customers.example")]
        shown = await connection.exec_driver_sql("SELECT purpose FROM suppressions ORDER BY purpose")
        assert shown.scalars().all() == ["marketing", "sale"]


@pytest.mark.parametrize("effect", [LeaveUntouched(), Drop(rule="L01")])
async def test_of_a_message_that_is_not_ours_only_digest_and_verdict_stay(store: Store, effect: Any) -> None:
    before = await rows(store)
    arrival = an_arrival(external_id="<1@x>", origin={"uid": "17"}, envelope={"mail_from": ADDRESS})
    await store.accept(arrival, key="key-1", conversation="talk")
    claim = await store.claim("worker", now=NOW, lease=LEASE)
    assert claim is not None

    await store.save(claim, a_decision(effect), message=a_message(), mode=Mode.AUTOMATIC, now=NOW)

    async with store.database.reading() as connection:
        row = (await connection.exec_driver_sql("SELECT * FROM inbox")).mappings().one()
    erased = {"raw", "external_id", "origin", "envelope", "received_at", "conversation_id", "claimed_by", "failed_at"}
    assert {name for name in row if row[name] is None} == erased | {"claimed_until", "message_digest"}
    assert await rows(store) == before | {"inbox": 1}


async def test_a_message_that_was_left_untouched_is_known_when_it_comes_again(store: Store) -> None:
    await saved(store, LeaveUntouched())

    again = await store.accept(an_arrival(), key="key-1", conversation="talk")

    assert not again.fresh


async def test_a_chat_that_got_one_line_keeps_no_message(store: Store) -> None:
    chat = a_message(channel="memory", thread="chat-7", address="")

    await saved(store, LeaveUntouched(), a_reply(), message=chat, conversation=a_conversation(channel="memory"))

    async with store.database.reading() as connection:
        assert (await connection.exec_driver_sql("SELECT raw FROM inbox")).scalar() is None
    queued = await store.claim_outgoing("sender", now=NOW, lease=LEASE)
    assert queued is not None
    assert (queued.outgoing.recipient, queued.outgoing.channel) == ("chat-7", "memory")


async def test_a_message_that_is_ours_keeps_its_bytes(store: Store) -> None:
    await saved(store, a_reply())

    async with store.database.reading() as connection:
        assert await connection.scalar(select(Inbox.raw)) == an_arrival().raw


async def test_text_that_a_database_refuses_is_cleaned_on_the_way_in(store: Store) -> None:
    await saved(store, a_reply(), message=a_message(subject="a\0b\ud800c", authenticated=True))

    queued = await store.claim_outgoing("sender", now=NOW, lease=LEASE)
    assert queued is not None
    assert queued.outgoing.subject == "a\N{REPLACEMENT CHARACTER}b?c"


async def test_a_conversation_that_waits_for_a_code_is_found_by_its_exact_address(store: Store) -> None:
    await saved(store, a_code(), conversation=a_conversation(id="old", proof=WAITING), now=NOW - HOUR)
    await saved(store, a_code(), conversation=a_conversation(id="new", proof=WAITING), key="2")
    expired = WaitingForCode(digest="x", address="late@customers.example", expires_at=NOW)
    await saved(store, a_code(), conversation=a_conversation(id="expired", proof=expired), key="3")

    async def found(address: str, channel: str = "email") -> list[str]:
        return [talk for talk, _ in await store.waiting_conversations("marigold", channel, address)]

    assert await found(ADDRESS) == ["new", "old"]
    assert await found(ADDRESS.upper()) == []
    assert await found("late@customers.example") == []
    assert await found(ADDRESS, "memory") == []
