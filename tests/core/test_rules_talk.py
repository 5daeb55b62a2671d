"""answer_from_the_policy, report_status, hand_to_a_human, ask_again_when_unsure: questions and people."""

from dataclasses import replace

import pytest

from bot.core.effects import AmendRequest, HandToStaff, Line, NoteSilence, OpenRequest, Quotation
from bot.core.tickets import State
from intents import Doubt

from .builders import (
    A_LIST,
    a_chat_line,
    a_conversation,
    a_mail,
    a_playbook,
    a_reading,
    a_request,
    a_turn,
    an_answer,
    decided,
    every,
    keys_said,
    only,
    said,
)

# answer_from_the_policy


@pytest.mark.parametrize("question", ["policy_question", "cookie_question"])
def test_a_question_is_answered_with_the_policys_own_words(question: str) -> None:
    decision = decided(a_turn(a_mail(), question, answers=(an_answer("Orders: seven years."),)))

    assert said(decision)[-2:] == (
        Line(key="policy_says"),
        Quotation(
            text="Orders: seven years.", section="4. Keeping", first_line=1, last_line=1, policy_sha256="ab" * 32
        ),
    )


def test_what_the_policy_does_not_say_is_told_as_such() -> None:
    decision = decided(a_turn(a_mail(), "policy_question", answers=(an_answer(),)))

    assert keys_said(decision) == ("policy_does_not_say",)


def test_what_the_policy_does_not_say_is_counted_by_topic() -> None:
    silent = replace(an_answer(), topic="gpc", silent_topics=("gpc",))

    decision = decided(a_turn(a_mail(), "policy_question", answers=(silent,)))

    assert only(decision, NoteSilence).topics == ("gpc",)


def test_a_part_that_the_policy_does_not_answer_is_told_after_the_part_that_it_does() -> None:
    half = replace(an_answer("Seven years."), unanswered=("who cleans?",), silent_topics=("",))

    decision = decided(a_turn(a_mail(), "policy_question", answers=(half,)))

    assert keys_said(decision) == ("policy_says", "policy_does_not_say_all")
    assert only(decision, NoteSilence).topics == ("",)


def test_a_talk_remembers_the_topic_of_its_last_question() -> None:
    decision = decided(
        a_turn(a_mail(), "policy_question", answers=(replace(an_answer("Seven years."), topic="retention_orders"),))
    )

    assert decision.conversation.asked_about == "retention_orders"


@pytest.mark.parametrize(
    ("mark", "keys"),
    [
        ({"other_language": True}, ("policy_says_in_its_language",)),
        ({"conflicting": True}, ("policy_contradicts_itself",)),
        ({"stale_law": True}, ("policy_says", "policy_names_old_law")),
        ({"hidden_contact": True}, ("policy_says", "policy_hides_the_address")),
    ],
)
def test_what_is_odd_about_a_passage_is_said(mark: dict[str, bool], keys: tuple[str, ...]) -> None:
    playbook = replace(a_playbook(), contact="help@shop.example")

    decision = decided(
        a_turn(a_mail(), "policy_question", answers=(replace(an_answer("We keep it."), **mark),)), playbook=playbook
    )

    assert keys_said(decision) == keys


def test_a_hidden_address_is_never_given_out_the_shops_own_is() -> None:
    hidden = replace(an_answer(), hidden_contact=True)
    playbook = replace(a_playbook(), contact="help@shop.example")

    decision = decided(a_turn(a_mail(), "policy_question", answers=(hidden,)), playbook=playbook)

    assert said(decision)[-1] == Line(key="policy_hides_the_address", values={"contact": "help@shop.example"})
    assert not every(decision, HandToStaff)


def test_a_hidden_address_without_any_other_goes_to_a_person() -> None:
    hidden = replace(an_answer(), hidden_contact=True)

    decision = decided(
        a_turn(a_mail(), "policy_question", answers=(hidden,)), playbook=replace(a_playbook(), contact="")
    )

    assert keys_said(decision) == ("policy_hides_the_address_from_us",)
    assert only(decision, HandToStaff).reason == "address_hidden"


def test_a_brand_without_a_policy_passes_its_questions_on() -> None:
    decision = decided(a_turn(a_mail(), "policy_question"))

    assert only(decision, HandToStaff).reason == "no_policy"
    assert keys_said(decision) == ("passed_to_a_person",)


def test_an_answer_that_was_found_but_not_asked_for_is_not_given() -> None:
    decision = decided(a_turn(a_mail(), "deletion", answers=(an_answer("Orders: seven years."),)))

    assert not any(isinstance(part, Quotation) for part in said(decision))


def test_a_wish_and_a_question_get_one_reply_to_both() -> None:
    decision = decided(a_turn(a_mail(), "deletion", "policy_question", answers=(an_answer("Seven years."),)))

    assert keys_said(decision) == ("policy_says", "request_noted", "code_sent_mail")


# report_status


def test_the_state_of_each_request_of_this_conversation_is_told() -> None:
    requests = (a_request("deletion", State.OPEN), a_request("access"))
    talk = a_conversation(a_mail(), requests=requests)

    decision = decided(a_turn(a_mail(), "request_status"), talk)

    states = [part.values["state"] for part in said(decision) if isinstance(part, Line) and part.key == "status"]
    assert states == ["open", "awaiting_verification"]
    assert only(decision, AmendRequest).reference == requests[-1].reference


