"""Has one of the shop's own people answered by themselves?"""

from bot.core.draft import Draft
from bot.core.effects import AmendRequest, LeaveUntouched


def note_our_own_reply(draft: Draft) -> Draft | None:
    """It is put with the request, and from now on the bot is silent in that talk; nobody is answered.

    What else lies in the shop's Sent folder is none of our business.
    """
    if not draft.message.is_from_a_colleague:
        return None
    if not _is_to_the_person(draft):
        only_sent = draft.message.by_colleague == "sent_folder"
        return draft.settle(draft.left, LeaveUntouched()) if only_sent else None
    requests = draft.conversation.requests
    attached = [AmendRequest(reference=requests[-1].reference)] if requests else []
    return draft.settle(draft.left, *attached).remember(taken_over_at=draft.turn.now)


def _is_to_the_person(draft: Draft) -> bool:
    """In a talk that is somebody else's than the writer's, and sent to them."""
    person = draft.conversation.address
    return bool(person) and person != draft.message.address and person in draft.message.recipients
