"""Details that only the customer and the shop know: all or nothing, and nobody learns which was wrong."""

from dataclasses import replace

import pytest

from bot.core.clocks import Clock, Unit
from bot.core.conversation import Conversation, Proved
from bot.core.effects import AmendRequest, HandToStaff, OpenRequest, SendCode
from bot.core.playbook import Playbook
from bot.core.tickets import LEVELS, State
from bot.core.turn import Match

from .builders import (
    A_LIST,
    MAILBOX,
    NOW,
    ONE_MONTH,
    a_conversation,
    a_mail,
    a_playbook,
    a_request,
    a_turn,
    decided,
    every,
    keys_said,
    only,
    proved,
    waiting_for,
)

CALIFORNIA = Clock(
    regime="california", step="answer", count=45, unit=Unit.DAYS, rights=frozenset(LEVELS), source="11 CCR 7021(b)"
)


def a_shop(**changes: object) -> Playbook:
    return a_playbook(has_directory=True, points=("order_number", "postcode", "phone"), **changes)


def a_talk(*rights: str, proof: Proved | None = None, level: int = 2) -> Conversation:
    return a_conversation(a_mail(), requests=tuple(a_request(r, level=level) for r in rights), proof=proof or proved())


def test_a_match_opens_what_needs_level_2_with_the_proved_mailbox_as_its_subject() -> None:
    decision = decided(a_turn(a_mail(), match=Match.MATCHED), a_talk("access", "portability"), a_shop())

    proofs = [effect.verification for effect in every(decision, AmendRequest)]
    assert [(p.level, p.method, p.subject) for p in proofs if p] == [(2, "code_and_match", MAILBOX)] * 2
    assert {request.state for request in decision.conversation.requests} == {State.OPEN}


def test_a_match_without_a_proof_of_the_mailbox_opens_nothing() -> None:
    talk = a_conversation(a_mail(), requests=(a_request("access", level=2),))

    assert every(decided(a_turn(a_mail(), match=Match.MATCHED), talk, a_shop()), AmendRequest)[0].to is None


def test_a_match_in_an_automatic_message_opens_nothing() -> None:
    turn = a_turn(a_mail(silence=A_LIST), match=Match.MATCHED)

    assert only(decided(turn, a_talk("access"), a_shop()), AmendRequest).to is None


def test_a_failure_says_how_many_tries_are_left_and_nothing_else() -> None:
    decision = decided(a_turn(a_mail(), match=Match.FAILED, match_tries_left=2), a_talk("access"), a_shop())

    assert keys_said(decision) == ("points_wrong",)
    assert every(decision, AmendRequest) == ()


@pytest.mark.parametrize("match", [Match.FAILED, Match.SPENT])
def test_after_the_last_try_a_person_compares(match: Match) -> None:
    decision = decided(a_turn(a_mail(), match=match, match_tries_left=0), a_talk("access"), a_shop())

    assert only(decision, HandToStaff).reason == "stronger_proof_needed"
    assert keys_said(decision) == ("staff_will_check",)


def test_a_directory_that_is_away_sounds_like_one_that_does_not_match() -> None:
    away = decided(a_turn(a_mail(), match=Match.UNAVAILABLE), a_talk("access"), a_shop())
    spent = decided(a_turn(a_mail(), match=Match.SPENT), a_talk("access"), a_shop())

    assert keys_said(away) == keys_said(spent)
    assert only(away, HandToStaff).reason == "directory_unavailable"


def test_too_few_details_are_asked_for_again() -> None:
    decision = decided(a_turn(a_mail(), match=Match.INCOMPLETE), a_talk("access"), a_shop())

    assert keys_said(decision) == ("ask_points",)


def test_who_answers_after_the_proof_has_run_out_gets_a_new_code() -> None:
    talk = a_talk("access", proof=proved(until=NOW))

    decision = decided(a_turn(a_mail(), match=Match.TOO_LATE), talk, a_shop())

    assert only(decision, SendCode).address == MAILBOX
    assert keys_said(decision)[0] == "proof_too_old"


@pytest.mark.parametrize("match", [match for match in Match if match is not Match.NOT_TRIED])
def test_a_message_with_details_is_confidential(match: Match) -> None:
    assert decided(a_turn(a_mail(), match=match), a_talk("access"), a_shop()).confidential


def test_a_message_without_details_is_kept() -> None:
    assert not decided(a_turn(a_mail()), a_talk("access"), a_shop()).confidential


def test_two_details_are_asked_for_a_copy_and_three_for_the_specific_pieces() -> None:
    shop = a_shop(clocks=(ONE_MONTH, CALIFORNIA))
    codes = a_turn(a_mail(), typed_codes=("right",))
    said = []
    for level in (2, 3):
        talk = replace(a_talk("access", level=level), proof=waiting_for())
        (reply,) = [effect for effect in decided(codes, talk, shop).effects if hasattr(effect, "parts")]
        said += [part.values["points"] for part in reply.parts if getattr(part, "key", "") == "ask_points"]

    assert said == ["order_number postcode", "order_number postcode phone"]


def test_after_the_match_the_specific_pieces_need_a_declaration_and_stay_shut() -> None:
    decision = decided(a_turn(a_mail(), match=Match.MATCHED), a_talk("access", level=3), a_shop())

    assert keys_said(decision) == ("ask_declaration",)
    assert every(decision, AmendRequest) == ()
    assert decision.conversation.requests[0].state is State.AWAITING_VERIFICATION


def test_a_declaration_is_kept_and_a_person_confirms_it() -> None:
    talk = a_talk("access", level=3, proof=proved(level=2, method="code_and_match"))
    words = "I declare under penalty of perjury that I am the person whose data this is about. Ada Byron"

    decision = decided(a_turn(a_mail(words)), talk, a_shop())

    assert only(decision, HandToStaff).reason == "declaration_to_confirm"
    assert only(decision, AmendRequest).to is None
    assert not decision.confidential


def test_a_copy_without_a_directory_is_opened_by_the_mailbox_and_flagged() -> None:
    talk = replace(a_talk("access", level=1), proof=waiting_for())

    decision = decided(a_turn(a_mail(), typed_codes=("right",)), talk)

    assert only(decision, AmendRequest).to is State.OPEN
    assert only(decision, HandToStaff).reason == "check_who_asks"


def test_specific_pieces_are_a_kind_under_california_law_only() -> None:
    turn = a_turn(a_mail("x"), "access")
    found = replace(turn.reading.intents[0], evidence="the specific pieces of information you hold")
    turn = replace(turn, reading=replace(turn.reading, intents=(found,)))

    here = only(decided(turn, playbook=a_shop(clocks=(ONE_MONTH, CALIFORNIA))), OpenRequest).request
    elsewhere = only(decided(turn, playbook=a_shop()), OpenRequest).request

    assert (here.kind, here.level) == ("specific_pieces", 3)
    assert (elsewhere.kind, elsewhere.level) == ("", 2)


def test_codes_that_were_guessed_too_often_today_are_not_looked_at() -> None:
    talk = replace(a_talk("correction", level=1), proof=waiting_for())

    decision = decided(a_turn(a_mail(), typed_codes=("right",), codes_are_spent=True), talk)

    assert every(decision, AmendRequest) == ()
    assert only(decision, HandToStaff).reason == "too_many_tries"
    assert keys_said(decision) == ("tries_used_up",)
