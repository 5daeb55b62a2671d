"""Nothing lost, nothing twice: accepting, claiming, failing."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from bot.core.playbook import Mode
from bot.keys import Keys
from bot.store import ClaimLost, Store

from .builders import KEYS, LEASE, NOW, a_conversation, a_decision, a_message, a_reply, an_arrival, claimed, saved

pytestmark = pytest.mark.anyio


async def test_a_message_is_stored_once_however_often_it_comes(store: Store) -> None:
    first = await store.accept(an_arrival(), key="same", conversation="talk")
    second = await store.accept(an_arrival(raw=b"other bytes"), key="same", conversation="other")

    assert (first.fresh, second.fresh, first.inbox_id) == (True, False, second.inbox_id)


async def test_a_message_is_known_again_after_the_key_was_replaced(url: str, store: Store) -> None:
    first = await store.accept(an_arrival(), key="same", conversation="talk")
    newer = Store.open(url, Keys(current=b"n" * 32, old=(KEYS.current,)))

    second = await newer.accept(an_arrival(), key="same", conversation="talk")

    await newer.close()
    assert (second.fresh, second.inbox_id) == (False, first.inbox_id)


async def test_the_same_message_at_the_same_moment_is_stored_once(store: Store) -> None:
    many = await asyncio.gather(*(store.accept(an_arrival(), key="same", conversation="talk") for _ in range(8)))

    assert Counter(accepted.fresh for accepted in many) == {True: 1, False: 7}


async def test_a_claim_gives_the_message_as_it_came(store: Store) -> None:
    arrival = an_arrival(
        raw=bytes(range(256)), external_id="<1@x>", origin={"uid": "17"}, envelope={"mail_from": "", "helo": "hé"}
    )
    await store.accept(arrival, key="key", conversation="talk")

    claim = await store.claim("worker", now=NOW, lease=LEASE)

    assert claim is not None
    assert (claim.arrival, claim.conversation, claim.attempts) == (arrival, "talk", 0)


async def test_the_oldest_message_is_claimed_first(store: Store) -> None:
    for number in range(5):
        await store.accept(an_arrival(), key=str(number), conversation=f"talk {number}")

    claims = [await store.claim("worker", now=NOW, lease=LEASE) for _ in range(6)]

    assert [claim and claim.conversation for claim in claims] == [f"talk {number}" for number in range(5)] + [None]


async def test_two_messages_of_one_conversation_are_never_in_work_at_once(store: Store) -> None:
    await store.accept(an_arrival(), key="1", conversation="talk")
    await store.accept(an_arrival(), key="2", conversation="talk")
    first = await store.claim("worker", now=NOW, lease=LEASE)
    meanwhile = await store.claim("worker", now=NOW, lease=LEASE)

    assert first is not None
    await store.save(first, a_decision(a_reply()), message=a_message(), mode=Mode.AUTOMATIC, now=NOW)
    second = await store.claim("worker", now=NOW, lease=LEASE)

    assert meanwhile is None
    assert second is not None
    assert second.inbox_id != first.inbox_id


async def test_an_expired_claim_is_taken_over_and_its_owner_fenced_off(store: Store) -> None:
    old = await claimed(store)
    later = NOW + LEASE + timedelta(seconds=1)
    new = await store.claim("other", now=later, lease=LEASE)
    assert new is not None
    assert new.inbox_id == old.inbox_id

    with pytest.raises(ClaimLost):
        await store.save(old, a_decision(a_reply()), message=a_message(), mode=Mode.AUTOMATIC, now=later)
    await store.save(new, a_decision(a_reply()), message=a_message(), mode=Mode.AUTOMATIC, now=later)

    assert (await store.overview()).outgoing == {"queued": 1}


async def test_a_lost_claim_can_neither_fail_nor_shunt_the_message(store: Store) -> None:
    old = await claimed(store)
    await store.release("worker")

    with pytest.raises(ClaimLost):
        await store.fail(old, reason="late", now=NOW)
    with pytest.raises(ClaimLost):
        await store.shunt(old, reason="late")


async def test_a_message_that_is_done_is_not_done_again(store: Store) -> None:
    claim = await saved(store, a_reply())

    with pytest.raises(ClaimLost):
        await store.save(claim, a_decision(a_reply()), message=a_message(), mode=Mode.AUTOMATIC, now=NOW)
    assert await store.claim("worker", now=NOW, lease=LEASE) is None


async def test_at_start_up_an_owner_gets_back_what_it_had(store: Store) -> None:
    before = await claimed(store)

    freed = await store.release("worker")
    again = await store.claim("worker", now=NOW, lease=LEASE)

    assert freed == 1
    assert again is not None
    assert (again.inbox_id, again.token > before.token) == (before.inbox_id, True)


async def test_release_leaves_the_claims_of_others_alone(store: Store) -> None:
    await claimed(store)

    assert await store.release("somebody else") == 0


async def test_the_third_failure_shunts_a_message_with_its_reason(store: Store) -> None:
    await store.accept(an_arrival(), key="key", conversation="talk")
    for attempt in range(3):
        claim = await store.claim("worker", now=NOW, lease=LEASE)
        assert claim is not None
        assert claim.attempts == attempt
        await store.fail(claim, reason=f"reason {attempt}", now=NOW)

    assert await store.claim("worker", now=NOW, lease=LEASE) is None
    assert [(row.reason, row.attempts) for row in await store.shunted()] == [("reason 2", 3)]


async def test_a_shunted_message_does_not_hold_up_its_conversation(store: Store) -> None:
    poison = await claimed(store, key="1")
    await store.shunt(poison, reason="cannot be read")
    await store.accept(an_arrival(), key="2", conversation="talk")

    assert await store.claim("worker", now=NOW, lease=LEASE) is not None


@pytest.mark.parametrize(("which", "count"), [("all", 2), ("one", 1), ("unknown", 0)])
async def test_shunted_messages_are_put_back(store: Store, which: str, count: int) -> None:
    claims = [await claimed(store, key=str(number), conversation=str(number)) for number in range(2)]
    for claim in claims:
        await store.shunt(claim, reason="cannot be read")

    put_back = await store.retry(claims[0].inbox_id if which == "one" else which)

    assert put_back == count
    assert len(await store.shunted()) == 2 - count
    if count:
        again = await store.claim("worker", now=NOW, lease=LEASE)
        assert again is not None
        assert (again.inbox_id, again.attempts) == (claims[0].inbox_id, 0)


async def test_a_message_that_ends_the_program_each_time_is_put_aside(store: Store) -> None:
    await store.accept(an_arrival(), key="1", conversation="poison")
    await store.accept(an_arrival(), key="2", conversation="talk")
    claims = []
    for _ in range(11):
        claims.append(await store.claim("worker", now=NOW, lease=LEASE))
        await store.release("worker")

    assert [claim and claim.conversation for claim in claims] == ["poison"] * 10 + ["talk"]
    assert [row.reason for row in await store.shunted()] == ["its handling was begun 10 times and never ended"]
    assert await store.retry("all") == 1
    again = await store.claim("worker", now=NOW, lease=LEASE)
    assert again is not None
    assert again.conversation == "poison"


async def test_eight_workers_and_two_senders_do_everything_once(url: str) -> None:
    stores = [Store.open(url, KEYS, clock=lambda: NOW) for _ in range(4)]
    for number in range(24):
        await stores[0].accept(an_arrival(), key=str(number), conversation=f"talk {number % 5}")
    handled: list[str] = []
    sent: list[str] = []

    async def work(store: Store, owner: str) -> None:
        while (await store.overview()).unhandled:
            claim = await store.claim(owner, now=NOW, lease=LEASE)
            if claim is None:
                await asyncio.sleep(0.01)
                continue
            talk = a_conversation(id=claim.conversation)
            await store.save(
                claim, a_decision(a_reply(), conversation=talk), message=a_message(), mode=Mode.AUTOMATIC, now=NOW
            )
            handled.append(claim.inbox_id)

    async def send(store: Store, owner: str) -> None:
        while len(sent) < 24:
            queued = await store.claim_outgoing(owner, now=NOW, lease=LEASE)
            if queued is None:
                await asyncio.sleep(0.01)
                continue
            sent.append(queued.outgoing.id)
            await store.mark_sent(queued.outgoing.id, said="250 ok", now=NOW)

    workers = [work(stores[number % 4], f"worker {number}") for number in range(8)]
    await asyncio.gather(*workers, *(send(stores[number], f"sender {number}") for number in range(2)))
    overview = await stores[0].overview()
    broken = await stores[0].broken_chains()
    for store in stores:
        await store.close()

    assert (len(handled), len(set(handled)), len(set(sent))) == (24, 24, 24)
    assert (overview.messages, overview.outgoing, broken) == ({"answered": 24}, {"sent": 24}, ())
