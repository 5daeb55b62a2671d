"""Sending a code: to the mailbox that the request names and nowhere else, at most three an hour.

Limits: RELIABILITY rows T02, T04, T05.
"""

from collections.abc import Sequence

from bot.core.conversation import WaitingForCode
from bot.core.draft import Draft, line
from bot.core.effects import HandToStaff, Part, SendCode
from bot.core.tickets import Request

#: Wrong codes before the code is dead (T02).
MAX_WRONG_TRIES = 5
#: Codes that one mailbox may get in an hour (T02).
MAX_CODES_AN_HOUR = 3
#: Rights that no earlier proof carries: the mail of their own code says what will be erased, so typing it confirms it.
RECONFIRMED = frozenset({"deletion"})


def send_a_code(draft: Draft, address: str, requests: Sequence[Request]) -> Draft:
    """A new code, which kills the old one, for all that awaits proof; where no answer may follow, staff see to it."""
    if draft.turn.unanswerable:
        return draft.settle((), HandToStaff(reason=draft.turn.unanswerable))
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
    return (line(where, shop=draft.playbook.shop), *named, line("the_code"), lasts, *warned, line("code_not_you"))