def test_a_conversation_without_requests_is_told_nothing_of_others() -> None:
    decision = decided(a_turn(a_mail(), "request_status"))

    assert keys_said(decision) == ("status_elsewhere",)
    assert only(decision, HandToStaff).reason == "about_an_earlier_request"


# hand_to_a_human


def test_a_chat_that_calls_for_a_person_gets_one() -> None:
    decision = decided(a_turn(a_chat_line("HUMAN"), "human"))

    assert only(decision, HandToStaff).reason == "asked_for_a_human"
    assert keys_said(decision) == ("passed_to_a_person",)


def test_a_call_for_a_person_in_ordinary_mail_is_ordinary_mail() -> None:
    assert decided(a_turn(a_mail("Could somebody call me?"), "human")).untouched


@pytest.mark.parametrize("text", ["HUMAN", "Mensch", " mens\n", '"CZŁOWIEK"', "umano!"])
@pytest.mark.parametrize("doubt", [Doubt.NONE, Doubt.UNSURE])
def test_the_word_that_we_offer_calls_a_person_whatever_the_reader_makes_of_it(text: str, doubt: Doubt) -> None:
    by_mail = decided(a_turn(a_mail(text), reading=a_reading(doubt=doubt)), a_conversation(a_mail(), greeted=True))
    in_chat = decided(a_turn(a_chat_line(text), reading=a_reading(doubt=doubt)))

    for decision in (by_mail, in_chat):
        assert decision.rules == ("hand_to_a_human",)
        assert only(decision, HandToStaff).reason == "asked_for_a_human"


def test_the_word_in_ordinary_mail_or_in_a_sentence_calls_nobody() -> None:
    in_a_thread = a_conversation(a_mail(), greeted=True)

    assert decided(a_turn(a_mail("Mensch"))).untouched
    assert decided(a_turn(a_mail("What a human touch!")), in_a_thread).untouched


@pytest.mark.parametrize(
    ("greeted", "intents"), [(True, ("human",)), (False, ("human", "deletion"))], ids=["our thread", "beside a wish"]
)
def test_a_call_for_a_person_counts_in_a_privacy_conversation(greeted: bool, intents: tuple[str, ...]) -> None:
    decision = decided(a_turn(a_mail(), *intents), a_conversation(a_mail(), greeted=greeted))

    assert "asked_for_a_human" in [effect.reason for effect in every(decision, HandToStaff)]


# ask_again_when_unsure


def test_between_two_candidates_the_writer_is_asked() -> None:
    reading = a_reading(doubt=Doubt.AMBIGUOUS, candidates=("correction", "deletion", "access"))

    decision = decided(a_turn(a_mail(), reading=reading))

    assert said(decision)[-1] == Line(key="which_one", values={"first": "correction", "second": "deletion"})
    assert decision.conversation.asked == ("correction", "deletion")
    assert every(decision, OpenRequest) == ()


def test_what_is_unclear_goes_to_a_person() -> None:
    decision = decided(a_turn(a_mail(), reading=a_reading(doubt=Doubt.UNSURE)))

    assert only(decision, HandToStaff).reason == "unclear"
    assert keys_said(decision) == ("passed_to_a_person",)


def test_a_mail_in_a_language_that_is_not_read_is_shown_to_staff_and_not_answered() -> None:
    decision = decided(a_turn(a_mail(), reading=a_reading(doubt=Doubt.LANGUAGE)))

    assert decision.effects == (HandToStaff(reason="language_not_spoken"),)


def test_a_chat_in_a_language_that_is_not_read_is_told_that_a_person_will_look() -> None:
    decision = decided(a_turn(a_chat_line(), reading=a_reading(doubt=Doubt.LANGUAGE)))

    assert keys_said(decision) == ("passed_to_a_person",)


def test_a_clear_wish_is_not_questioned() -> None:
    assert "which_one" not in keys_said(decided(a_turn(a_mail(), "correction")))


def test_a_question_that_could_not_be_asked_is_not_remembered() -> None:
    """Else a later "1" would choose from what nobody was told."""
    reading = a_reading(doubt=Doubt.AMBIGUOUS, candidates=("correction", "deletion"))

    decision = decided(a_turn(a_mail(silence=A_LIST), reading=reading))

    assert decision.conversation.asked == ()


# the language of the reply


@pytest.mark.parametrize(("read", "spoken"), [("de", "de"), ("fi", "en"), ("und", "en")])
def test_the_reply_is_in_the_writers_language_where_the_shop_speaks_it(read: str, spoken: str) -> None:
    decision = decided(a_turn(a_mail(), reading=a_reading("deletion", language=read)))

    assert decision.conversation.language == spoken


def test_a_message_without_a_language_of_its_own_keeps_that_of_the_talk() -> None:
    talk = a_conversation(a_mail(), language="de")

    decision = decided(a_turn(a_mail("123456"), reading=a_reading(language="und")), talk)

    assert decision.conversation.language == "de"
