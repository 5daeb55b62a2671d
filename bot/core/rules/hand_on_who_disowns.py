"""Does the owner of the mailbox say, in words of their own, that they have asked for nothing?"""

from bot.core.carrying import hand_on_what_is_disowned
from bot.core.draft import Draft
from bot.core.effects import HandToStaff
from bot.core.tickets import State


def hand_on_who_disowns(draft: Draft) -> Draft | None:
    """Staff hear of it at once, as of NOT ME; what is unclear is left to them, and no code opens it meanwhile (T04)."""
    message = draft.message
    if message.is_chat or message.silence is not None or not message.address or _is_handed_on(draft):
        return None
    mine = draft.conversation.awaiting(message.address)
    waiting = tuple(request for request in mine if request.state is State.AWAITING_VERIFICATION)
    return hand_on_what_is_disowned(draft, waiting) if waiting else None


def _is_handed_on(draft: Draft) -> bool:
    return any(isinstance(effect, HandToStaff) and effect.reason == "it_was_not_me" for effect in draft.effects)
