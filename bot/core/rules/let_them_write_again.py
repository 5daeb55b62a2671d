"""Does the owner of the mailbox take an opt-out back, in the words that our answer to it offers?"""

from bot.core.draft import Draft, line
from bot.core.effects import HandToStaff, Resume
from bot.core.phrases import Phrases
from bot.core.rules.honour_the_opt_out import PURPOSES


def let_them_write_again(draft: Draft) -> Draft | None:
    """Only in answer to our own mail and from an authenticated mailbox, which proves it theirs; else staff ask."""
    message = draft.message
    if message.is_chat or message.silence is not None or not wants_it_again(draft.playbook.phrases, message.text):
        return None
    mine = [request for request in draft.conversation.requests if request.address == message.address]
    purposes = dict.fromkeys(PURPOSES[request.right] for request in mine if request.right in PURPOSES)
    if not purposes:
        return None
    if not (draft.turn.answers_our_mail and message.authenticated) or draft.unanswerable:
        return draft.settle(draft.left, HandToStaff(reason="wants_marketing_again")).say(line("passed_to_a_person"))
    resumed = [Resume(address=message.address, purpose=purpose) for purpose in purposes]
    return draft.settle(draft.left, *resumed).say(line("page_undo_done", shop=draft.playbook.shop))


def wants_it_again(phrases: Phrases, text: str) -> bool:
    """The words alone, or on a line of their own at the beginning."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    said = first.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").strip(" \t.!\"'„“”«»")
    return phrases.pattern("again").fullmatch(said) is not None
