"""Did a mail program unsubscribe its owner, through the address that a newsletter carries?"""

from bot.core.draft import Draft, line
from bot.core.effects import Suppress
from bot.core.opening import open_without_proof


def take_the_list_unsubscribe(draft: Draft) -> Draft | None:
    """The sealed word in the subject says whose newsletter it is, whoever sent the mail (RFC 2369 section 3.2)."""
    listed = draft.turn.listed
    if listed is None:
        return None
    writer = draft.conversation.address
    request, draft = open_without_proof(draft.remember(address=listed.address), listed.right)
    draft = draft.remember(address=writer)
    draft = draft.settle((*draft.left, listed.right), Suppress(address=listed.address, purpose=listed.purpose))
    if draft.message.silence is not None and draft.message.silence.robot:
        return draft
    return draft.say(line(f"done_{listed.right}", reference=request.reference))
