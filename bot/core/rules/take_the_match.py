"""Did we ask for details that only the customer and the shop know, and are these they?"""

from dataclasses import replace
from typing import assert_never

from bot.core.carrying import carry, pass_on_to_staff
from bot.core.conversation import Proved
from bot.core.draft import Draft, line
from bot.core.proving import points_of, waits_for_points
from bot.core.tickets import Request, Verification
from bot.core.turn import Match


def take_the_match(draft: Draft) -> Draft | None:
    """All of them together open what needs level 2. Nobody learns which was wrong, or whether we know the mailbox."""
    proof = draft.conversation.proof
    waiting = waits_for_points(draft.conversation)
    if not waiting or not isinstance(proof, Proved) or draft.message.silence is not None:
        return None
    match draft.turn.match:
        case Match.NOT_TRIED:
            return None
        case _ if draft.turn.now >= proof.until:
            return _ask_anew(draft, waiting)
        case Match.INCOMPLETE:
            return draft.say(line("ask_points", points=" ".join(points_of(draft.playbook, waiting))))
        case Match.MATCHED:
            return _open_what_waits(draft, proof, waiting)
        case Match.FAILED if draft.turn.match_tries_left:
            return draft.say(line("points_wrong", left=str(draft.turn.match_tries_left)))
        case Match.FAILED | Match.SPENT:
            return pass_on_to_staff(draft, waiting, "stronger_proof_needed")
        case Match.UNAVAILABLE:
            return pass_on_to_staff(draft, waiting, "directory_unavailable")
        case Match.TOO_LATE:
            return _ask_anew(draft, waiting)
        case _:
            assert_never(draft.turn.match)


def _ask_anew(draft: Draft, waiting: tuple[Request, ...]) -> Draft:
    """What waits is wanted once more: `ask_for_proof` sends a new code for it."""
    return draft.say(line("proof_too_old")).want_again(waiting)


def _open_what_waits(draft: Draft, proof: Proved, waiting: tuple[Request, ...]) -> Draft:
    method = f"{proof.method}_and_match"
    verification = Verification(level=2, method=method, subject=proof.address, at=draft.turn.now)
    draft = draft.remember(proof=replace(proof, level=2, method=method, at=draft.turn.now))
    return carry(draft, waiting, verification)
