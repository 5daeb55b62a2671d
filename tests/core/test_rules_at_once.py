"""honour_the_opt_out, alert_staff, join_what_is_asked_twice: what needs no proof, and what is there already."""

import pytest

from bot.core.effects import AmendRequest, HandToStaff, Line, OpenRequest, SendCode, Suppress
from bot.core.tickets import State

from .builders import (
    A_LIST,
    MAILBOX,
    OTHER_MAILBOX,
    a_chat_line,
    a_conversation,
    a_mail,
    a_request,
    a_turn,
    decided,
    every,
    keys_said,
    only,
    said,
)

# honour_the_opt_out


@pytest.mark.parametrize(("right", "purpose"), [("unsubscribe", "marketing"), ("opt_out_of_sale", "sale")])
def test_an_opt_out_is_done_at_once_and_without_a_code(right: str, purpose: str) -> None:
    decision = decided(a_turn(a_mail(), right))

    assert only(decision, Suppress) == Suppress(address=MAILBOX, purpose=purpose)
    assert every(decision, SendCode) == ()
    assert keys_said(decision) == (f"done_{right}",)


def test_an_opt_out_is_on_record_with_a_verification_of_level_nought() -> None:
    opened = only(decided(a_turn(a_mail(), "unsubscribe")), OpenRequest)

    assert opened.request.state is State.OPEN
    assert opened.verification is not None
    assert (opened.verification.level, opened.verification.method) == (0, "none")


def test_a_request_stops_no_marketing() -> None:
    assert every(decided(a_turn(a_mail(), "deletion")), Suppress) == ()


def test_an_opt_out_through_a_list_is_honoured_in_silence() -> None:
    decision = decided(a_turn(a_mail(silence=A_LIST), "unsubscribe"))

    assert only(decision, Suppress).address == MAILBOX
    assert said(decision) == ()
    assert only(decision, HandToStaff).reason == "may_not_be_answered"


# alert_staff


@pytest.mark.parametrize("right", ["complaint", "child_data", "security_report"])
def test_what_is_urgent_opens_a_request_and_alerts_staff(right: str) -> None:
    decision = decided(a_turn(a_mail(), right))

    request = only(decision, OpenRequest).request
    assert request.state is State.OPEN
    assert only(decision, HandToStaff) == HandToStaff(reason=right, urgent=True, reference=request.reference)
    assert keys_said(decision) == (f"received_{right}",)


def test_what_is_not_urgent_alerts_nobody() -> None:
    assert every(decided(a_turn(a_mail(), "correction")), HandToStaff) == ()


def test_an_urgent_line_in_a_chat_need_not_name_a_mailbox() -> None:
    decision = decided(a_turn(a_chat_line(), "security_report"))

    assert only(decision, OpenRequest).request.address == "webchat:thread-1"


# join_what_is_asked_twice


@pytest.mark.parametrize("right", ["deletion", "unsubscribe"])
def test_a_repeat_is_added_to_the_request_that_is_open(right: str) -> None:
    open_one = a_request(right, State.OPEN)
    talk = a_conversation(a_mail(), requests=(open_one,))

    decision = decided(a_turn(a_mail(), right), talk)

    assert only(decision, AmendRequest) == AmendRequest(reference=open_one.reference)
    assert every(decision, OpenRequest) == every(decision, SendCode) == ()
    assert said(decision)[-1] == Line(
        key="already_under_way",
        values={"right": right, "reference": open_one.reference, "due": open_one.deadlines[0].due_on},
    )


@pytest.mark.parametrize(
    "earlier",
    [
        pytest.param(a_request("deletion", State.COMPLETED), id="completed"),
        pytest.param(a_request("deletion", State.CANCELLED), id="cancelled"),
        pytest.param(a_request("deletion", State.OPEN, address=OTHER_MAILBOX), id="of another mailbox"),
        pytest.param(a_request("access", State.OPEN), id="for another right"),
    ],
)
def test_what_is_over_or_not_the_same_is_not_joined(earlier) -> None:  # noqa: ANN001
    talk = a_conversation(a_mail(), requests=(earlier,))

    assert only(decided(a_turn(a_mail(), "deletion"), talk), OpenRequest).request.right == "deletion"
