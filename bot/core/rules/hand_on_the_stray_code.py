"""Does a code come back from another mailbox than it went to?"""

from bot.core.draft import Draft
from bot.core.effects import HandToStaff


def hand_on_the_stray_code(draft: Draft) -> Draft | None:
    """It proves nothing and is told nothing (T13); staff see that somebody may be waiting for an answer."""
    stray = draft.turn.answers_anothers_mail and draft.turn.typed_codes
    if draft.message.is_chat or draft.effects or draft.conversation.requests or not stray:
        return None
    return draft.settle((), HandToStaff(reason="code_from_another_mailbox"))
