"""Do they want something that only the owner of the mailbox may ask for?"""

from bot.core.draft import Draft, line
from bot.core.effects import OpenRequest
from bot.core.opening import new_request
from bot.core.proving import send_a_code
from bot.core.tickets import State


def ask_for_proof(draft: Draft) -> Draft | None:
    """The request is on record from now, and its clock runs; a code goes to the mailbox that it names."""
    rights = draft.left_with("request")
    if not rights:
        return None
    for right in rights:
        if draft.active(right) is None:
            request, draft = new_request(draft, right, State.AWAITING_VERIFICATION)
            opened = OpenRequest(request=request, claimed_address=draft.conversation.address)
            draft = draft.settle((), opened)
            draft = draft.say(line("request_noted", right=right, reference=request.reference))
    address = draft.conversation.address
    return send_a_code(draft.settle(rights), address, draft.conversation.awaiting(address))
