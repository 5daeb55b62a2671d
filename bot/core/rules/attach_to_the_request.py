"""Is it a further word in the thread of a request?"""

from bot.core.draft import Draft
from bot.core.effects import AmendRequest, HandToStaff


def attach_to_the_request(draft: Draft) -> Draft | None:
    """A reply to our mail that asks nothing new is put with the newest request; staff read it, nobody is answered."""
    requests = draft.conversation.requests
    if draft.effects or draft.message.is_chat or not requests:
        return None
    newest = requests[-1].reference
    return draft.settle((), AmendRequest(reference=newest), HandToStaff(reason="added_to_a_request", reference=newest))
