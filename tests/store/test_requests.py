"""What staff do to a request, and what they are shown."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.effects import AmendRequest, HandToStaff
from bot.core.tickets import TRANSITIONS, State
from bot.store import NotAllowed, Store
from bot.store.schema.sealed import is_address_cell

from .builders import ADDRESS, NOW, a_conversation, a_deadline, a_reply, a_verification, an_opening, saved

pytestmark = pytest.mark.anyio

REFERENCE = "PD-AAAA-AAAA"
OPENED = an_opening(state=State.OPEN, verification=a_verification())


async def move(store: Store, to: State, *, reason_code: str = "", words: str = "") -> None:
    await store.change_request(REFERENCE, to, by="clerk", reason_code=reason_code, words=words, now=NOW)


async def state_of(store: Store) -> State:
    found = await store.request(REFERENCE)
    assert found is not None
    return found.request.state


async def test_a_request_goes_its_way_and_the_audit_says_who_moved_it(store: Store) -> None:
    await saved(store, OPENED)

    for to in (State.IN_PROGRESS, State.ON_HOLD, State.IN_PROGRESS, State.COMPLETED):
        await move(store, to)

    found = await store.request(REFERENCE)
    assert found is not None
    assert (found.request.state, found.request.taken_by) == (State.COMPLETED, "clerk")
    assert [(row.actor, row.details["state"]) for row in found.audit] == [
        ("bot", "open"),
        ("clerk", "in_progress"),
        ("clerk", "on_hold"),
        ("clerk", "in_progress"),
        ("clerk", "completed"),
    ]
    assert await store.broken_chains() == ()


@pytest.mark.parametrize("to", sorted(set(State) - TRANSITIONS[State.OPEN]))
async def test_a_step_that_the_table_does_not_name_is_refused(store: Store, to: State) -> None:
    await saved(store, OPENED)

    with pytest.raises(NotAllowed):
        await move(store, to, reason_code="other", words="No.")

    assert await state_of(store) is State.OPEN


async def test_staff_cannot_open_what_nobody_proved(store: Store) -> None:
    await saved(store, an_opening())

    with pytest.raises(NotAllowed, match="lacks proof"):
        await move(store, State.OPEN)


@pytest.mark.parametrize(
    ("reason_code", "words"), [("", "No."), ("because", "No."), ("no_match", ""), ("no_match", " ")]
)
async def test_a_denial_without_reason_or_words_is_refused(store: Store, reason_code: str, words: str) -> None:
    await saved(store, OPENED)

    with pytest.raises(NotAllowed):
        await move(store, State.DENIED, reason_code=reason_code, words=words)


async def test_a_denial_keeps_reason_and_words(store: Store) -> None:
    await saved(store, OPENED)

    await move(store, State.DENIED, reason_code="no_match", words="We found nothing.")

    found = await store.request(REFERENCE)
    assert found is not None
    assert (found.denial_reason, found.denial_words) == ("no_match", "We found nothing.")


async def test_an_unknown_request_is_refused(store: Store) -> None:
    with pytest.raises(NotAllowed):
        await move(store, State.COMPLETED)
    assert await store.request(REFERENCE) is None


async def test_an_expired_request_is_revived_by_late_proof(store: Store) -> None:
    await saved(store, an_opening())
    await move(store, State.EXPIRED)

    revive = AmendRequest(reference=REFERENCE, to=State.OPEN, verification=a_verification())
    await saved(store, revive, key="2")

    found = await store.request(REFERENCE)
    assert found is not None
    assert (found.request.state, found.request.received_at) == (State.OPEN, NOW)


async def test_the_most_urgent_request_is_shown_first(store: Store) -> None:
    late, soon = (replace(a_deadline(), due_at=NOW + timedelta(days=days)) for days in (40, 4))
    await saved(
        store,
        an_opening(reference="PD-NONE", deadlines=()),
        an_opening(reference="PD-LATE", deadlines=(late,)),
        an_opening(reference="PD-SOON", deadlines=(soon, late)),
    )

    assert [row.reference for row in await store.requests()] == ["PD-SOON", "PD-LATE", "PD-NONE"]
    assert [row.reference for row in await store.requests(limit=1)] == ["PD-SOON"]


async def test_requests_are_found_by_state_and_brand(store: Store) -> None:
    await saved(store, OPENED, an_opening(reference="PD-B"))
    await saved(store, an_opening(reference="PD-C"), key="2", conversation=a_conversation(id="2", brand="other"))

    async def found(**which: str) -> list[str]:
        return sorted(row.reference for row in await store.requests(**which))

    assert await found(state="open") == [REFERENCE]
    assert await found(brand="other") == ["PD-C"]
    assert await found(brand="marigold", state="awaiting_verification") == ["PD-B"]


async def test_a_request_is_shown_with_all_that_belongs_to_it(store: Store) -> None:
    await saved(store, OPENED, a_reply())
    await saved(store, AmendRequest(reference=REFERENCE), key="2")

    found = await store.request(REFERENCE)

    assert found is not None
    assert (found.request.subject, found.verification) == (ADDRESS, a_verification())
    assert [deadline.regime for deadline in found.deadlines] == ["eu", "policy"]
    assert [message.outcome for message in found.messages] == ["request_opened", "request_amended"]
    assert [(row.kind, row.state) for row in found.outgoing] == [("reply", "queued")]
    assert [row.event for row in found.audit] == ["request_made", "message_added"]


async def test_a_handled_message_is_shown_with_what_followed(store: Store) -> None:
    await saved(store, OPENED, a_reply(), HandToStaff(reason="asked_for_a_human"))

    found = await store.handled("key-1")

    assert found is not None
    assert (found.message.outcome, found.message.rules) == ("request_opened", ("some_rule",))
    assert [(row.reference, row.due_on) for row in found.requests] == [(REFERENCE, "2026-04-02")]
    assert [row.kind for row in found.outgoing] == ["reply"]
    assert [row.reason for row in found.staff_items] == ["asked_for_a_human"]
    assert await store.handled("another key") is None


async def test_staff_see_the_urgent_items_first(store: Store) -> None:
    await saved(store, HandToStaff(reason="unsure"), HandToStaff(reason="breach", urgent=True))

    assert [item.reason for item in await store.staff_items()] == ["breach", "unsure"]


async def test_the_shop_reads_open_requests_from_a_view_that_shows_whose_they_are_to_nobody(store: Store) -> None:
    await saved(store, OPENED, an_opening(reference="PD-B"))

    async with store.database.reading() as connection:
        rows = await connection.exec_driver_sql(
            "SELECT reference, subject, due_on, verification_method FROM open_requests"
        )
        ((reference, subject, *rest),) = rows.all()
    assert (reference, *rest) == (REFERENCE, "2026-04-02", "code")
    assert is_address_cell(subject)


async def test_a_changed_audit_row_is_found(store: Store) -> None:
    await saved(store, OPENED)
    await move(store, State.IN_PROGRESS)
    assert await store.broken_chains() == ()

    async with store.database.writing() as connection:
        await connection.exec_driver_sql("UPDATE audit SET actor = 'nobody' WHERE actor = 'clerk'")

    assert await store.broken_chains() == (f"request {REFERENCE}",)


async def test_a_removed_audit_row_is_found(store: Store) -> None:
    await saved(store, OPENED)
    await move(store, State.IN_PROGRESS)

    async with store.database.writing() as connection:
        await connection.exec_driver_sql("DELETE FROM audit WHERE number = 1 AND chain LIKE 'request%%'")

    assert await store.broken_chains() == (f"request {REFERENCE}",)
