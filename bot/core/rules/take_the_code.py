"""Is this the code that we are waiting for?"""

from dataclasses import replace
from datetime import timedelta
from hmac import compare_digest

from bot.core.carrying import carry, hand_on_what_is_disowned, pass_on_to_staff
from bot.core.conversation import Proved, Unproved, WaitingForCode
from bot.core.draft import Draft, line
from bot.core.effects import AmendRequest, HandToStaff, LinkChat
from bot.core.proving import MAX_WRONG_TRIES
from bot.core.tickets import Verification


def take_the_code(draft: Draft) -> Draft | None:
    """A right code opens what waits for it; a wrong one costs a try; an old one is replaced.

    Of several codes in one message only as many are looked at as there are tries left (T02).
    """
    proof = draft.conversation.proof
    if not isinstance(proof, WaitingForCode) or not draft.turn.typed_codes or _comes_from_elsewhere(draft):
        return None
    if draft.message.silence is not None:
        # Never by an automatic message, a list's included.
        return None
    if draft.turn.now >= proof.expires_at:
        return hand_on_what_is_disowned(draft, draft.conversation.awaiting(proof.address)) or _ask_anew(draft)
    if draft.turn.codes_are_strays:
        return draft.say(line("code_only_in_reply"))
    if draft.turn.codes_are_spent:
        waiting = draft.conversation.awaiting(proof.address)
        return pass_on_to_staff(draft, waiting, "too_many_tries", said="tries_used_up")
    tried = draft.turn.typed_codes[: MAX_WRONG_TRIES - proof.wrong_tries]
    if any(compare_digest(proof.digest, typed) for typed in tried):
        disowned = hand_on_what_is_disowned(draft, draft.conversation.awaiting(proof.address))
        return disowned or _open_what_waits(draft, proof)
    return _count_the_wrong_try(draft, proof)


def _comes_from_elsewhere(draft: Draft) -> bool:
    """A chat's code counts in that chat only: by mail its owner might confirm what a stranger began (T16)."""
    return draft.message.channel != draft.conversation.channel


def _ask_anew(draft: Draft) -> Draft:
    """What waits for the old code is wanted once more: `ask_for_proof` sends one new code for all of it."""
    return draft.say(line("code_expired")).want_again(draft.conversation.awaiting(draft.conversation.address))


def _count_the_wrong_try(draft: Draft, proof: WaitingForCode) -> Draft:
    tries = proof.wrong_tries + len(draft.turn.typed_codes)
    if tries >= MAX_WRONG_TRIES:
        return draft.say(line("code_used_up")).remember(proof=Unproved())
    left = str(MAX_WRONG_TRIES - tries)
    return draft.say(line("code_wrong", left=left)).remember(proof=replace(proof, wrong_tries=tries))


def _open_what_waits(draft: Draft, proof: WaitingForCode) -> Draft:
    verification = Verification(level=1, method="code", subject=proof.address, at=draft.turn.now)
    draft = draft.remember(
        proof=Proved(
            level=1, method="code", address=proof.address, at=draft.turn.now, until=draft.turn.now + _validity(draft)
        )
    )
    waiting = draft.conversation.awaiting(proof.address)
    if not waiting:
        return _nothing_waits(draft)
    return _link(carry(draft, waiting, verification), verification)


def _link(draft: Draft, verification: Verification) -> Draft:
    """In a chat: both ends are proved now, the mailbox by its code and the chat by the one who typed it there."""
    if not draft.message.is_chat or draft.conversation.linked == verification.subject:
        return draft
    linked = draft.remember(linked=verification.subject).settle((), LinkChat(verification=verification))
    return linked.say(line("linked"))


def _nothing_waits(draft: Draft) -> Draft:
    """Staff closed the request before its code came: they hear of it, and the writer is not left without a word."""
    newest = draft.conversation.requests[-1].reference
    staff = HandToStaff(reason="about_an_earlier_request", reference=newest)
    return draft.settle((), AmendRequest(reference=newest), staff).say(line("passed_to_a_person"))


def _validity(draft: Draft) -> timedelta:
    playbook = draft.playbook
    return playbook.proof_valid_in_chat if draft.message.is_chat else playbook.proof_valid_in_mail
