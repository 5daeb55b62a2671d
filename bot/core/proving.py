"""Sending a code: to the mailbox that the request names and nowhere else, at most three an hour.

Limits: RELIABILITY rows T02, T04, T05.
"""

from collections.abc import Sequence

from bot.core.conversation import Conversation, Proved, WaitingForCode
from bot.core.draft import Draft, line
from bot.core.effects import HandToStaff, Part, SendCode
from bot.core.playbook import Playbook
from bot.core.tickets import Request

#: Wrong codes before the code is dead (T02).
MAX_WRONG_TRIES = 5
#: Codes that one mailbox may get in an hour (T02).
MAX_CODES_AN_HOUR = 3
#: Details that a shop may know about its customers, and nobody publishes; none of them is a document.
POINTS = ("order_number", "invoice_number", "customer_number", "postcode", "phone")
#: Messages with details that do not match, for one mailbox in a day (T21).
MAX_MATCH_TRIES = 3
#: Wrong codes for one mailbox in a day, over all codes (T02).
MAX_WRONG_CODES_A_DAY = 10
#: So many of them may come in mails that neither answer our own nor are authenticated: a forger cannot use up the rest.
MAX_STRAY_CODES_A_DAY = 2
#: Stands for a link until the mail leaves.
LINK = "..."
#: Rights that no earlier proof carries: the mail of their own code says what will be erased, so typing it confirms it.
RECONFIRMED = frozenset({"deletion"})


def points_of(playbook: Playbook, requests: Sequence[Request]) -> tuple[str, ...]:
    """The details to ask for: two, and all three where the law wants that much (11 CCR 7062)."""
    return playbook.points[: 3 if any(request.level >= 3 for request in requests) else 2]


def waits_for_points(conversation: Conversation) -> tuple[Request, ...]:
    """The requests whose mailbox is proved and that still need a match with the shop's own records."""
    proof = conversation.proof
    if not isinstance(proof, Proved) or proof.level != 1:
        return ()
    return tuple(request for request in conversation.awaiting(proof.address) if request.level > 1)


def send_a_code(draft: Draft, address: str, requests: Sequence[Request]) -> Draft:
    """A new code, which kills the old one, for all that awaits proof; where no answer may follow, staff see to it."""
    if draft.unanswerable:
        return draft.settle((), HandToStaff(reason=draft.unanswerable))
    if draft.turn.codes_last_hour >= MAX_CODES_AN_HOUR:
        return draft.settle((), HandToStaff(reason="too_many_codes")).say(line("code_later"))
    chat = draft.message.is_chat
    validity = draft.playbook.code_valid_in_chat if chat else draft.playbook.code_valid_in_mail
    sent = SendCode(
        address=address,
        nonce=draft.turn.fresh_code.nonce,
        parts=_code_mail(draft, requests),
        references=tuple(request.reference for request in requests),
    )
    waiting = WaitingForCode(digest=draft.turn.fresh_code.digest, address=address, expires_at=draft.turn.now + validity)
    return draft.settle((), sent).remember(proof=waiting).say(line("code_sent_chat" if chat else "code_sent_mail"))


def _code_mail(draft: Draft, requests: Sequence[Request]) -> tuple[Part, ...]:
    """Names the shop, each right, the channel, the last four of the reference, and what to do if not you (T04)."""
    where = "code_for_chat" if draft.message.is_chat else "code_for_mail"
    named = [line("code_covers", right=request.right, last_four=request.reference[-4:]) for request in requests]
    warned = [line("code_erases")] if any(request.right in RECONFIRMED for request in requests) else []
    lasts = line("code_lasts_minutes" if draft.message.is_chat else "code_lasts_hours")
    more = [line("code_links")] if draft.message.is_chat else []
    more += [line("code_or_yes")] if not draft.message.is_chat and draft.message.authenticated else []
    head = (line(where, shop=draft.playbook.shop), *named, line("the_code"), lasts)
    return (*head, *code_page(draft.playbook, in_chat=draft.message.is_chat), *more, *warned, *not_you(draft.playbook))


def code_page(playbook: Playbook, *, in_chat: bool) -> tuple[Part, ...]:
    """Where the code may be typed instead; one of a chat counts in that chat only (T16)."""
    return (line("code_page", link=LINK),) if playbook.public_url and not in_chat else ()


def not_you(playbook: Playbook) -> tuple[Part, ...]:
    """What to do if somebody else has asked."""
    return (line("code_not_you"), *((line("deny_page", link=LINK),) if playbook.public_url else ()))
