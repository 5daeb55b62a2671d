"""Shall a chat and a mailbox no longer belong together?"""

from bot.core.conversation import Unproved
from bot.core.draft import Draft, line
from bot.core.effects import HandToStaff, UnlinkChat


def unlink_the_chat(draft: Draft) -> Draft | None:
    """On demand of either end: the word in the chat, or in a mail of that mailbox to this talk (T16).

    What was asked for stays as it is, and is answered to the mailbox.
    """
    linked, message = draft.conversation.linked, draft.message
    if not linked or not draft.playbook.phrases.pattern("unlink").fullmatch(message.text.strip(" \t\r\n.!\"'„“”«»")):
        return None
    if not message.is_chat and message.address != linked:
        return None
    draft = draft.remember(linked="", address="", proof=Unproved())
    staff = HandToStaff(reason="unlinked_by_mail") if not message.is_chat else None
    return draft.settle(draft.left, UnlinkChat(), *((staff,) if staff else ())).say(line("unlinked"))
