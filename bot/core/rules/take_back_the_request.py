"""Do they take back what they asked for?"""

from bot.core.conversation import Unproved, WaitingForCode
from bot.core.draft import Draft, line
from bot.core.effects import AmendRequest, HandToStaff
from bot.core.phrases import Phrases
from bot.core.tickets import Request, State

#: The answer to "1 or 2?" that takes it back, beside the intent that asks for the state.
TAKE_BACK = "take_back"

#: Without an intent that was read, only a short message is taken for it.
_SHORT = 80


def take_back_the_request(draft: Draft) -> Draft | None:
    """Clear words cancel what this conversation has under way; unclear or negated ones are asked about."""
    text = draft.message.text.replace("’", "'")
    asks = draft.left_with("status")
    under_way = _under_way(draft)
    if not under_way or not (asks or TAKE_BACK in draft.left or (not draft.left and len(text) <= _SHORT)):
        return None
    phrases = draft.playbook.phrases
    if TAKE_BACK in draft.left or _is_clear(phrases, text):
        return _take_back(draft, under_way)
    unclear = phrases.says("perhaps_take_back", text) or phrases.says("take_back", text)
    if not asks or not unclear or draft.unanswerable:
        return None
    return draft.settle(asks).remember(asked=("request_status", TAKE_BACK)).say(line("status_or_cancel"))


def _under_way(draft: Draft) -> tuple[Request, ...]:
    """What was done at once cannot be taken back, and nothing of another mailbox."""
    ours = (r for r in draft.conversation.requests if r.address == draft.conversation.address)
    return tuple(request for request in ours if not request.is_closed and request.level > 0)


def _is_clear(phrases: Phrases, text: str) -> bool:
    if phrases.says("undecided", text):
        return False
    found = phrases.pattern("take_back").finditer(text)
    return any(not phrases.says("negation", text[: one.start()]) for one in found)


def _take_back(draft: Draft, under_way: tuple[Request, ...]) -> Draft:
    draft = draft.settle((*draft.left_with("status"), TAKE_BACK))
    for request in under_way:
        cancelled = AmendRequest(reference=request.reference, to=State.CANCELLED)
        staff = HandToStaff(reason="taken_back", reference=request.reference)
        said = line("taken_back", reference=request.reference, right=request.right)
        draft = draft.settle((), cancelled, staff).say(said).with_state(request, State.CANCELLED)
    return draft.remember(proof=Unproved()) if isinstance(draft.conversation.proof, WaitingForCode) else draft
