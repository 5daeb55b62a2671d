"""Does the platform of a chat hand on that one of its users wants everything deleted?"""

from bot.core.draft import Draft
from bot.core.effects import HandToStaff, OpenRequest
from bot.core.opening import new_request
from bot.core.tickets import State, Verification

_RIGHT = "deletion"


def heed_the_platform(draft: Draft) -> Draft | None:
    """The platform signs for the account (that is the proof); staff see to it, for nobody can be answered there."""
    if draft.message.platform_asks_for != _RIGHT:
        return None
    if any(request.right == _RIGHT and not request.is_closed for request in draft.conversation.requests):
        return draft.settle(draft.left)
    request, draft = new_request(draft, _RIGHT, State.OPEN)
    proof = Verification(level=request.level, method="platform", subject=request.address, at=draft.turn.now)
    opened = OpenRequest(request=request, claimed_address=request.address, verification=proof)
    staff = HandToStaff(reason="deletion_from_platform", reference=request.reference)
    return draft.settle((*draft.left, _RIGHT), opened, staff)
