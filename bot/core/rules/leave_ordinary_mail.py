"""Is this none of our business?"""

from bot.core.draft import Draft
from bot.core.effects import LeaveUntouched


def leave_ordinary_mail(draft: Draft) -> Draft | None:
    """Ordinary mail belongs to the people who read that inbox: it stays exactly as it was (law 3)."""
    if draft.effects or draft.message.is_chat:
        return None
    return draft.settle((), LeaveUntouched())
