"""Is it the signed declaration that we asked for?"""

from bot.core.conversation import Proved
from bot.core.draft import Draft, line
from bot.core.effects import AmendRequest, HandToStaff


def take_the_declaration(draft: Draft) -> Draft | None:
    """Staff look at it and confirm it, or do not (11 CCR 7062(c)); it is kept with the request."""
    proof = draft.conversation.proof
    if draft.turn.unanswerable or not isinstance(proof, Proved):
        return None
    waiting = [request for request in draft.conversation.awaiting(proof.address) if request.level == 3]
    if not waiting or not draft.playbook.phrases.says("declaration", draft.message.text):
        return None
    for request in waiting:
        staff = HandToStaff(reason="declaration_to_confirm", reference=request.reference)
        said = line("declaration_received", reference=request.reference)
        draft = draft.settle((), AmendRequest(reference=request.reference), staff).say(said)
    return draft
