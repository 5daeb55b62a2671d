"""Did we ask for a mailbox, and is this it?"""

from dataclasses import replace

from bot.core.draft import Draft


def take_the_address(draft: Draft) -> Draft | None:
    """In a chat: the address completes what was wanted before, which the later rules then settle.

    A typed address is a claim; it gets a code like any other, whether or not somebody there is known (law 5).
    """
    if (
        not draft.message.is_chat
        or not draft.turn.typed_address
        or draft.turn.typed_address == draft.conversation.address
    ):
        return None
    named = [wanted.partition("/") for wanted in draft.conversation.wanted]
    kinds = {right: kind for right, _, kind in named if right not in draft.left}
    if not kinds and not draft.left:
        return None
    draft = draft.remember(address=draft.turn.typed_address, wanted=())
    return replace(draft, left=(*draft.left, *kinds), kinds_before=kinds)
