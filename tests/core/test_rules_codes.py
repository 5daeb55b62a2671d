"""take_the_code, ask_for_proof, open_the_requests: what a code proves, and what it does not."""

from datetime import timedelta

import pytest

from bot.core.conversation import Conversation, Proved, Unproved, WaitingForCode
from bot.core.effects import AmendRequest, HandToStaff, Line, OpenRequest, SendCode
from bot.core.proving import MAX_CODES_AN_HOUR
from bot.core.tickets import State

from .builders import (
    A_LIST,
    MAILBOX,
    NOW,
    OTHER_MAILBOX,
    a_chat_line,
    a_conversation,
    a_mail,
    a_playbook,
    a_request,
    a_turn,
    decided,
    every,
    keys_said,
    later,
    only,
    proved,
    said,
    waiting_for,
)


def a_talk_waiting_for_its_code(*rights: str, **changes: object) -> Conversation:
    requests = tuple(a_request(right) for right in rights or ("deletion",))
    return a_conversation(a_mail(), requests=requests, **({"proof": waiting_for()} | changes))


# ask_for_proof


def test_a_request_is_noted_and_a_code_goes_to_the_mailbox_that_wrote() -> None:
    decision = decided(a_turn(a_mail("Erase me"), "deletion"))

    opened = only(decision, OpenRequest)
    assert (opened.request.state, opened.verification) == (State.AWAITING_VERIFICATION, None)
    assert only(decision, SendCode).address == MAILBOX
    assert keys_said(decision) == ("request_noted", "code_sent_mail")
    assert decision.rules == ("ask_for_proof",)


def test_a_question_asks_nobody_for_a_code() -> None:
    assert every(decided(a_turn(a_mail(), "policy_question")), SendCode) == ()


def test_the_clock_of_a_request_runs_from_its_receipt() -> None:
    turn = a_turn(a_mail(received_at=NOW - timedelta(days=2)), "access", now=NOW)

    request = only(decided(turn), OpenRequest).request
    assert request.received_at == NOW - timedelta(days=2)
    assert request.deadlines[0].due_on == "2026-03-28"


def test_several_rights_become_several_requests_and_one_code() -> None:
    decision = decided(a_turn(a_mail(), "access", "deletion"))

    opened = every(decision, OpenRequest)
    assert [effect.request.right for effect in opened] == ["access", "deletion"]
    assert only(decision, SendCode).references == tuple(effect.request.reference for effect in opened)


def test_the_code_mail_names_shop_right_channel_and_the_end_of_the_reference() -> None:
    sent = only(decided(a_turn(a_mail(), "deletion")), SendCode)

    assert [part.key for part in sent.parts if isinstance(part, Line)] == [
        "code_for_mail",
        "code_covers",
        "the_code",
        "code_lasts_hours",
        "code_erases",
        "code_not_you",
    ]
    assert sent.parts[0] == Line(key="code_for_mail", values={"shop": "Example Rings"})
    assert sent.parts[1] == Line(key="code_covers", values={"right": "deletion", "last_four": "0000"})


def test_a_code_mail_that_erases_nothing_does_not_speak_of_erasure() -> None:
    sent = only(decided(a_turn(a_mail(), "correction")), SendCode)

    assert "code_erases" not in [part.key for part in sent.parts if isinstance(part, Line)]


def test_a_code_lives_a_day_by_mail_and_ten_minutes_in_a_chat() -> None:
    by_mail = decided(a_turn(a_mail(), "deletion")).conversation.proof
    chat = a_chat_line()
    in_chat = decided(a_turn(chat, "deletion"), a_conversation(chat, address=MAILBOX)).conversation.proof

    assert isinstance(by_mail, WaitingForCode)
    assert isinstance(in_chat, WaitingForCode)
    assert by_mail.expires_at - NOW == timedelta(hours=24)
    assert in_chat.expires_at - NOW == timedelta(minutes=10)


def test_the_same_right_asked_twice_before_its_proof_is_one_request_with_a_new_code() -> None:
    decision = decided(a_turn(a_mail(), "deletion"), a_talk_waiting_for_its_code("deletion"))

    assert every(decision, OpenRequest) == ()
    assert only(decision, SendCode).references == ("PD-OLD-deletion",)
    assert decision.conversation.proof == waiting_for("fresh", expires_at=NOW + timedelta(hours=24))


@pytest.mark.parametrize(("sent_before", "codes"), [(MAX_CODES_AN_HOUR - 1, 1), (MAX_CODES_AN_HOUR, 0)])
def test_a_mailbox_gets_at_most_three_codes_an_hour(sent_before: int, codes: int) -> None:
    decision = decided(a_turn(a_mail(), "deletion", codes_last_hour=sent_before))

    assert len(every(decision, SendCode)) == codes
    assert only(decision, OpenRequest).request.right == "deletion"
    assert ("code_later" in keys_said(decision)) is (codes == 0)


