"""What is told to the person about a request: receipts, decisions of staff, reminders. Fixed sentences, no I/O.

Law: staff's own words stand behind "a colleague writes"; a policy line is quoted as it stands; a refusal
says how to complain.
"""

from collections.abc import Sequence

from bot.core.clocks import Deadline
from bot.core.draft import line
from bot.core.effects import Line, Part, Quotation
from bot.core.playbook import Playbook
from bot.core.proving import code_page, not_you, points_of
from bot.core.tickets import Request


def how_to_complain(playbook: Playbook) -> Line:
    """The authority that the policy names, else the one of the person's own place."""
    if playbook.regulator:
        return line("receipt_complain", regulator=playbook.regulator)
    return line("receipt_complain_local")


def receipt(playbook: Playbook, requests: Sequence[Request], *, method: str) -> tuple[Part, ...]:
    """For requests that are open now: how they were verified, when the answer is due and by which rule, and what else.

    Source: 11 CCR 7021(a) demands the process of verification and when an answer may be expected.
    """
    dates = dict.fromkeys(_date(deadline) for request in requests for deadline in promised(request.deadlines))
    said = [line("receipt_verified", how=method), *(line(key, **dict(values)) for key, values in dates)]
    return (*said, line("receipt_stored"), how_to_complain(playbook))


def promised(deadlines: Sequence[Deadline]) -> tuple[Deadline, ...]:
    """The strictest answer by law, and the strictest by the shop's own policy."""
    answers = [deadline for deadline in deadlines if deadline.step == "answer"]
    law = [deadline for deadline in answers if deadline.regime != "policy"]
    policy = [deadline for deadline in answers if deadline.regime == "policy"]
    return (*law[:1], *policy[:1])


def _date(deadline: Deadline) -> tuple[str, tuple[tuple[str, str], ...]]:
    """A sentence and its values, in a form in which doublets are found."""
    if deadline.regime == "policy":
        lines = deadline.source.rpartition("line ")[2]
        return "receipt_by_policy", (("lines", lines), ("due", deadline.due_on))
    return "receipt_by_law", (("source", deadline.source), ("due", deadline.due_on))


def answered(*, words: str, quoted: Sequence[Quotation]) -> tuple[Part, ...]:
    """What a colleague writes, and the policy's own lines."""
    return (*_words(words), *_quoted(quoted))


def completed(reference: str, right: str, *, kept: str, quoted: Sequence[Quotation], words: str) -> tuple[Part, ...]:
    """Done; and where something had to be kept, what and why."""
    said: list[Part] = [line("letter_completed", reference=reference, right=right)]
    if kept:
        said.append(line("letter_kept", words=kept))
    return (*said, *_quoted(quoted), *_words(words))


def denied(
    playbook: Playbook, reference: str, right: str, *, reason: str, words: str, quoted: Sequence[Quotation]
) -> tuple[Part, ...]:
    """Why not, in our words and the policy's, and how to complain."""
    refused = line("letter_denied", reference=reference, right=right, reason=reason)
    return (refused, *_words(words), *_quoted(quoted), how_to_complain(playbook))


def confirmed(playbook: Playbook, reference: str, right: str, *, deadlines: Sequence[Deadline]) -> tuple[Part, ...]:
    """Staff have checked who asks: it is open, and when the answer is due."""
    due = min(deadline.due_on for deadline in deadlines if deadline.step == "answer")
    dates = dict.fromkeys(_date(deadline) for deadline in promised(deadlines))
    said = [line(key, **dict(values)) for key, values in dates]
    opened = line("opened", right=right, reference=reference, due=due)
    return (opened, line("receipt_verified", how="staff"), *said, how_to_complain(playbook))


def extended(reference: str, right: str, *, due: str, words: str) -> tuple[Part, ...]:
    """More time, until when, and for what reason."""
    return (line("letter_extended", reference=reference, right=right, due=due), *_words(words))


def on_hold(reference: str, right: str, *, words: str) -> tuple[Part, ...]:
    """The clock stands still until the person has answered `words`."""
    return (line("letter_on_hold", reference=reference, right=right), *_words(words))


def resumed(reference: str, right: str, *, due: str) -> tuple[Part, ...]:
    return (line("letter_resumed", reference=reference, right=right, due=due),)


def cancelled(reference: str, right: str, *, words: str) -> tuple[Part, ...]:
    return (line("letter_cancelled", reference=reference, right=right), *_words(words))


def joined(reference: str, other: str, right: str, *, due: str) -> tuple[Part, ...]:
    """Two requests for the same are dealt with under one reference."""
    return (line("letter_joined", reference=reference, other=other, right=right, due=due),)


def parted(reference: str, other: str, right: str, *, due: str) -> tuple[Part, ...]:
    """One of them is dealt with on its own again."""
    return (line("letter_parted", reference=reference, other=other, right=right, due=due),)


def taken_by_hand(playbook: Playbook, request: Request, *, received: str) -> tuple[Part, ...]:
    """The receipt of a request that came by phone, letter or in the shop."""
    noted = line(
        "letter_by_hand", right=request.right, reference=request.reference, received=received, due=request.due_on
    )
    return (noted, *receipt(playbook, (request,), method="staff"))


def reminder(playbook: Playbook, requests: Sequence[Request], *, then_details: bool = False) -> tuple[Part, ...]:
    """The mail of a new code, a day after the first, or after a proof that has run out before the details came."""
    covers = [line("code_covers", right=request.right, last_four=request.reference[-4:]) for request in requests]
    erases = [line("code_erases")] if any(request.right == "deletion" for request in requests) else []
    more = [line("code_then_points", points=" ".join(points_of(playbook, requests)))] if then_details else []
    head = (line("the_code"), line("code_lasts_hours"), *code_page(playbook, in_chat=False), *more)
    tail = (*head, *erases, *not_you(playbook))
    return (line("reminder_opening"), *covers, *tail)


def reminder_of_details(playbook: Playbook, requests: Sequence[Request]) -> tuple[Part, ...]:
    """The mailbox is proved, and what only the customer and the shop know is still to come."""
    return (*_still_needed(requests), line("ask_points", points=" ".join(points_of(playbook, requests))))


def reminder_of_a_declaration(requests: Sequence[Request]) -> tuple[Part, ...]:
    return (*_still_needed(requests), line("ask_declaration"))


def _still_needed(requests: Sequence[Request]) -> tuple[Part, ...]:
    return tuple(line("reminder_more", reference=one.reference, right=one.right) for one in requests)


def reminder_of_a_chat(playbook: Playbook) -> tuple[Part, ...]:
    """A code of a chat lasts minutes: the chat itself must ask for a new one."""
    return (line("reminder_chat", shop=playbook.shop),)


def still_unproved(requests: Sequence[Request]) -> tuple[Part, ...]:
    """A week without proof."""
    return tuple(
        line("letter_unproved", reference=request.reference, right=request.right, due=request.due_on)
        for request in requests
    )


def expired(playbook: Playbook, request: Request) -> tuple[Part, ...]:
    """Closed for want of proof, how to revive it, and how to complain."""
    closed = line("letter_expired", reference=request.reference, right=request.right)
    return (closed, how_to_complain(playbook))


def _quoted(quoted: Sequence[Quotation]) -> tuple[Part, ...]:
    return (line("policy_says"), *quoted) if quoted else ()


def _words(words: str) -> tuple[Part, ...]:
    return (line("letter_words", words=words.strip()),) if words.strip() else ()
