"""Do they ask something that the policy may answer?"""

from bot.core.draft import Draft, line
from bot.core.effects import HandToStaff, Part, Quotation
from policy_faq import PolicyAnswer


def answer_from_the_policy(draft: Draft) -> Draft | None:
    """The policy's own words with section and lines, or plainly that it does not say (law 2)."""
    questions = draft.left_with("answer")
    if not questions:
        return None
    if not draft.turn.answers:
        return draft.settle(questions, HandToStaff(reason="no_policy")).say(line("passed_to_a_person"))
    said = [part for answer in draft.turn.answers for part in _parts(answer)]
    return draft.settle(questions).say(*said)


def _parts(answer: PolicyAnswer) -> tuple[Part, ...]:
    if not answer.answered:
        return (line("policy_does_not_say"),)
    quotations = tuple(
        Quotation(
            text=quote.text,
            section=quote.section,
            first_line=quote.first_line,
            last_line=quote.last_line,
            policy_sha256=answer.policy_sha256,
        )
        for quote in answer.quotes
    )
    return (line("policy_says"), *quotations)
