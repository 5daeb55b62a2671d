"""Do we know no mailbox to act on or to prove?"""

from bot.core.draft import Draft, line
from bot.core.effects import HandToStaff


def ask_for_the_address(draft: Draft) -> Draft | None:
    """A chat is asked for it; a mail whose sender is ambiguous goes to staff, never to a guess (T07)."""
    rights = draft.left_with("request", "opt_out")
    if not rights or draft.conversation.address:
        return None
    if not draft.message.is_chat:
        return draft.settle(rights, HandToStaff(reason="no_clear_sender"))
    named = tuple(f"{right}/{draft.kind(right)}".rstrip("/") for right in rights)
    wanted = tuple(dict.fromkeys((*draft.conversation.wanted, *named)))
    proves = any(draft.playbook.handling.get(name.partition("/")[0]) == "request" for name in wanted)
    asked = line("ask_address" if proves else "ask_address_only")
    return draft.settle(rights).remember(wanted=wanted).say(asked)
