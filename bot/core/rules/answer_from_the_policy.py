"""Do they ask something that the policy may answer?"""

from collections.abc import Iterator

from bot.core.draft import Draft, line
from bot.core.effects import HandToStaff, NoteSilence, Part, Quotation
from policy_faq import PolicyAnswer


def answer_from_the_policy(draft: Draft) -> Draft | None:
    """The policy's own words with section and lines, or plainly that it does not say (law 2)."""
    questions = draft.left_with("answer")
    if not questions:
        return None
    answers = draft.turn.answers
    if not answers:
        return draft.settle(questions, HandToStaff(reason="no_policy")).say(line("passed_to_a_person"))
    silent = tuple(topic for answer in answers for topic in answer.silent_topics)
    draft = draft.settle(questions, *((NoteSilence(topics=silent),) if silent else ()))
    draft = draft.remember(asked_about=answers[-1].topic)
    said = [part for answer in answers for part in told(answer, draft.playbook.contact)]
    if any(_is_hidden(answer) for answer in answers) and not draft.playbook.contact:
        draft = draft.settle((), HandToStaff(reason="address_hidden"))
    return draft.say(*said)


def told(answer: PolicyAnswer, contact: str) -> Iterator[Part]:
    """What is said of one question: the policy's words and what introduces them."""
    if not answer.answered:
        yield from _hidden(answer, contact) or (line("policy_does_not_say"),)
        return
    yield line(_opening(answer))
    for quote in answer.quotes:
        yield Quotation(
            text=quote.text,
            section=quote.section,
            first_line=quote.first_line,
            last_line=quote.last_line,
            policy_sha256=answer.policy_sha256,
            policy_date=answer.policy_date,
        )
    yield from _hidden(answer, contact)
    if answer.stale_law:
        yield line("policy_names_old_law")
    if answer.unanswered:
        yield line("policy_does_not_say_all")


def _opening(answer: PolicyAnswer) -> str:
    if answer.conflicting:
        return "policy_contradicts_itself"
    return "policy_says_in_its_language" if answer.other_language else "policy_says"


def _is_hidden(answer: PolicyAnswer) -> bool:
    """The address that they ask for stands in the policy, but nobody could use it."""
    return answer.hidden_contact and not answer.answered


def _hidden(answer: PolicyAnswer, contact: str) -> tuple[Part, ...]:
    """Never the hidden or made-up address: the shop's own, or a person."""
    if contact and answer.hidden_contact:
        return (line("policy_hides_the_address", contact=contact),)
    return (line("policy_hides_the_address_from_us"),) if _is_hidden(answer) else ()
