"""Has a colleague handed on somebody's request?"""

from bot.core.draft import Draft
from bot.core.effects import HandToStaff, OpenRequest
from bot.core.opening import new_request
from bot.core.tickets import State


def propose_what_was_forwarded(draft: Draft) -> Draft | None:
    """Staff find it proposed for its original sender, received when we first saw it; nothing is done or said by us."""
    message, forwarded = draft.message, draft.message.forwarded
    reading = draft.turn.reading
    if not message.is_from_a_colleague or forwarded is None or not (reading.intents or reading.candidates):
        return None
    rights = draft.left_with("request", "opt_out", "urgent")
    if not forwarded.address or not rights or draft.conversation.requests:
        return draft.settle(draft.left, HandToStaff(reason="forwarded_by_a_colleague"))
    draft = draft.remember(address=forwarded.address, taken_over_at=draft.turn.now)
    for right in rights:
        request, draft = new_request(draft, right, State.AWAITING_VERIFICATION)
        staff = HandToStaff(reason="forwarded_by_a_colleague", reference=request.reference)
        draft = draft.settle((right,), OpenRequest(request=request, claimed_address=forwarded.address), staff)
    return draft.settle(draft.left)
