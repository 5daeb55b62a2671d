"""ask_for_the_address, take_the_address, take_the_choice, say_what_we_are_for: what only a talk needs."""

from dataclasses import replace

import pytest

from bot.core.effects import HandToStaff, LeaveUntouched, Line, OpenRequest, Quotation, SendCode, Suppress
from intents import Doubt

from .builders import (
    MAILBOX,
    OTHER_MAILBOX,
    SHOP_CONTACT,
    a_chat_line,
    a_conversation,
    a_mail,
    a_reading,
    a_turn,
    an_answer,
    decided,
    every,
    keys_said,
    only,
    said,
)

# ask_for_the_address


@pytest.mark.parametrize(("right", "asked"), [("deletion", "ask_address"), ("unsubscribe", "ask_address_only")])
def test_a_chat_without_a_mailbox_is_asked_for_it_and_nothing_is_done_yet(right: str, asked: str) -> None:
    decision = decided(a_turn(a_chat_line(), right))

    assert keys_said(decision) == (asked,)
    assert decision.conversation.wanted == (right,)
    assert every(decision, OpenRequest) == every(decision, Suppress) == ()


def test_a_chat_that_named_its_mailbox_is_not_asked_again() -> None:
    message = a_chat_line()

    decision = decided(a_turn(message, "deletion"), a_conversation(message, address=MAILBOX))

    assert "ask_address" not in keys_said(decision)


def test_a_mail_whose_sender_is_ambiguous_goes_to_staff_and_is_not_answered() -> None:
    decision = decided(a_turn(a_mail(address=""), "deletion"))

    assert decision.effects == (HandToStaff(reason="no_clear_sender"),)


# take_the_address


def test_a_typed_address_completes_what_was_wanted_before() -> None:
    message = a_chat_line(MAILBOX)
    talk = a_conversation(message, wanted=("deletion",))

    decision = decided(a_turn(message, typed_address=MAILBOX), talk)

    assert only(decision, OpenRequest).claimed_address == MAILBOX
    assert only(decision, SendCode).address == MAILBOX
    assert decision.conversation.wanted == ()


def test_an_address_typed_beside_the_wish_needs_no_second_question() -> None:
    decision = decided(a_turn(a_chat_line(), "unsubscribe", typed_address=MAILBOX))

    assert only(decision, Suppress).address == MAILBOX
    assert keys_said(decision) == ("done_unsubscribe",)


def test_an_address_out_of_the_blue_is_not_taken() -> None:
    decision = decided(a_turn(a_chat_line(MAILBOX), typed_address=MAILBOX))

    assert decision.conversation.address == ""
    assert keys_said(decision) == ("chat_purpose",)


def test_an_address_in_a_mail_text_is_not_the_writers() -> None:
    decision = decided(a_turn(a_mail(), "deletion", typed_address=OTHER_MAILBOX))

    assert only(decision, SendCode).address == MAILBOX


def test_another_address_in_the_same_chat_gets_a_code_of_its_own() -> None:
    message = a_chat_line()
    talk = a_conversation(message, address=OTHER_MAILBOX)

    decision = decided(a_turn(message, "access", typed_address=MAILBOX), talk)

    assert only(decision, SendCode).address == MAILBOX
    assert only(decision, OpenRequest).request.address == MAILBOX


# take_the_choice


@pytest.mark.parametrize(("text", "right"), [("1", "correction"), (" 2) ", "deletion"), ("B", "deletion")])
def test_a_bare_number_picks_one_of_the_two(text: str, right: str) -> None:
    message = a_mail(text)
    talk = a_conversation(message, asked=("correction", "deletion"))

    decision = decided(a_turn(message), talk)

    assert only(decision, OpenRequest).request.right == right
    assert decision.conversation.asked == ()


def test_a_number_that_nobody_asked_for_picks_nothing() -> None:
    assert decided(a_turn(a_mail("1"))).effects == (LeaveUntouched(),)


def test_the_question_is_forgotten_once_something_else_is_wanted() -> None:
    message = a_mail("Stop the newsletter")
    talk = a_conversation(message, asked=("correction", "deletion"))

    decision = decided(a_turn(message, "unsubscribe"), talk)

    assert decision.conversation.asked == ()
    assert every(decision, Suppress)


def test_the_choice_settles_a_message_that_alone_would_be_unclear() -> None:
    message = a_chat_line("2")
    talk = a_conversation(message, address=MAILBOX, asked=("correction", "deletion"))

    decision = decided(a_turn(message, reading=a_reading(doubt=Doubt.UNSURE)), talk)

    assert keys_said(decision) == ("request_noted", "code_sent_chat")


# say_what_we_are_for, and the first line


def test_an_ordinary_line_in_a_chat_is_told_what_the_bot_is_for() -> None:
    decision = decided(a_turn(a_chat_line("Do you size rings?")))

    assert said(decision)[-1] == Line(key="chat_purpose", values={"shop": "Example Rings", "contact": SHOP_CONTACT})


def test_an_ordinary_mail_is_told_nothing() -> None:
    assert said(decided(a_turn(a_mail("Do you size rings?")))) == ()


def test_a_chat_is_told_once_and_first_that_a_machine_speaks() -> None:
    message = a_chat_line()

    first = decided(a_turn(message))
    second = decided(a_turn(message), first.conversation)

    assert said(first)[0] == Line(key="chat_greeting", values={"shop": "Example Rings"})
    assert Line(key="chat_greeting", values={"shop": "Example Rings"}) not in said(second)


def test_the_first_line_of_a_chat_quotes_what_the_policy_says_of_chats() -> None:
    message, kept = a_chat_line(), replace(an_answer("Chats: 12 months."), topic="retention_chats")

    first = decided(a_turn(message, kept_of_chats=kept))

    greeting, opening, quoted = said(first)[:3]
    assert (greeting.key, opening) == ("chat_greeting", Line(key="policy_says"))  # type: ignore[union-attr]
    assert isinstance(quoted, Quotation)
    assert quoted.text == "Chats: 12 months."


def test_whoever_asks_how_long_chats_are_kept_is_not_told_twice() -> None:
    kept = replace(an_answer("Chats: 12 months."), topic="retention_chats")

    first = decided(a_turn(a_chat_line(), "policy_question", kept_of_chats=kept, answers=(kept,)))

    assert len([part for part in said(first) if isinstance(part, Quotation)]) == 1
