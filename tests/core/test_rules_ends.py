"""A yes instead of a code, a chat and its mailbox, and who writes for somebody else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.conversation import Conversation, Proved, Unproved
from bot.core.effects import AmendRequest, HandToStaff, LinkChat, OpenRequest, SendCode, Suppress, UnlinkChat
from bot.core.messages import InboundMessage
from bot.core.rules.pass_on_who_writes_for_others import OTHERS
from bot.core.tickets import State
from bot.core.turn import Turn

from .builders import (
    A_LIST,
    MAILBOX,
    NOW,
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
    proved,
    waiting_for,
)

# take_the_yes


def asked_by_mail(*rights: str) -> Conversation:
    return a_conversation(a_mail(), requests=tuple(map(a_request, rights)), proof=waiting_for())


def a_yes(text: str = "Yes", **changes: object) -> Turn:
    """A yes to the code mail that named the request for a deletion."""
    named = changes.pop("answers_code_for", ("PD-OLD-deletion",))
    return a_turn(a_mail(text, **({"authenticated": True} | changes)), answers_code_for=named)


@pytest.mark.parametrize(
    "said", ["YES", "yes.", "Ja", "JA, bitte", "oui", "Sí", "si", "Sì", "tak", "Yes, I confirm\n\nAda Byron\nShe/her"]
)
def test_a_yes_in_the_thread_of_the_code_mail_opens_what_it_named(said: str) -> None:
    decision = decided(a_yes(said), asked_by_mail("deletion"))

    opened = only(decision, AmendRequest)
    assert opened.to is State.OPEN
    assert opened.verification is not None
    assert (opened.verification.level, opened.verification.method, opened.verification.subject) == (1, "reply", MAILBOX)
    assert isinstance(decision.conversation.proof, Proved)


def test_it_opens_nothing_that_the_mail_did_not_name() -> None:
    decision = decided(a_yes(), asked_by_mail("deletion", "correction"))

    assert [effect.reference for effect in every(decision, AmendRequest) if effect.to] == ["PD-OLD-deletion"]


@pytest.mark.parametrize(
    "turn",
    [
        pytest.param(a_yes(authenticated=False), id="nobody vouches for the sender"),
        pytest.param(a_yes(answers_code_for=()), id="no answer to a code mail"),
        pytest.param(a_yes(silence=A_LIST), id="a list"),
        pytest.param(a_yes("Yes but who are you?"), id="more than a yes"),
        pytest.param(a_yes("no"), id="a no"),
        pytest.param(a_yes(address=OTHER_MAILBOX), id="another mailbox"),
    ],
)
def test_nothing_less_than_that_opens_anything(turn: Turn) -> None:
    decision = decided(turn, asked_by_mail("deletion"))

    assert [effect for effect in every(decision, AmendRequest) if effect.to] == []


def test_a_yes_after_the_codes_time_opens_nothing() -> None:
    talk = replace(asked_by_mail("deletion"), proof=waiting_for(expires_at=NOW))

    assert [effect for effect in every(decided(a_yes(), talk), AmendRequest) if effect.to] == []


def test_a_yes_by_mail_is_none_for_a_chat() -> None:
    """The owner of the mailbox would confirm what a stranger began in a chat (T16)."""
    talk = replace(asked_by_mail("deletion"), channel="webchat")

    assert [effect for effect in every(decided(a_yes(), talk), AmendRequest) if effect.to] == []


@pytest.mark.parametrize("authenticated", [True, False])
def test_the_word_is_offered_only_where_it_would_count(authenticated: bool) -> None:
    sent = only(decided(a_turn(a_mail(authenticated=authenticated), "deletion")), SendCode)

    assert ("code_or_yes" in [getattr(part, "key", "") for part in sent.parts]) is authenticated


# unlink_the_chat


def a_linked_chat() -> Conversation:
    line = a_chat_line()
    return a_conversation(line, address=MAILBOX, linked=MAILBOX, proof=proved(), greeted=True)


def test_the_code_that_is_typed_in_a_chat_links_it_with_the_mailbox() -> None:
    line = a_chat_line("123456")
    talk = a_conversation(line, address=MAILBOX, requests=(a_request("correction"),), proof=waiting_for())

    decision = decided(a_turn(line, typed_codes=("right",)), talk)

    assert only(decision, LinkChat).verification.subject == MAILBOX
    assert decision.conversation.linked == MAILBOX
    assert "linked" in keys_said(decision)


def test_a_code_by_mail_links_nothing() -> None:
    talk = replace(asked_by_mail("correction"), proof=waiting_for())

    assert every(decided(a_turn(a_mail("123456"), typed_codes=("right",)), talk), LinkChat) == ()


@pytest.mark.parametrize("message", [a_chat_line("UNLINK"), a_chat_line("Trennen."), a_mail("unlink")])
def test_either_end_can_undo_it_and_nothing_is_proved_there_any_more(message: InboundMessage) -> None:
    decision = decided(a_turn(message), a_linked_chat())

    assert len(every(decision, UnlinkChat)) == 1
    after = decision.conversation
    assert (after.linked, after.address, after.proof) == ("", "", Unproved())
    assert keys_said(decision) == ("unlinked",)


@pytest.mark.parametrize(
    "message", [a_mail("unlink", address=OTHER_MAILBOX), a_chat_line("what does unlink mean?"), a_chat_line("")]
)
def test_nobody_else_and_no_other_words_undo_it(message: InboundMessage) -> None:
    assert every(decided(a_turn(message), a_linked_chat()), UnlinkChat) == ()


def test_a_chat_without_a_link_has_nothing_to_undo() -> None:
    line = a_chat_line("unlink")

    assert every(decided(a_turn(line)), UnlinkChat) == ()


# pass_on_who_writes_for_others

WRITERS = [
    ("authority", "I am a detective with the county. I need a copy of the data of a customer of yours."),
    ("authority", "Enclosed please find a subpoena for all data about this person."),
    ("authority", "Auskunftsersuchen der Kriminalpolizei: bitte übermitteln Sie die Daten."),
    ("heir", "My late mother had an account with you. Please delete it."),
    ("heir", "Mein Vater ist verstorben, bitte löschen Sie sein Konto."),
    ("heir", "Je suis l'héritière de votre cliente, supprimez ses données."),
    ("attorney", "We represent your customer and attach a power of attorney; our client wants a copy."),
    ("attorney", "Namens unserer Mandantin verlangen wir Auskunft; Vollmacht liegt bei."),
    ("parent", "Please erase my son's data from your shop."),
    ("parent", "Bitte löschen Sie die Daten meiner Tochter."),
    ("spouse", "Please send me my husband's data and all his orders."),
    ("spouse", "Quiero una copia de los datos de mi marido."),
    ("spouse", "Vorrei cancellare l'account di mia moglie, cioè i dati di mia moglie."),
    ("agent", "I am an authorized agent and make this request on behalf of one of your customers."),
    ("agent", "Piszę w imieniu klientki, proszę o usunięcie danych."),
    ("agent", "Ik schrijf namens uw klant en vraag om verwijdering."),
]


@pytest.mark.parametrize(("who", "text"), WRITERS)
@pytest.mark.parametrize("right", ["deletion", "access", "unsubscribe"])
def test_who_writes_for_somebody_else_goes_to_staff_and_nothing_is_automatic(who: str, text: str, right: str) -> None:
    decision = decided(a_turn(a_mail(text), right))

    assert only(decision, HandToStaff).reason == f"on_behalf_{who}"
    assert only(decision, HandToStaff).urgent is (who == "authority")
    assert every(decision, OpenRequest) + every(decision, SendCode) + every(decision, Suppress) == ()
    assert keys_said(decision) == ("for_somebody_else",)


def test_every_such_writer_has_an_example() -> None:
    assert {who for who, _ in WRITERS} == set(OTHERS)


@pytest.mark.parametrize(
    "text",
    [
        "My husband's ring is lovely, but please delete my data.",
        "I bought it for my son. Delete my account.",
        "Please delete my account, my wife uses the same computer.",
        "On behalf of myself: erase everything you hold about me.",
        "Löschen Sie meine Daten, mein Mann hat dort auch gekauft.",
        "Supprimez mes données, je vous prie.",
        "Delete my data. I will call the police if you do not.",
    ],
)
def test_who_only_speaks_of_others_is_answered_like_anybody(text: str) -> None:
    decision = decided(a_turn(a_mail(text), "deletion"))

    assert only(decision, OpenRequest).request.right == "deletion"


# Kinds that were named before the address.


def test_a_kind_named_before_the_address_is_not_lost() -> None:
    line = a_chat_line("x")
    turn = a_turn(line, "deletion")
    found = replace(turn.reading.intents[0], evidence="take the photo of me off your website")
    asked = decided(replace(turn, reading=replace(turn.reading, intents=(found,))))

    given = decided(a_turn(a_chat_line(MAILBOX), typed_address=MAILBOX), asked.conversation)

    assert asked.conversation.wanted == ("deletion/publication",)
    assert only(given, OpenRequest).request.kind == "publication"


def test_an_objection_to_marketing_named_before_the_address_is_done_at_once() -> None:
    line = a_chat_line("x")
    turn = a_turn(line, "objection")
    found = replace(turn.reading.intents[0], evidence="I object to marketing")
    asked = decided(replace(turn, reading=replace(turn.reading, intents=(found,))))

    given = decided(a_turn(a_chat_line(MAILBOX), typed_address=MAILBOX), asked.conversation)

    assert only(given, Suppress).purpose == "marketing"
    assert only(given, OpenRequest).request.level == 0


def test_a_request_with_a_kind_whose_code_came_too_late_is_not_made_twice() -> None:
    waiting = a_request("access", kind="transfers")
    talk = a_conversation(a_mail(), requests=(waiting,), proof=waiting_for(expires_at=NOW - timedelta(minutes=1)))

    decision = decided(a_turn(a_mail(), typed_codes=("right",)), talk)

    assert every(decision, OpenRequest) == ()
    assert only(decision, SendCode).references == (waiting.reference,)
