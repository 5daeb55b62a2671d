"""Does the platform of a chat hand on that one of its users wants everything deleted?"""

from bot.core.draft import Draft
from bot.core.effects import HandToStaff, OpenRequest
from bot.core.opening import new_request, subject_of
from bot.core.tickets import State, Verification

_RIGHT = "deletion"


def heed_the_platform(draft: Draft) -> Draft | None:
    """The platform signs for the account (that is the proof); staff see to it, for nobody can be answered there.

    It proves the chat alone: whose mailbox was typed there, it does not know (law 1).
    """
    if draft.message.platform_asks_for != _RIGHT:
        return None
    typed, of_the_chat = draft.conversation.address, draft.remember(address="")
    chat = subject_of(of_the_chat)
    if any(r.right == _RIGHT and r.address == chat and not r.is_closed for r in draft.conversation.requests):
        return draft.settle(draft.left)
    request, draft = new_request(of_the_chat, _RIGHT, State.OPEN)
    draft = draft.remember(address=typed)
    proof = Verification(level=request.level, method="platform", subject=request.address, at=draft.turn.now)
    opened = OpenRequest(request=request, claimed_address=request.address, verification=proof)
    staff = HandToStaff(reason="deletion_from_platform", reference=request.reference)
    return draft.settle((*draft.left, _RIGHT), opened, staff)
