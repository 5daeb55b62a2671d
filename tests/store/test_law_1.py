"""Law 1 in the database: no proved state without a verification of the level that the right needs."""

from typing import Any

import pytest
from sqlalchemy import Executable, insert, text, update
from sqlalchemy.exc import IntegrityError

from bot.core.effects import AmendRequest
from bot.core.playbook import Mode
from bot.core.tickets import DENIAL_REASONS, PROVED_STATES, State
from bot.store import Store
from bot.store.schema import Request, Verification

from .builders import (
    ADDRESS,
    NOW,
    a_conversation,
    a_decision,
    a_message,
    a_verification,
    an_opening,
    claimed,
    saved,
)

pytestmark = pytest.mark.anyio

REFERENCE = "PD-AAAA-AAAA"
OTHER_ADDRESS = "eve@customers.example"


async def execute(store: Store, statement: Executable) -> None:
    """What somebody with access to the database might do."""
    async with store.database.writing() as connection:
        await connection.execute(statement)


async def change(store: Store, **values: Any) -> None:
    await execute(store, update(Request).where(Request.reference == REFERENCE).values(**values))


async def add_verification(store: Store, **values: Any) -> None:
    row = {"id": "v1", "conversation_id": "talk", "level": 1, "method": "code", "subject": ADDRESS, "at": NOW}
    await execute(store, insert(Verification).values(**row | values))


def proof(**changes: Any) -> dict[str, Any]:
    return {"verification_id": "v1", "verification_level": 1, "subject": ADDRESS} | changes


@pytest.mark.parametrize("state", sorted(PROVED_STATES))
async def test_no_proved_state_without_a_verification(store: Store, state: State) -> None:
    await saved(store, an_opening())

    with pytest.raises(IntegrityError):
        await change(store, state=state.value)


@pytest.mark.parametrize("state", sorted(PROVED_STATES))
async def test_every_proved_state_with_a_verification(store: Store, state: State) -> None:
    await saved(store, an_opening())
    await add_verification(store)

    await change(store, state=state.value, **proof())

    found = await store.request(REFERENCE)
    assert found is not None
    assert found.request.state is state


@pytest.mark.parametrize(
    "shortcut",
    [
        proof(verification_id="v2"),
        proof(verification_level=2),
        proof(subject=OTHER_ADDRESS),
        proof(subject=None),
        proof(verification_id=None),
        proof(verification_level=None),
    ],
    ids=str,
)
async def test_a_request_cannot_borrow_or_bend_a_verification(store: Store, shortcut: dict[str, Any]) -> None:
    await saved(store, an_opening())
    await add_verification(store)

    with pytest.raises(IntegrityError):
        await change(store, state="open", **shortcut)


async def test_the_proof_of_another_conversation_does_not_count(store: Store) -> None:
    await saved(store, an_opening())
    await saved(store, an_opening(reference="PD-BBBB"), key="2", conversation=a_conversation(id="other talk"))
    await add_verification(store, conversation_id="other talk")

    with pytest.raises(IntegrityError):
        await change(store, state="open", **proof())


async def test_level_1_does_not_open_what_needs_level_2(store: Store) -> None:
    await saved(store, an_opening(right="access", level=2))
    await add_verification(store)

    with pytest.raises(IntegrityError):
        await change(store, state="open", **proof())


@pytest.mark.parametrize("right", ["deletion", "access", "correction", "portability", "withdraw_consent"])
async def test_the_level_of_a_right_that_needs_proof_is_never_0(store: Store, right: str) -> None:
    await saved(store, an_opening(right=right))

    with pytest.raises(IntegrityError):
        await change(store, level_needed=0)


@pytest.mark.parametrize(
    "values",
    [
        {"state": "verified"},
        {"right_name": "human"},
        {"right_name": "unsubscribe", "level_needed": -1},
        {"level_needed": 4},
    ],
    ids=str,
)
async def test_states_rights_and_levels_are_closed_lists(store: Store, values: dict[str, Any]) -> None:
    await saved(store, an_opening())

    with pytest.raises(IntegrityError):
        await change(store, **values)