@pytest.mark.parametrize(("right", "survives"), [("deletion", False), ("correction", True)])
def test_a_code_under_way_never_confirms_an_erasure_that_its_mail_did_not_name(right: str, survives: bool) -> None:
    talk = a_talk_waiting_for_its_code("access")

    decision = decided(a_turn(a_mail(), right, codes_last_hour=MAX_CODES_AN_HOUR), talk)

    assert (decision.conversation.proof == waiting_for()) is survives


def test_a_list_gets_no_code_but_its_request_is_on_record() -> None:
    decision = decided(a_turn(a_mail(silence=A_LIST), "deletion"))

    assert every(decision, SendCode) == ()
    assert said(decision) == ()
    assert only(decision, OpenRequest).request.state is State.AWAITING_VERIFICATION
    assert only(decision, HandToStaff).reason == "may_not_be_answered"
    assert decision.conversation.proof == Unproved()


def test_a_list_that_repeats_a_request_is_shown_to_staff() -> None:
    decision = decided(a_turn(a_mail(silence=A_LIST), "deletion"), a_talk_waiting_for_its_code("deletion"))

    assert decision.effects == (HandToStaff(reason="may_not_be_answered"),)


# take_the_code


def test_the_right_code_opens_what_waits_for_it() -> None:
    talk = a_talk_waiting_for_its_code("deletion", "correction")

    decision = decided(a_turn(a_mail("123456"), typed_codes=("right",)), talk)

    amended = every(decision, AmendRequest)
    assert [effect.to for effect in amended] == [State.OPEN, State.OPEN]
    assert all(effect.verification and effect.verification.subject == MAILBOX for effect in amended)
    assert [request.state for request in decision.conversation.requests] == [State.OPEN, State.OPEN]
    assert decision.conversation.proof == proved(at=NOW, until=NOW + timedelta(hours=24))
    assert keys_said(decision) == ("opened", "opened")


def test_a_wrong_code_opens_nothing_and_costs_a_try() -> None:
    decision = decided(a_turn(a_mail("123456"), typed_codes=("wrong",)), a_talk_waiting_for_its_code())

    assert every(decision, AmendRequest) == ()
    assert decision.conversation.proof == waiting_for(wrong_tries=1)
    assert said(decision)[-1] == Line(key="code_wrong", values={"left": "4"})


def test_the_right_code_opens_nothing_for_another_mailbox() -> None:
    mine, theirs = a_request("deletion"), a_request("access", address=OTHER_MAILBOX)
    talk = a_conversation(a_mail(), requests=(mine, theirs), proof=waiting_for())

    decision = decided(a_turn(a_mail(), typed_codes=("right",)), talk)

    assert only(decision, AmendRequest).reference == mine.reference


def test_the_fifth_wrong_code_kills_the_code() -> None:
    talk = a_talk_waiting_for_its_code(proof=waiting_for(wrong_tries=4))

    decision = decided(a_turn(a_mail(), typed_codes=("wrong",)), talk)

    assert decision.conversation.proof == Unproved()
    assert keys_said(decision) == ("code_used_up",)


def test_a_dead_code_opens_nothing() -> None:
    decision = decided(a_turn(a_mail(), typed_codes=("right",)), a_talk_waiting_for_its_code(proof=Unproved()))

    assert [effect.to for effect in every(decision, AmendRequest)] == [None]
    assert said(decision) == ()


@pytest.mark.parametrize(("wrong_before", "opens"), [(2, True), (3, False)])
def test_a_guess_beyond_the_fifth_is_not_looked_at_even_in_one_message(wrong_before: int, opens: bool) -> None:
    talk = a_talk_waiting_for_its_code(proof=waiting_for(wrong_tries=wrong_before))

    decision = decided(a_turn(a_mail(), typed_codes=("wrong-1", "wrong-2", "right")), talk)

    assert (decision.conversation.requests[0].state is State.OPEN) is opens


@pytest.mark.parametrize(("late", "opens"), [(timedelta(seconds=-1), True), (timedelta(0), False)])
def test_a_code_is_good_until_it_expires_and_not_a_moment_longer(late: timedelta, opens: bool) -> None:
    talk = a_talk_waiting_for_its_code(proof=waiting_for(expires_at=NOW - late))

    decision = decided(a_turn(a_mail(), typed_codes=("right",)), talk)

    assert (decision.conversation.requests[0].state is State.OPEN) is opens


def test_a_late_code_is_answered_with_a_new_one() -> None:
    talk = a_talk_waiting_for_its_code(proof=waiting_for(expires_at=NOW))

    decision = decided(a_turn(a_mail(), typed_codes=("right",)), talk)

    assert keys_said(decision) == ("code_expired", "code_sent_mail")
    assert only(decision, SendCode).references == ("PD-OLD-deletion",)


