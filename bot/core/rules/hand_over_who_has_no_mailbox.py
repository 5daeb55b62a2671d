"""Have they, in a chat, no mailbox that a code could reach?"""

from bot.core.draft import Draft, line
from bot.core.effects import HandToStaff


def hand_over_who_has_no_mailbox(draft: Draft) -> Draft | None:
    """Then a person sees to it: whoever cannot prove a mailbox is never refused for it."""
    message = draft.message
    if not message.is_chat or draft.turn.typed_address or message.silence is not None:
        return None
    if not draft.playbook.phrases.says("no_mailbox", message.text):
        return None
    return draft.settle(draft.left, HandToStaff(reason="no_mailbox")).say(line("passed_to_a_person"))
