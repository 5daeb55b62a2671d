"""How a person ends what was begun: not me, take it back; and what a status says of what is closed."""

from dataclasses import replace

import pytest

from bot.core.conversation import Unproved
from bot.core.effects import AmendRequest, HandToStaff, Line, SendCode
from bot.core.tickets import State
from bot.core.turn import Decision, Turn
from bot.words import languages, phrase

from .builders import (
    MAILBOX,
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
    only,
    said,
    waiting_for,
)

WORDS = {
    "en": "NOT ME",
    "de": "NICHT ICH",
    "fr": "PAS MOI",
    "nl": "NIET IK",
    "es": "NO FUI YO",
    "it": "NON SONO IO",
    "pl": "TO NIE JA",
}
TAKES_BACK = {
    "en": "Forget it, leave everything as it is.",
    "de": "Ich ziehe meinen Antrag zurück.",
    "fr": "Laissez tomber, merci.",
    "nl": "Laat maar zitten.",
    "es": "Cancelen mi solicitud, por favor.",
    "it": "Lasci perdere.",
    "pl": "Wycofuję mój wniosek.",
}


def waiting(turn: Turn, *requests: object, **changes: object) -> Decision:
    known = requests or (a_request("deletion"),)
    chosen = {"requests": known, "proof": waiting_for(), "greeted": True, "address": MAILBOX}
    return decided(turn, a_conversation(turn.message, **(chosen | changes)))


@pytest.mark.parametrize("language", languages())
def test_not_me_cancels_what_waits_and_alerts_staff(language: str) -> None:
    decision = waiting(a_turn(a_mail(WORDS[language])))

    assert only(decision, AmendRequest) == AmendRequest(reference="PD-OLD-deletion", to=State.CANCELLED)
    assert (only(decision, HandToStaff).reason, only(decision, HandToStaff).urgent) == ("it_was_not_me", True)
    assert decision.conversation.proof == Unproved()
    assert keys_said(decision) == ("not_me_done",)


@pytest.mark.parametrize("language", languages())
def test_the_code_mail_offers_the_words_that_are_understood(language: str) -> None:
    assert WORDS[language] in phrase("code_not_you", language)


def test_not_me_counts_for_a_chat_that_named_the_mailbox() -> None:
    turn = a_turn(a_mail("Not me!"))

    decision = waiting(turn, channel="webchat")

    assert only(decision, AmendRequest).to is State.CANCELLED


def test_not_me_typed_in_the_chat_itself_is_no_denial() -> None:
    decision = waiting(a_turn(a_chat_line("not me")))

    assert every(decision, AmendRequest) == ()


def test_not_me_of_another_mailbox_changes_nothing() -> None:
    turn = a_turn(a_mail("NOT ME", address=OTHER_MAILBOX))

    assert all(effect.to is None for effect in every(waiting(turn), AmendRequest))


def test_not_me_does_not_undo_what_was_proved() -> None:
    turn = a_turn(a_mail("NOT ME"))

    decision = waiting(turn, a_request("deletion", State.OPEN))

    assert all(effect.to is None for effect in every(decision, AmendRequest))


def test_a_code_that_a_chat_asked_for_is_not_taken_by_mail() -> None:
    """The owner of the mailbox might otherwise confirm what a stranger began in a chat (T16)."""
    turn = a_turn(a_mail("123456"), typed_codes=("right",))

    decision = waiting(turn, channel="webchat")

    assert State.OPEN not in {request.state for request in decision.conversation.requests}


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("names", [(), ("request_status",)])
def test_clear_words_take_a_request_back(language: str, names: tuple[str, ...]) -> None:
    decision = waiting(a_turn(a_mail(TAKES_BACK[language]), *names), a_request("deletion", State.OPEN))

    assert only(decision, AmendRequest) == AmendRequest(reference="PD-OLD-deletion", to=State.CANCELLED)
    assert only(decision, HandToStaff).reason == "taken_back"
    assert keys_said(decision) == ("taken_back",)


@pytest.mark.parametrize("text", ["Please don't cancel my request.", "I changed my mind about this."])
def test_unclear_words_are_asked_about_and_the_answer_counts(text: str) -> None:
    asked = waiting(a_turn(a_mail(text), "request_status"), a_request("deletion", State.OPEN))
    again = decided(a_turn(a_mail("2")), asked.conversation)
    status = decided(a_turn(a_mail("1")), asked.conversation)

    assert keys_said(asked) == ("status_or_cancel",)
    assert only(again, AmendRequest).to is State.CANCELLED
    assert keys_said(status) == ("status",)


def test_a_question_for_the_state_takes_nothing_back() -> None:
    decision = waiting(a_turn(a_mail("Where is my request?"), "request_status"), a_request("deletion", State.OPEN))

    assert only(decision, AmendRequest).to is None
    assert keys_said(decision) == ("status",)


def test_nothing_of_another_mailbox_is_taken_back() -> None:
    other = a_request("deletion", State.OPEN, address=OTHER_MAILBOX)

    decision = waiting(a_turn(a_mail("Forget it."), "request_status"), other)

    assert all(effect.to is None for effect in every(decision, AmendRequest))


def test_what_was_done_at_once_is_not_taken_back() -> None:
    done = a_request("unsubscribe", State.OPEN, level=0)

    decision = waiting(a_turn(a_mail("Forget it."), "request_status"), done)

    assert all(effect.to is None for effect in every(decision, AmendRequest))


@pytest.mark.parametrize("state", [State.COMPLETED, State.DENIED, State.CANCELLED, State.EXPIRED])
def test_the_state_of_what_is_closed_names_no_due_date(state: State) -> None:
    decision = waiting(a_turn(a_mail("Any news?"), "request_status"), a_request("deletion", state))

    told = [part for part in said(decision) if isinstance(part, Line) and part.key.startswith("status")]
    assert [(part.key, "due" in part.values) for part in told] == [("status_closed", False)]
    complaint = any(isinstance(part, Line) and part.key == "receipt_complain_local" for part in said(decision))
    assert complaint == (state is State.DENIED)


def test_a_person_is_called_in_any_state() -> None:
    for state in State:
        decision = waiting(a_turn(a_mail("HUMAN")), a_request("deletion", state))

        assert only(decision, HandToStaff).reason == "asked_for_a_human"


def test_the_receipt_says_how_it_was_verified_when_it_is_due_and_how_to_complain() -> None:
    turn = a_turn(a_mail("123456"), typed_codes=("right",))
    talk = a_conversation(turn.message, requests=(a_request("deletion"),), proof=waiting_for(), greeted=True)

    decision = decided(turn, talk, a_playbook(regulator="The Office"))

    told = {part.key: part.values for part in said(decision) if isinstance(part, Line)}
    assert told["receipt_verified"] == {"how": "code"}
    assert told["receipt_by_law"] == {"source": "GDPR Art. 12(3)", "due": "2026-04-02"}
    assert told["receipt_complain"] == {"regulator": "The Office"}
    assert "receipt_stored" in told


def test_two_requests_that_one_code_opens_get_one_receipt() -> None:
    turn = a_turn(a_mail("123456"), typed_codes=("right",))
    both = (a_request("deletion"), a_request("access"))
    talk = replace(a_conversation(turn.message), requests=both, proof=waiting_for(), greeted=True)

    keys = [part.key for part in said(decided(turn, talk)) if isinstance(part, Line)]

    assert keys.count("opened") == 2
    assert keys.count("receipt_verified") == keys.count("receipt_by_law") == 1
    assert every(decided(turn, talk), SendCode) == ()
