"""What the kind of a request is, and what follows from it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.conversation import Proved
from bot.core.effects import HandToStaff, OpenRequest, SendCode, Suppress
from bot.core.kinds import KINDS, kind_of
from bot.core.tickets import LEVELS, State, level_needed
from bot.core.turn import Turn
from bot.words.heard import phrases
from intents import FoundIntent, Reading

from .builders import MAILBOX, NOW, a_conversation, a_mail, a_request, a_turn, decided, every, keys_said, only, said


def a_wish(right: str, words: str, **changes: object) -> Turn:
    found = FoundIntent(name=right, confidence=0.9, evidence=words)
    return a_turn(a_mail(words), reading=Reading(intents=(found,), language="en"), **changes)


@pytest.mark.parametrize(
    ("right", "words", "kind"),
    [
        ("access", "Under California's Shine the Light law, who got my details?", "shine_the_light"),
        ("access", "Which third parties were given my details for their direct marketing purposes?", "shine_the_light"),
        ("access", "Have you disclosed my details to third parties for their own marketing?", "shine_the_light"),
        ("access", "On what basis is my data transferred outside the European Economic Area?", "transfers"),
        ("access", "Werden meine Daten in ein Drittland übermittelt oder ins Ausland?", "transfers"),
        ("access", "Welche Daten übermitteln Sie in ein Drittland?", "transfers"),
        ("access", "Mes données sont-elles transférées hors de l'Union ?", "transfers"),
        ("access", "Send me a copy of what you hold.", ""),
        ("deletion", "Please take down my picture.", "publication"),
        ("deletion", "Bitte löschen Sie mein Foto von Ihrer Webseite.", "publication"),
        ("deletion", "Retirez ma photo de votre page Instagram.", "publication"),
        ("deletion", "Usuń moje zdjęcie z waszej strony.", "publication"),
        ("deletion", "I am a minor and want my posts gone.", "minor_content"),
        ("deletion", "Ho 16 anni, cancellate quello che ho scritto.", "minor_content"),
        ("deletion", "Delete my account.", ""),
        ("objection", "I object to direct marketing.", "marketing"),
        ("objection", "Ich widerspreche der Nutzung zu Werbezwecken.", "marketing"),
        ("objection", "Me opongo a que usen mis datos para publicidad.", "marketing"),
        ("objection", "Ik maak bezwaar tegen reclame.", "marketing"),
        ("objection", "I object to profiling.", "profiling"),
        ("objection", "I object to marketing and to your fraud scoring.", ""),
        ("objection", "I object to my data in your study.", ""),
        ("withdraw_consent", "I withdraw my consent to the newsletter.", "marketing"),
        ("withdraw_consent", "Wycofuję zgodę na marketing.", "marketing"),
        ("withdraw_consent", "I withdraw my consent to the photo.", ""),
        ("correction", "Correct the marketing name.", ""),
    ],
)
def test_a_kind_is_read_from_the_writers_own_words(right: str, words: str, kind: str) -> None:
    assert kind_of(phrases(), right, words) == kind


@pytest.mark.parametrize("has_directory", [False, True])
@pytest.mark.parametrize(("right", "kind"), [(right, kind) for right in LEVELS for kind in ("", *KINDS.get(right, ()))])
def test_the_level_of_every_right_and_kind(right: str, kind: str, has_directory: bool) -> None:
    free = {"unsubscribe", "opt_out_of_sale", "complaint", "child_data", "security_report"}
    strong = {"access", "portability"} if has_directory else set()
    expected = 0 if right in free or kind == "marketing" else 2 if right in strong else 1
    expected = 3 if kind == "specific_pieces" else expected

    assert level_needed(right, kind, has_directory=has_directory) == expected


@pytest.mark.parametrize("right", ["objection", "withdraw_consent"])
def test_no_to_marketing_is_done_at_once_and_without_proof(right: str) -> None:
    decision = decided(a_wish(right, "No more direct marketing."))

    opened = only(decision, OpenRequest)
    assert only(decision, Suppress) == Suppress(address=MAILBOX, purpose="marketing")
    assert (opened.request.kind, opened.request.level, opened.request.state) == ("marketing", 0, State.OPEN)
    assert every(decision, SendCode) == ()
    assert keys_said(decision) == ("done_marketing",)


def test_no_to_marketing_and_to_something_else_stops_the_marketing_and_asks_for_proof_of_the_rest() -> None:
    decision = decided(a_wish("objection", "I object to marketing and to your fraud scoring."))

    assert only(decision, Suppress).purpose == "marketing"
    assert only(decision, OpenRequest).request.state is State.AWAITING_VERIFICATION
    assert only(decision, SendCode).address == MAILBOX


def test_content_that_was_published_must_be_named_and_the_limits_are_told() -> None:
    decision = decided(a_wish("deletion", "Take down my picture from your website."))

    assert "which_content" in keys_said(decision)
    assert [part.values["kind"] for part in said(decision) if getattr(part, "key", "") == "receipt_kind"] == [
        "publication"
    ]


def test_the_second_shine_the_light_request_of_a_year_goes_to_staff_and_is_not_refused() -> None:
    words = "Shine the Light"
    first = decided(a_wish("access", words))
    second = decided(a_wish("access", words, kinds_this_year=frozenset({"shine_the_light"})))

    assert every(first, HandToStaff) == ()
    assert only(second, HandToStaff).reason == "second_this_year"
    assert only(second, OpenRequest).request.kind == "shine_the_light"


def test_another_kind_of_the_same_right_is_a_request_of_its_own() -> None:
    turn = a_wish("objection", "I object to profiling.")
    earlier = a_request("objection", State.OPEN)
    talk = a_conversation(turn.message, requests=(earlier,))

    assert only(decided(turn, talk), OpenRequest).request.kind == "profiling"


def test_an_expired_request_is_revived_by_a_proof_that_still_holds() -> None:
    expired = a_request("correction", State.EXPIRED, received_at=datetime(2026, 2, 1, tzinfo=UTC))
    turn = a_turn(a_mail(), "correction")
    proof = Proved(level=1, method="code", address=MAILBOX, at=NOW, until=NOW.replace(hour=20))
    talk = replace(a_conversation(turn.message), requests=(expired,), proof=proof)

    decision = decided(turn, talk)

    assert every(decision, OpenRequest) == ()
    assert [(r.reference, r.state) for r in decision.conversation.requests] == [(expired.reference, State.OPEN)]