def test_a_late_code_beside_a_new_wish_is_answered_with_one_code_for_both() -> None:
    talk = a_talk_waiting_for_its_code(proof=waiting_for(expires_at=NOW))

    decision = decided(a_turn(a_mail(), "correction", typed_codes=("right",)), talk)

    assert only(decision, SendCode).references == ("PD-OLD-deletion", "PD-TEST-0000")


def test_a_late_code_beside_another_address_never_sends_one_code_to_two_mailboxes() -> None:
    """Whoever reads the first mailbox would hold the proof of the second."""
    message = a_chat_line(f"my code is 123456, delete {MAILBOX} too")
    talk = a_conversation(
        message,
        address=OTHER_MAILBOX,
        requests=(a_request("deletion", address=OTHER_MAILBOX),),
        proof=waiting_for(address=OTHER_MAILBOX, expires_at=NOW),
    )

    decision = decided(a_turn(message, "deletion", typed_codes=("right",), typed_address=MAILBOX), talk)

    assert only(decision, SendCode).address == MAILBOX


def test_a_late_code_for_nothing_that_waits_sends_no_empty_code() -> None:
    talk = a_conversation(
        a_mail(), requests=(a_request("deletion", State.CANCELLED),), proof=waiting_for(expires_at=NOW)
    )

    decision = decided(a_turn(a_mail(), typed_codes=("right",)), talk)

    assert every(decision, SendCode) == ()
    assert keys_said(decision) == ("code_expired",)


def test_a_right_code_that_is_too_weak_asks_for_what_the_shop_knows() -> None:
    talk = a_conversation(a_mail(), requests=(a_request("access", level=2),), proof=waiting_for())

    decision = decided(a_turn(a_mail(), typed_codes=("right",)), talk, a_playbook(has_directory=True))

    assert every(decision, AmendRequest) == ()
    assert keys_said(decision) == ("ask_points",)
    assert decision.conversation.requests[0].state is State.AWAITING_VERIFICATION


def test_a_right_code_for_a_request_that_staff_closed_opens_nothing_and_is_shown_to_staff() -> None:
    talk = a_conversation(a_mail(), requests=(a_request("deletion", State.CANCELLED),), proof=waiting_for())

    decision = decided(a_turn(a_mail(), typed_codes=("right",)), talk)

    assert decision.conversation.requests == talk.requests
    assert only(decision, HandToStaff).reason == "about_an_earlier_request"
    assert keys_said(decision) == ("passed_to_a_person",)


# open_the_requests


def test_a_proof_that_still_holds_carries_a_further_request() -> None:
    talk = a_conversation(a_mail(), proof=proved())

    opened = only(decided(a_turn(a_mail(), "correction"), talk), OpenRequest)

    assert opened.request.state is State.OPEN
    assert opened.verification is not None
    assert (opened.verification.level, opened.verification.subject) == (1, MAILBOX)


@pytest.mark.parametrize(
    "proof",
    [
        pytest.param(proved(until=NOW), id="run out"),
        pytest.param(proved(address=OTHER_MAILBOX), id="of another mailbox"),
        pytest.param(Unproved(), id="none"),
    ],
)
def test_a_proof_that_does_not_hold_carries_nothing(proof: Proved | Unproved) -> None:
    talk = a_conversation(a_mail(), proof=proof)

    opened = only(decided(a_turn(a_mail(), "correction"), talk), OpenRequest)

    assert (opened.request.state, opened.verification) == (State.AWAITING_VERIFICATION, None)


def test_a_proof_of_the_mailbox_alone_does_not_carry_what_needs_more() -> None:
    talk = a_conversation(a_mail(), proof=proved())

    opened = only(decided(a_turn(a_mail(), "access"), talk, a_playbook(has_directory=True)), OpenRequest)

    assert opened.request.state is State.AWAITING_VERIFICATION


def test_an_erasure_is_confirmed_by_a_code_of_its_own_even_where_a_proof_holds() -> None:
    """The code mail of the first request did not say that anything would be erased (DESIGN section 3)."""
    talk = a_conversation(a_mail(), proof=proved())

    decision = decided(a_turn(a_mail(), "deletion"), talk)

    assert only(decision, OpenRequest).request.state is State.AWAITING_VERIFICATION
    assert "code_erases" in [part.key for part in only(decision, SendCode).parts if isinstance(part, Line)]


def test_time_passes_between_question_and_code() -> None:
    asked = decided(a_turn(a_mail("Erase me"), "deletion"))

    answered = decided(later(a_turn(a_mail("123456"), typed_codes=("fresh",)), hours=23), asked.conversation)

    assert only(answered, AmendRequest).to is State.OPEN
