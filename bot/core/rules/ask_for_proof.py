"""Do they want something that only the owner of the mailbox may ask for?"""

from bot.core.conversation import Unproved, WaitingForCode
from bot.core.draft import Draft, line
from bot.core.effects import OpenRequest, SendCode
from bot.core.opening import new_request
from bot.core.proving import RECONFIRMED, send_a_code
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
    asked = send_a_code(draft.settle(rights), address, draft.conversation.awaiting(address))
    return asked if _names_all(asked) else asked.remember(proof=Unproved())


def _names_all(draft: Draft) -> bool:
    """False where a code is under way whose mail does not name an erasure that was asked for since."""
    proof = draft.conversation.proof
    if not isinstance(proof, WaitingForCode) or proof.address != draft.conversation.address:
        return True
    sent = any(isinstance(effect, SendCode) for effect in draft.effects)
    made = {effect.request.right for effect in draft.effects if isinstance(effect, OpenRequest)}
    return sent or not made & RECONFIRMED
