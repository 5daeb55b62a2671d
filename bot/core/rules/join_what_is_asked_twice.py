"""Is the same right already under way in this conversation?"""

from bot.core.draft import Draft, line
from bot.core.effects import AmendRequest
from bot.core.tickets import State


def join_what_is_asked_twice(draft: Draft) -> Draft | None:
    """A repeat is added to the request that is there; one that still lacks its proof is asked for it again."""
    repeated = [request for right in draft.left_with("request", "opt_out") if (request := draft.active(right))]
    unproved = (State.AWAITING_VERIFICATION, State.EXPIRED)
    joined = [request for request in repeated if request.state not in unproved]
    if not joined:
        return None
    for request in joined:
        draft = draft.settle((request.right,), AmendRequest(reference=request.reference)).say(
            line("already_under_way", right=request.right, reference=request.reference, due=request.due_on)
        )
    return draft
