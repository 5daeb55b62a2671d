"""Do they want a person?"""

from bot.core.draft import Draft, line
from bot.core.effects import HandToStaff

#: The words that our own sentences offer for it, one for each language that the bot speaks (`bot/words`).
CALLS = frozenset({"human", "mensch", "humano", "humain", "umano", "mens", "człowiek"})


def hand_to_a_human(draft: Draft) -> Draft | None:
    """A person takes over, and the writer is told so."""
    asked = draft.left_with("human")
    if not asked and not _is_call(draft):
        return None
    settled = asked or ("human",)
    return draft.settle(settled, HandToStaff(reason="asked_for_a_human")).say(line("passed_to_a_person"))


def _is_call(draft: Draft) -> bool:
    """Nothing but the word that we offered: it must work even where the reader is unsure of a single word."""
    offered = draft.message.is_chat or draft.conversation.greeted
    return offered and draft.message.text.strip(" \t\r\n.!\"'„“”«»").casefold() in CALLS
