"""Does the owner of the mailbox say yes to our code mail, instead of typing the code?"""

from bot.core.carrying import carry, hand_on_what_is_disowned
from bot.core.conversation import Proved, WaitingForCode
from bot.core.draft import Draft
from bot.core.phrases import Phrases
from bot.core.tickets import Verification


def take_the_yes(draft: Draft) -> Draft | None:
    """A yes of their own, in the thread of the mail that names what it confirms, from an authenticated mailbox.

    It opens only what that mail named, so an erasure is confirmed by it as by its code (DESIGN section 3).
    """
    proof, message = draft.conversation.proof, draft.message
    if not isinstance(proof, WaitingForCode) or draft.turn.now >= proof.expires_at or message.is_chat:
        return None
    if message.silence is not None or not message.authenticated or message.address != proof.address:
        return None
    named = set(draft.turn.answers_code_for)
    waiting = tuple(request for request in draft.conversation.awaiting(proof.address) if request.reference in named)
    if not waiting or draft.conversation.channel != message.channel or not agrees(draft.playbook.phrases, message.text):
        return None
    if disowned := hand_on_what_is_disowned(draft, waiting):
        return disowned
    now = draft.turn.now
    held = Proved(
        level=1, method="reply", address=proof.address, at=now, until=now + draft.playbook.proof_valid_in_mail
    )
    # A code that is under way for something newer stays good, where nothing of this needs more than the yes.
    others = len(waiting) < len(draft.conversation.awaiting(proof.address))
    keeps_its_code = others and all(request.level <= 1 for request in waiting)
    draft = draft if keeps_its_code else draft.remember(proof=held)
    return carry(draft, waiting, Verification(level=1, method="reply", subject=proof.address, at=now))


def agrees(phrases: Phrases, text: str) -> bool:
    """The word alone, or on a line of its own at the beginning."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    said = first.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").strip(" \t.!,\"'„“”«»")
    return phrases.pattern("yes").fullmatch(said) is not None
