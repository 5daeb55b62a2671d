"""Is it a child's data, a security report or a complaint?"""

from bot.core.draft import Draft, line
from bot.core.effects import HandToStaff
from bot.core.opening import open_without_proof


def alert_staff(draft: Draft) -> Draft | None:
    """It needs no proof to be taken seriously: a request is opened at once and staff are alerted."""
    urgent = draft.left_with("urgent")
    if not urgent:
        return None
    for right in urgent:
        request, draft = open_without_proof(draft, right)
        draft = draft.settle((right,), HandToStaff(reason=right, urgent=True, reference=request.reference)).say(
            line(f"received_{right}", reference=request.reference)
        )
    return draft
