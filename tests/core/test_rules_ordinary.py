"""drop_robots, leave_ordinary_mail, attach_to_the_request: what gets no reply."""

from datetime import timedelta

import pytest

from bot.core.effects import AmendRequest, Drop, HandToStaff, LeaveUntouched, OpenRequest, Reply, SendCode
from bot.core.tickets import State
from bot.core.turn import STALE

from .builders import (
    A_LIST,
    A_ROBOT,
    NOW,
    a_chat_line,
    a_conversation,
    a_mail,
    a_request,
    a_turn,
    decided,
    every,
    keys_said,
    only,
    waiting_for,
)

# drop_robots


def test_a_robot_is_dropped_whatever_it_says() -> None:
    decision = decided(a_turn(a_mail(silence=A_ROBOT), "deletion"))

    assert decision.effects == (Drop(rule="L01"),)
    assert decision.rules == ("drop_robots",)


def test_a_robot_that_quotes_the_code_proves_nothing() -> None:
    talk = a_conversation(a_mail(), requests=(a_request("deletion"),), proof=waiting_for())

    decision = decided(a_turn(a_mail(silence=A_ROBOT), typed_codes=("right",)), talk)

    assert decision.effects == (Drop(rule="L01"),)
    assert decision.conversation.proof == waiting_for()


def test_a_person_behind_a_list_is_not_dropped() -> None:
    assert "drop_robots" not in decided(a_turn(a_mail(silence=A_LIST), "deletion")).rules


# what came in days ago


@pytest.mark.parametrize(("waited", "answered"), [(STALE, True), (STALE + timedelta(seconds=1), False)])
def test_what_waited_for_days_is_put_on_record_and_handed_to_staff(waited: timedelta, answered: bool) -> None:
    decision = decided(a_turn(a_mail(), "deletion", now=NOW + waited))

    assert only(decision, OpenRequest).request.received_at == NOW
    assert bool(every(decision, Reply)) is bool(every(decision, SendCode)) is answered
    assert [effect.reason for effect in every(decision, HandToStaff)] == ([] if answered else ["came_in_late"])


# leave_ordinary_mail


def test_ordinary_mail_is_left_untouched() -> None:
    decision = decided(a_turn(a_mail("Do you size rings?")))

    assert decision.effects == (LeaveUntouched(),)
    assert decision.untouched


def test_ordinary_mail_of_a_list_is_left_untouched_too() -> None:
    assert decided(a_turn(a_mail(silence=A_LIST))).untouched


def test_privacy_mail_is_not_left_untouched() -> None:
    assert not decided(a_turn(a_mail(), "deletion")).untouched


def test_an_ordinary_line_in_a_chat_is_not_left_untouched() -> None:
    assert not decided(a_turn(a_chat_line("Do you size rings?"))).untouched


# attach_to_the_request


def test_a_further_word_in_the_thread_of_a_request_is_put_with_it() -> None:
    requests = (a_request("deletion", State.OPEN), a_request("access", State.OPEN))
    talk = a_conversation(a_mail(), requests=requests, greeted=True)

    decision = decided(a_turn(a_mail("It was order 1042.")), talk)

    newest = requests[-1].reference
    assert decision.effects == (
        AmendRequest(reference=newest),
        HandToStaff(reason="added_to_a_request", reference=newest),
    )


def test_a_further_word_in_a_thread_without_requests_is_ordinary_mail() -> None:
    assert decided(a_turn(a_mail("Thanks!")), a_conversation(a_mail(), greeted=True)).untouched


def test_a_chat_goes_on_talking_beside_its_request() -> None:
    message = a_chat_line("Do you size rings?")
    talk = a_conversation(message, requests=(a_request("deletion", State.OPEN),))

    assert keys_said(decided(a_turn(message), talk)) == ("chat_purpose",)
