"""Several messages in one transaction: the same rows as one by one, all of them or none."""

import asyncio

import pytest

from bot.core.effects import LeaveUntouched
from bot.core.playbook import Mode
from bot.store import Claim, ClaimLost, Decided, New, Store

from .builders import KEYS, LEASE, NOW, a_conversation, a_decision, a_message, a_reply, an_arrival

pytestmark = pytest.mark.anyio


def new(key: str, conversation: str = "") -> New:
    return New(arrival=an_arrival(raw=key.encode()), key=key, conversation=conversation or f"talk {key}")


def decided(claim: Claim, *, ordinary: bool = False) -> Decided:
    effect = LeaveUntouched() if ordinary else a_reply()
    decision = a_decision(effect, conversation=a_conversation(id=claim.conversation))
    return Decided(claim=claim, decision=decision, message=a_message(), mode=Mode.AUTOMATIC, now=NOW)


async def test_what_comes_twice_is_stored_once_be_it_in_one_batch_or_in_two(store: Store) -> None:
    first = await store.accept_all([new("1"), new("2"), new("1", "elsewhere")])
    second = await store.accept_all([new("2"), new("3")])

    assert [accepted.fresh for accepted in (*first, *second)] == [True, True, False, False, True]
    assert (first[2].inbox_id, second[0].inbox_id) == (first[0].inbox_id, first[1].inbox_id)


async def test_a_batch_is_claimed_in_the_order_in_which_it_stood(store: Store) -> None:
    await store.accept_all([new(str(number)) for number in range(40)])

    claims = await store.claim_all("worker", now=NOW, lease=LEASE, most=30)
    rest = await store.claim_all("worker", now=NOW, lease=LEASE, most=30)

    assert [claim.arrival.raw.decode() for claim in (*claims, *rest)] == [str(number) for number in range(40)]


async def test_of_one_conversation_only_the_first_is_claimed(store: Store) -> None:
    await store.accept_all([new("1", "talk"), new("2", "talk"), new("3", "other")])

    claims = await store.claim_all("worker", now=NOW, lease=LEASE, most=9)

    assert [claim.arrival.raw for claim in claims] == [b"1", b"3"]


async def test_what_was_begun_and_never_ended_is_claimed_by_itself(store: Store) -> None:
    await store.accept_all([new("1")])
    await store.claim_all("worker", now=NOW, lease=LEASE, most=9)
    await store.release("worker")
    await store.accept_all([new("2"), new("3")])

    claims = [await store.claim_all("worker", now=NOW, lease=LEASE, most=9) for _ in range(2)]

    assert [[claim.arrival.raw for claim in some] for some in claims] == [[b"1"], [b"2", b"3"]]


async def test_what_is_claimed_by_several_at_once_is_given_to_one(store: Store) -> None:
    await store.accept_all([new(str(number)) for number in range(40)])

    several = await asyncio.gather(*(store.claim_all(f"{n}", now=NOW, lease=LEASE, most=15) for n in range(4)))

    taken = [claim.inbox_id for claims in several for claim in claims]
    assert len(taken) == len(set(taken)) == 40


async def test_of_a_batch_each_message_ends_as_it_would_alone(store: Store) -> None:
    await store.accept_all([new("1"), new("2"), new("3")])
    claims = await store.claim_all("worker", now=NOW, lease=LEASE, most=9)

    await store.save_all([decided(claims[0], ordinary=True), decided(claims[1]), decided(claims[2], ordinary=True)])

    overview = await store.overview()
    assert (overview.messages, overview.outgoing) == ({"untouched": 2, "answered": 1}, {"queued": 1})
    assert await store.conversation("talk 2") is not None
    assert await store.conversation("talk 1") is None


async def test_of_a_batch_with_a_lost_claim_nothing_is_written(store: Store) -> None:
    await store.accept_all([new("1"), new("2")])
    claims = await store.claim_all("worker", now=NOW, lease=LEASE, most=9)
    await store.release("worker")
    await store.claim("other", now=NOW, lease=LEASE)

    with pytest.raises(ClaimLost):
        await store.save_all([decided(claims[1]), decided(claims[0])])

    overview = await store.overview()
    assert (overview.messages, overview.outgoing, overview.unhandled) == ({}, {}, 2)


async def test_a_decision_about_another_talk_than_the_claimed_one_spoils_the_batch(store: Store) -> None:
    await store.accept_all([new("1"), new("2")])
    claims = await store.claim_all("worker", now=NOW, lease=LEASE, most=9)
    wrong = a_decision(a_reply(), conversation=a_conversation(id="another"))

    with pytest.raises(Exception, match="about the conversation that was claimed"):
        await store.save_all(
            [
                decided(claims[0]),
                Decided(claim=claims[1], decision=wrong, message=a_message(), mode=Mode.AUTOMATIC, now=NOW),
            ]
        )

    assert (await store.overview()).messages == {}


async def test_two_that_store_the_same_messages_at_once_store_each_once(url: str) -> None:
    stores = [Store.open(url, KEYS, clock=lambda: NOW) for _ in range(3)]
    batch = [new(str(number)) for number in range(20)]

    accepted = await asyncio.gather(*(store.accept_all(batch) for store in stores))

    fresh = [one.inbox_id for some in accepted for one in some if one.fresh]
    same = {tuple(one.inbox_id for one in some) for some in accepted}
    for store in stores:
        await store.close()
    assert (len(fresh), len(set(fresh)), len(same)) == (20, 20, 1)
