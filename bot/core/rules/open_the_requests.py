"""Has the person proved already what these rights need?"""

from dataclasses import replace

from bot.core.carrying import flag_what_was_not_matched
from bot.core.conversation import Proved
from bot.core.draft import Draft, line
from bot.core.effects import AmendRequest, OpenRequest
from bot.core.opening import new_request
from bot.core.proving import RECONFIRMED
from bot.core.tickets import State, Verification, level_needed


def open_the_requests(draft: Draft) -> Draft | None:
    """A proof of this conversation that still holds carries further requests (law 1), but for an erasure."""
    proof = draft.conversation.proof
    if not isinstance(proof, Proved) or proof.address != draft.conversation.address or draft.turn.now >= proof.until:
        return None
    proved = [right for right in draft.left_with("request") if _is_carried(draft, right, proof)]
    if not proved:
        return None
    verification = Verification(level=proof.level, method=proof.method, subject=proof.address, at=proof.at)
    for right in proved:
        draft = _open(draft, right, verification)
    return draft


def _open(draft: Draft, right: str, verification: Verification) -> Draft:
    """A new request, or the one that had expired for want of proof."""
    expired = draft.active(right)
    if expired is not None and expired.state is State.EXPIRED:
        request, effect = expired, AmendRequest(reference=expired.reference, to=State.OPEN, verification=verification)
        revived = replace(expired, state=State.OPEN)
        kept = tuple(revived if known is expired else known for known in draft.conversation.requests)
        draft = draft.remember(requests=kept).settle((right,), effect)
    else:
        request, draft = new_request(draft, right, State.OPEN)
        opened = OpenRequest(request=request, claimed_address=verification.subject, verification=verification)
        draft = draft.settle((right,), opened)
    draft = draft.say(line("opened", right=right, reference=request.reference, due=request.due_on))
    return flag_what_was_not_matched(draft, request, verification)


def _is_carried(draft: Draft, right: str, proof: Proved) -> bool:
    needed = level_needed(right, draft.kind(right), has_directory=draft.playbook.has_directory)
    return right not in RECONFIRMED and needed <= proof.level
