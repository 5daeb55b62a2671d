"""Do they want a person?"""

from bot.core.draft import Draft, line
from bot.core.effects import HandToStaff


def hand_to_a_human(draft: Draft) -> Draft | None:
    """A person takes over, and the writer is told so."""
    asked = draft.left_with("human")
    if not asked:
        return None
    return draft.settle(asked, HandToStaff(reason="asked_for_a_human")).say(line("passed_to_a_person"))
