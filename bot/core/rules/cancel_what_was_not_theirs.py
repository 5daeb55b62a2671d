"""Does the owner of the mailbox say that it was somebody else?"""

from bot.core.conversation import Unproved
from bot.core.draft import Draft, line
from bot.core.effects import AmendRequest, HandToStaff
from bot.core.phrases import Phrases
from bot.core.tickets import State


def cancel_what_was_not_theirs(draft: Draft) -> Draft | None:
    """What awaits proof of this mailbox is cancelled and staff are alerted, also where a chat had named the mailbox.

    Only a mail of that very mailbox counts, in the conversation that waits (T04).
    """
    message = draft.message
    waiting = draft.conversation.awaiting(message.address) if message.address else ()
    waiting = tuple(request for request in waiting if request.state is State.AWAITING_VERIFICATION)
    if message.is_chat or not waiting or not denies(draft.playbook.phrases, message.text):
        return None
    for request in waiting:
        cancelled = AmendRequest(reference=request.reference, to=State.CANCELLED)
        alert = HandToStaff(reason="it_was_not_me", urgent=True, reference=request.reference)
        said = line("not_me_done", reference=request.reference)
        draft = draft.settle(draft.left, cancelled, alert).say(said).with_state(request, State.CANCELLED)
    return draft.remember(proof=Unproved())


def denies(phrases: Phrases, text: str) -> bool:
    """The words alone, or on a line of their own at the beginning."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    said = first.replace("’", "'").strip(" \t.!\"'„“”«»")
    return phrases.pattern("not_me").fullmatch(said) is not None
