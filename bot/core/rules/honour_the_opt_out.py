"""Do they want no more marketing, or their data not sold?"""

from bot.core.draft import Draft, line
from bot.core.effects import Suppress
from bot.core.opening import open_without_proof

#: What each opt-out stops.
PURPOSES = {"unsubscribe": "marketing", "opt_out_of_sale": "sale"}


def honour_the_opt_out(draft: Draft) -> Draft | None:
    """Done at once and without proof: nobody can be harmed by getting less advertising (11 CCR 7026, CAN-SPAM)."""
    rights = draft.left_with("opt_out")
    if not rights:
        return None
    for right in rights:
        request, draft = open_without_proof(draft, right)
        suppressed = Suppress(address=draft.conversation.address, purpose=PURPOSES[right])
        draft = draft.settle((right,), suppressed).say(line(f"done_{right}", reference=request.reference))
    return draft
