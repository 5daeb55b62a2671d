"""Opening what waits for a proof, as far as the proof carries it; asking for more where it does not (law 1)."""

from dataclasses import replace

from bot.core.conversation import Unproved, WaitingForCode
from bot.core.draft import Draft, line
from bot.core.effects import AmendRequest, HandToStaff
from bot.core.proving import points_of
from bot.core.tickets import LEVELS, Request, State, Verification


def carry(draft: Draft, waiting: tuple[Request, ...], verification: Verification) -> Draft:
    """Open each of `waiting` that needs no more than `verification`; for the others say what is still needed."""
    for request in waiting:
        if request.level <= verification.level:
            draft = _open(draft, request, verification)
    more = tuple(request for request in waiting if request.level > verification.level)
    return _ask_for_more(draft, more, verification.level) if more else draft


def flag_what_was_not_matched(draft: Draft, request: Request, verification: Verification) -> Draft:
    """Without a directory a copy of data opens by the mailbox alone: staff must know it (DESIGN section 3)."""
    if LEVELS[request.right] <= verification.level:
        return draft
    return draft.settle((), HandToStaff(reason="check_who_asks", reference=request.reference))


def pass_on_to_staff(
    draft: Draft, requests: tuple[Request, ...], reason: str, *, said: str = "staff_will_check"
) -> Draft:
    """The same words whatever the reason is."""
    for request in requests:
        staff = HandToStaff(reason=reason, reference=request.reference)
        draft = draft.settle((), staff).say(line(said, reference=request.reference))
    return draft


def hand_on_what_is_disowned(draft: Draft, waiting: tuple[Request, ...]) -> Draft | None:
    """The answer to our code mail says that they have asked for nothing: staff see to it, and no code opens it."""
    said = (draft.turn.own_words or draft.message.text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    if not draft.playbook.phrases.says("disowns", said):
        return None
    alerts = [HandToStaff(reason="it_was_not_me", urgent=True, reference=one.reference) for one in waiting]
    if isinstance(draft.conversation.proof, WaitingForCode):
        draft = draft.remember(proof=Unproved())
    return draft.settle(draft.left_with("request"), *alerts).say(line("passed_to_a_person"))


def _open(draft: Draft, request: Request, verification: Verification) -> Draft:
    amended = AmendRequest(reference=request.reference, to=State.OPEN, verification=verification)
    opened = replace(request, state=State.OPEN)
    known = tuple(opened if r.reference == request.reference else r for r in draft.conversation.requests)
    draft = draft.settle((), amended).remember(requests=known)
    draft = draft.say(line("opened", right=request.right, reference=request.reference, due=request.due_on))
    return flag_what_was_not_matched(draft, request, verification)


def _ask_for_more(draft: Draft, requests: tuple[Request, ...], level: int) -> Draft:
    """First the details that the shop knows, then a declaration; without a directory staff compare."""
    if level == 1 and draft.playbook.has_directory:
        return draft.say(line("ask_points", points=" ".join(points_of(draft.playbook, requests))))
    if level == 2:
        return draft.say(line("ask_declaration"))
    draft = pass_on_to_staff(draft, requests, "stronger_proof_needed")
    return draft.say(line("ask_declaration")) if any(request.level == 3 for request in requests) else draft
