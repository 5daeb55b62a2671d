"""Each message of ours leaves once, or says why not."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from bot.core.playbook import Mode
from bot.store import ClaimLost, NotAllowed, Queued, Store

from .builders import ADDRESS, KEYS, LEASE, NOW, a_code, a_message, a_reply, saved

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)


async def queued(store: Store, *, now: datetime = NOW) -> Queued:
    """The next message that may be sent now; there must be one."""
    found = await store.claim_outgoing("sender", now=now, lease=LEASE)
    assert found is not None
    return found


async def states(store: Store) -> dict[str, int]:
    return dict((await store.overview()).outgoing)


async def test_a_reply_goes_to_the_writer_in_the_thread(store: Store) -> None:
    await saved(store, a_reply(), message=a_message(authenticated=True))

    outgoing = (await queued(store)).outgoing

    assert (outgoing.channel, outgoing.recipient, outgoing.subject) == ("email", ADDRESS, "My account")
    assert outgoing.in_reply_to == "<2@customers.example>"
    assert outgoing.references == ("<0@customers.example>", "<1@customers.example>")


async def test_the_subject_of_an_unauthenticated_writer_is_not_repeated(store: Store) -> None:
    await saved(store, a_reply(), message=a_message(authenticated=False))

    assert (await queued(store)).outgoing.subject == ""


async def test_a_code_is_a_mail_of_its_own_to_the_address_it_proves(store: Store) -> None:
    await saved(store, a_code(address="typed@customers.example"))

    found = await queued(store)

    assert (found.outgoing.channel, found.outgoing.recipient) == ("email", "typed@customers.example")
    assert (found.outgoing.subject, found.outgoing.in_reply_to, found.outgoing.references) == ("", "", ())
    assert (found.nonce, found.intents, found.attempts) == ("nonce-1", frozenset({"deletion"}), 0)


async def test_the_message_id_is_signed_and_names_row_and_conversation(store: Store) -> None:
    await saved(store, a_reply())

    outgoing = (await queued(store)).outgoing

    reference = KEYS.read_message_id(outgoing.message_id)
    assert reference is not None
    assert (reference.outbox_id, reference.conversation_id) == (outgoing.id, "talk")
    assert outgoing.message_id.endswith("@shop.example>")


async def test_a_message_is_given_to_one_sender_only(store: Store) -> None:
    await saved(store, a_reply())
    await queued(store)

    assert await store.claim_outgoing("another", now=NOW, lease=LEASE) is None


async def test_what_was_sent_is_never_given_out_again(store: Store) -> None:
    await saved(store, a_reply())
    found = await queued(store)

    await store.mark_sent(found.outgoing.id, said="250 ok", now=NOW)

    assert await states(store) == {"sent": 1}
    assert await store.claim_outgoing("sender", now=NOW + 100 * LEASE, lease=LEASE) is None


async def test_the_nonce_of_a_code_is_gone_once_it_was_sent(store: Store) -> None:
    await saved(store, a_code())
    found = await queued(store)

    await store.mark_sent(found.outgoing.id, said="250 ok", now=NOW)

    async with store.database.reading() as connection:
        assert (await connection.exec_driver_sql("SELECT nonce FROM outbox")).scalar() == ""


async def test_a_retry_waits_longer_each_time(store: Store) -> None:
    await saved(store, a_reply())
    now, waits = NOW, []
    for _ in range(7):
        found = await queued(store, now=now)
        await store.mark_retry(found.outgoing.id, at=now, reason="451 later")
        start = now
        while await _not_yet(store, now):
            now += MINUTE
        waits.append((now - start) // MINUTE)

    assert waits == [1, 5, 15, 60, 240, 240, 240]


async def _not_yet(store: Store, now: datetime) -> bool:
    async with store.database.reading() as connection:
        found = await connection.exec_driver_sql("SELECT not_before FROM outbox")
        moment = found.scalar()
    return datetime.fromisoformat(str(moment)).replace(tzinfo=NOW.tzinfo) > now


async def test_after_two_days_of_retries_it_fails_and_staff_are_told(store: Store) -> None:
    await saved(store, a_reply())
    found = await queued(store)

    await store.mark_retry(found.outgoing.id, at=NOW + timedelta(hours=48), reason="451 later")

    assert await states(store) == {"failed": 1}
    assert [item.reason for item in await store.staff_items()] == ["sending_failed"]


@pytest.mark.parametrize("state", ["failed", "uncertain", "stopped"])
async def test_what_did_not_leave_says_why_and_staff_are_told(store: Store, state: str) -> None:
    await saved(store, a_reply())
    outbox_id = (await queued(store)).outgoing.id
    mark: dict[str, Callable[..., Awaitable[None]]] = {
        "failed": store.mark_failed,
        "uncertain": store.mark_uncertain,
        "stopped": store.mark_stopped,
    }

    await mark[state](outbox_id, reason="550 no such user")

    assert await states(store) == {state: 1}
    assert await store.claim_outgoing("sender", now=NOW + 100 * LEASE, lease=LEASE) is None
    assert [item.reason for item in await store.staff_items()] == [f"sending_{state}"]


async def test_after_a_crash_what_was_being_sent_is_uncertain_and_not_sent_again(store: Store) -> None:
    await saved(store, a_reply(), a_code())
    await queued(store)

    left = await store.release_outgoing("sender")

    assert left == 1
    assert await states(store) == {"queued": 1, "uncertain": 1}
    assert [item.reason for item in await store.staff_items()] == ["sending_uncertain"]


async def test_a_sender_whose_lease_ran_out_leaves_an_uncertain_message(store: Store) -> None:
    await saved(store, a_reply())
    await queued(store)

    assert await store.claim_outgoing("another", now=NOW + LEASE, lease=LEASE) is None
    assert await states(store) == {"uncertain": 1}


async def test_a_slow_sender_may_still_say_that_it_did_send(store: Store) -> None:
    await saved(store, a_reply())
    found = await queued(store)
    await store.release_outgoing("sender")

    await store.mark_sent(found.outgoing.id, said="250 ok", now=NOW)

    assert await states(store) == {"sent": 1}


async def test_a_slow_sender_may_not_put_an_uncertain_message_back(store: Store) -> None:
    await saved(store, a_reply())
    found = await queued(store)
    await store.release_outgoing("sender")

    with pytest.raises(ClaimLost):
        await store.mark_retry(found.outgoing.id, at=NOW, reason="451 later")

    assert await states(store) == {"uncertain": 1}


async def test_a_held_message_leaves_when_staff_say_so(store: Store) -> None:
    await saved(store, a_reply(), mode=Mode.APPROVE)
    found = await store.handled("key-1")
    assert found is not None

    await store.approve_outgoing(found.outgoing[0].outbox_id, by="clerk")

    assert (await queued(store)).approved


async def test_only_a_held_message_can_be_approved(store: Store) -> None:
    await saved(store, a_reply(), mode=Mode.SHADOW)
    found = await store.handled("key-1")
    assert found is not None

    with pytest.raises(NotAllowed):
        await store.approve_outgoing(found.outgoing[0].outbox_id)
    with pytest.raises(NotAllowed):
        await store.approve_outgoing("unknown")


async def test_codes_are_counted_when_they_are_made_and_mails_when_they_leave(store: Store) -> None:
    await saved(store, a_reply(), a_code())
    counts = []

    async def count() -> None:
        since = NOW - timedelta(hours=1)
        counts.append((await store.codes_sent(ADDRESS, since), await store.mails_sent(ADDRESS, since)))

    await count()
    for _ in range(2):
        await store.mark_sent((await queued(store)).outgoing.id, said="250 ok", now=NOW)
        await count()

    assert counts == [(1, 0), (1, 1), (1, 2)]
    assert await store.codes_sent(ADDRESS, NOW + MINUTE) == await store.mails_sent(ADDRESS, NOW + MINUTE) == 0
    assert await store.codes_sent("other@customers.example", NOW) == 0
