"""Do they want no more marketing, or their data not sold?"""

from bot.core.draft import Draft, line
from bot.core.effects import Suppress
from bot.core.kinds import FREE_KINDS, speaks_of_marketing
from bot.core.opening import open_without_proof

#: What each opt-out stops.
PURPOSES = {"unsubscribe": "marketing", "opt_out_of_sale": "sale"}
#: Rights whose free kind is about marketing.
MARKETING_TOO = frozenset(right for right, _ in FREE_KINDS)


def honour_the_opt_out(draft: Draft) -> Draft | None:
    """Done at once and without proof: less advertising harms nobody (11 CCR 7026, CAN-SPAM, GDPR Art. 21(3))."""
    rights = draft.left_with("opt_out")
    about_marketing = [right for right in draft.left_with("request") if _stops_marketing(draft, right)]
    if not rights and not about_marketing:
        return None
    for right in rights:
        request, draft = open_without_proof(draft, right)
        suppressed = Suppress(address=draft.conversation.address, purpose=PURPOSES[right])
        draft = draft.settle((right,), suppressed).say(line(f"done_{right}", reference=request.reference))
    if rights and not draft.message.is_chat:
        draft = draft.say(line("receipt_undo"))
    for right in about_marketing:
        draft = _stop_the_marketing(draft, right)
    return draft


def _stops_marketing(draft: Draft, right: str) -> bool:
    if (right, draft.kind(right)) in FREE_KINDS:
        return True
    return right in MARKETING_TOO and speaks_of_marketing(draft.playbook.phrases, draft.evidence(right))


def _stop_the_marketing(draft: Draft, right: str) -> Draft:
    """Where it is about marketing alone, that is all of it; what is beside it is left to be proved."""
    draft = draft.settle((), Suppress(address=draft.conversation.address, purpose="marketing"))
    if (right, draft.kind(right)) not in FREE_KINDS:
        return draft
    request, draft = open_without_proof(draft, right)
    return draft.settle((right,)).say(line("done_marketing", reference=request.reference))
