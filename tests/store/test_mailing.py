"""What only mail asks of the store: mutes, and the talk that a mail belongs to."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.effects import NoteBounce
from bot.store import NotAllowed, Store

from .builders import ADDRESS, LEASE, NOW, a_conversation, a_reply, an_arrival, saved

pytestmark = pytest.mark.anyio


async def sent(store: Store, key: str) -> str:
    """The id of a mail of ours that has left for the usual address."""
    await saved(store, a_reply(), key=key, conversation=a_conversation(id=f"talk-{key}"))
    queued = await store.claim_outgoing("test", now=NOW, lease=LEASE)
    assert queued is not None
    await store.mark_sent(queued.outgoing.id, said="250 OK", now=NOW)
    return queued.outgoing.id


async def bounced(store: Store, outbox_id: str, *, key: str, permanent: bool) -> None:
    effect = NoteBounce(outbox_id=outbox_id, permanent=permanent)
    await saved(store, effect, key=f"report-{key}", conversation=a_conversation(id=f"report-{key}"))


async def test_a_mail_that_failed_for_good_mutes_its_mailbox_in_any_spelling(store: Store) -> None:
    outbox_id = await sent(store, "1")

    await bounced(store, outbox_id, key="1", permanent=True)

    (row,) = await store.mail.mutes()
    assert (row.address, row.outbox_id, row.muted_until) == (ADDRESS, outbox_id, NOW + timedelta(days=60))
    assert await store.mail.is_muted(ADDRESS.upper())
    assert not await store.mail.is_muted("other@customers.example")


async def test_three_delays_within_a_week_mute_and_two_do_not(store: Store) -> None:
    ids = [await sent(store, str(number)) for number in range(3)]

    for number, outbox_id in enumerate(ids):
        assert not await store.mail.is_muted(ADDRESS)
        await bounced(store, outbox_id, key=str(number), permanent=False)

    assert await store.mail.is_muted(ADDRESS)


async def test_a_mute_is_undone_once(store: Store) -> None:
    await bounced(store, await sent(store, "1"), key="1", permanent=True)

    await store.mail.unmute(ADDRESS)

    assert not await store.mail.is_muted(ADDRESS)
    with pytest.raises(NotAllowed, match="is not muted"):
        await store.mail.unmute(ADDRESS)


async def test_a_report_about_a_mail_that_we_do_not_know_mutes_nobody(store: Store) -> None:
    await bounced(store, "no-such-row", key="1", permanent=True)

    assert await store.mail.mutes() == []


async def test_the_talk_of_a_mail_is_found_by_its_id_within_its_brand(store: Store) -> None:
    await store.accept(an_arrival(), key="1", conversation="talk-1", message_id="a@x")
    await store.accept(replace(an_arrival(), raw=b"other"), key="2", conversation="talk-2", message_id="a@x")

    assert await store.mail.talks_of_messages("marigold", ["b@x", "a@x"]) == ("talk-2", "talk-1")
    assert await store.mail.talks_of_messages("other", ["a@x"]) == ()
    assert await store.mail.talks_of_messages("marigold", []) == ()


async def test_a_talk_is_taken_over_from_the_moment_that_a_person_answers(store: Store) -> None:
    await saved(store, a_reply(), conversation=a_conversation(id="talk", taken_over_at=NOW))

    assert await store.mail.is_taken_over("talk")
    assert not await store.mail.is_taken_over("no-such-talk")
    loaded = await store.conversation("talk")
    assert loaded is not None
    assert loaded.taken_over_at == NOW
