"""Writes the requests of a decision, with the proof that each is tied to and its clocks."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ScalarSelect, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.clocks import Deadline as CoreDeadline
from bot.core.effects import AmendRequest, OpenRequest
from bot.core.tickets import PROVED_STATES, TRANSITIONS, State, Verification
from bot.errors import OurFault
from bot.store import events, serialise, whose
from bot.store.ids import new_id
from bot.store.saved import Saving
from bot.store.schema import Deadline, Request
from bot.store.schema import Verification as VerificationRow


async def open_request(saving: Saving, ordinal: int, effect: OpenRequest) -> None:
    request, conversation = effect.request, saving.decision.conversation
    await saving.connection.execute(
        insert(Request).values(
            reference=request.reference,
            conversation_id=conversation.id,
            inbox_id=saving.claim.inbox_id,
            ordinal=ordinal,
            brand=conversation.brand,
            right_name=request.right,
            state=request.state.value,
            level_needed=request.level,
            received_at=request.received_at,
            claimed_address=effect.claimed_address,
            taken_by="",
            opened_at=saving.now if request.state in PROVED_STATES else None,
            changed_at=saving.now,
            kind=request.kind,
            **await _proof(saving, effect.verification),
        )
    )
    await write_deadlines(saving.connection, request.reference, request.deadlines)
    await saving.note_request(request.reference, "request_made", state=request.state.value, right=request.right)
    await events.request_moved(saving.connection, request.reference, now=saving.now)


async def amend_request(saving: Saving, effect: AmendRequest) -> None:
    is_it = (Request.reference == effect.reference, Request.conversation_id == saving.decision.conversation.id)
    before = await saving.connection.scalar(select(Request.state).where(*is_it).with_for_update())
    if before is None:
        raise OurFault(f"Request {effect.reference} does not belong to this conversation.")
    changes: dict[str, object] = {"changed_at": saving.now} | await _proof(saving, effect.verification)
    if effect.to is not None:
        if effect.to not in TRANSITIONS[State(before)]:
            raise OurFault(f"Request {effect.reference} cannot go from {before} to {effect.to.value}.")
        changes |= {"state": effect.to.value, **times_of(effect.to, saving.now)}
    await saving.connection.execute(update(Request).where(*is_it).values(**changes))
    event = "request_moved" if effect.to else "message_added"
    await saving.note_request(effect.reference, event, state=effect.to.value if effect.to else before)
    if effect.to is not None:
        await events.request_moved(saving.connection, effect.reference, now=saving.now)


async def _proof(saving: Saving, verification: Verification | None) -> dict[str, object]:
    return await tied(saving.connection, saving.decision.conversation.id, verification) if verification else {}


async def tied(connection: AsyncConnection, conversation_id: str, verification: Verification) -> dict[str, object]:
    """The columns that tie a request to its proof; the proof's row is made once."""
    verification_id = await connection.scalar(
        select(VerificationRow.id).where(
            VerificationRow.conversation_id == conversation_id,
            VerificationRow.level == verification.level,
            VerificationRow.method == verification.method,
            whose.exactly(connection, VerificationRow.subject, verification.subject),
            VerificationRow.at == verification.at,
        )
    )
    if verification_id is None:
        verification_id = new_id()
        await connection.execute(
            insert(VerificationRow).values(
                id=verification_id,
                conversation_id=conversation_id,
                level=verification.level,
                method=verification.method,
                subject=verification.subject,
                at=verification.at,
            )
        )
    return {
        "verification_id": verification_id,
        "verification_level": verification.level,
        "subject": subject_of(verification_id),
    }


def subject_of(verification_id: str) -> ScalarSelect[str]:
    """The proof's own bytes, which a request must have to be tied to it, whenever they were sealed."""
    return (
        select(whose.as_stored(VerificationRow.subject)).where(VerificationRow.id == verification_id).scalar_subquery()
    )


async def write_deadlines(connection: AsyncConnection, reference: str, deadlines: Sequence[CoreDeadline]) -> None:
    """The clocks of a request, the strictest at place 0; those that it had are replaced."""
    await connection.execute(delete(Deadline).where(Deadline.reference == reference))
    for place, deadline in enumerate(sorted(deadlines, key=lambda found: found.due_at)):
        row = serialise.deadline_to_row(deadline)
        await connection.execute(insert(Deadline).values(reference=reference, place=place, **row))
    answers = [deadline.due_at for deadline in deadlines if deadline.step == "answer"]
    if answers:
        await connection.execute(update(Request).where(Request.reference == reference).values(due_at=min(answers)))


def times_of(state: State, now: datetime) -> dict[str, datetime | None]:
    """The columns that say when a request was opened or closed, for a step to `state`."""
    if state is State.OPEN:
        return {"opened_at": now, "closed_at": None}
    return {"closed_at": now} if not TRANSITIONS[state] or state is State.EXPIRED else {}
