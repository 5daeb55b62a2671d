"""What staff do to a request, by the table of states and never around it."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.tickets import DENIAL_REASONS, PROVED_STATES, TRANSITIONS, State
from bot.keys import Keys
from bot.store import audit, conversations, events
from bot.store.recording import times_of
from bot.store.schema import Request
from bot.store.values import NotAllowed


async def change(
    connection: AsyncConnection,
    keys: Keys,
    reference: str,
    to: State,
    *,
    by: str,
    reason_code: str,
    words: str,
    now: datetime,
) -> None:
    """Move a request to another state; raises `NotAllowed` with what is missing."""
    conversation_id = await connection.scalar(select(Request.conversation_id).where(Request.reference == reference))
    if conversation_id is None:
        raise NotAllowed("There is no request $reference.", reference=reference)
    await conversations.lock(connection, conversation_id)
    before = (
        await connection.execute(
            select(Request.state, Request.verification_id).where(Request.reference == reference).with_for_update()
        )
    ).one()
    if to not in TRANSITIONS[State(before.state)]:
        raise NotAllowed(
            "Request $reference is $state; it cannot become $to.", reference=reference, state=before.state, to=to.value
        )
    if to in PROVED_STATES and before.verification_id is None:
        raise NotAllowed("Request $reference lacks proof; it cannot become $to.", reference=reference, to=to.value)
    denial = _denial(to, reason_code, words)
    taken = {"taken_by": by} if to is State.IN_PROGRESS else {}
    await connection.execute(
        update(Request)
        .where(Request.reference == reference)
        .values(state=to.value, changed_at=now, **denial, **taken, **times_of(to, now))
    )
    await audit.note(
        connection,
        keys,
        audit.of_request(reference),
        "request_moved",
        at=now,
        actor=by,
        details={"before": before.state, "state": to.value, "reason": reason_code},
    )
    await events.request_moved(connection, reference, now=now)


def _denial(to: State, reason_code: str, words: str) -> dict[str, str]:
    if to is not State.DENIED:
        return {}
    if reason_code not in DENIAL_REASONS:
        raise NotAllowed("A denial needs one of the reasons $reasons.", reasons=", ".join(DENIAL_REASONS))
    if not words.strip():
        raise NotAllowed("A denial needs the words that the person will be told.")
    return {"denial_reason": reason_code, "denial_words": words}