@pytest.mark.parametrize("values", [{"level": 2}, {"subject": OTHER_ADDRESS}, {"conversation_id": "other"}], ids=str)
async def test_a_verification_that_carries_a_request_cannot_be_changed(store: Store, values: dict[str, Any]) -> None:
    await saved(store, an_opening(state=State.OPEN, verification=a_verification()))
    await saved(store, key="2", conversation=a_conversation(id="other"))

    with pytest.raises(IntegrityError):
        await execute(store, update(Verification).values(**values))


@pytest.mark.parametrize(
    "values", [{"method": "none"}, {"method": ""}, {"subject": ""}, {"level": 4}, {"level": -1}], ids=str
)
async def test_a_verification_names_its_method_and_its_subject(store: Store, values: dict[str, Any]) -> None:
    await saved(store, an_opening())

    with pytest.raises(IntegrityError):
        await add_verification(store, **values)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"denial_reason": "no_match"},
        {"denial_words": "We found nothing."},
        {"denial_reason": "no_match", "denial_words": ""},
        {"denial_reason": "because", "denial_words": "We found nothing."},
    ],
    ids=str,
)
async def test_a_denial_needs_a_reason_of_the_list_and_words(store: Store, values: dict[str, Any]) -> None:
    await saved(store, an_opening())

    with pytest.raises(IntegrityError):
        await change(store, state="denied", **values)


async def test_a_denial_that_says_why_is_kept(store: Store) -> None:
    await saved(store, an_opening())

    for reason in DENIAL_REASONS:
        await change(store, state="denied", denial_reason=reason, denial_words="We found nothing.")

    assert (await store.overview()).requests == {"denied": 1}


@pytest.mark.parametrize(
    "effect",
    [
        an_opening(state=State.OPEN),
        an_opening(state=State.OPEN, verification=a_verification(level=0, method="none")),
        an_opening(state=State.OPEN, right="access", level=2, verification=a_verification()),
        an_opening(level=0),
    ],
    ids=["no proof", "level 0", "level 1 for 2", "a right bent to level 0"],
)
async def test_a_decision_against_law_1_is_refused_whole(store: Store, effect: Any) -> None:
    claim = await claimed(store)

    with pytest.raises(IntegrityError):
        await store.save(claim, a_decision(effect), message=a_message(), mode=Mode.AUTOMATIC, now=NOW)

    assert await store.conversation("talk") is None
    assert (await store.overview()).unhandled == 1


async def test_a_right_of_level_0_opens_with_a_row_of_level_0(store: Store) -> None:
    nothing = a_verification(level=0, method="none")

    await saved(store, an_opening(state=State.OPEN, right="unsubscribe", level=0, verification=nothing))

    found = await store.request(REFERENCE)
    assert found is not None
    assert found.verification == nothing


async def test_amending_without_proof_opens_nothing(store: Store) -> None:
    await saved(store, an_opening())
    claim = await claimed(store, key="2")
    decision = a_decision(AmendRequest(reference=REFERENCE, to=State.OPEN))

    with pytest.raises(IntegrityError):
        await store.save(claim, decision, message=a_message(), mode=Mode.AUTOMATIC, now=NOW)

    assert (await store.overview()).requests == {"awaiting_verification": 1}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE request SET verification_id = NULL",
        "UPDATE request SET subject = 'eve@customers.example'",
        "UPDATE request SET verification_id = NULL, verification_level = NULL, subject = NULL",
        "UPDATE verification SET level = 0",
        "DELETE FROM verification",
        "DELETE FROM conversation",
    ],
)
async def test_plain_sql_cannot_get_round_it_either(store: Store, statement: str) -> None:
    await saved(store, an_opening(state=State.OPEN, verification=a_verification()))

    with pytest.raises(IntegrityError):
        await execute(store, text(statement))
