"""Who has no mailbox goes to a person, in every language, and nobody else does."""

import pytest

from bot.core.conversation import Conversation
from bot.core.decide import decide
from bot.core.effects import HandToStaff, Line, Reply
from bot.core.turn import Decision
from intents.reading import Reading
from tests.core.builders import a_message, a_playbook, a_turn


def decided(text: str, channel: str = "webchat") -> Decision:
    message = a_message(text, channel=channel, thread="chat-1") if channel != "email" else a_message(text)
    talk = Conversation(id="c", brand="rings", channel=channel, wanted=("deletion",), greeted=True)
    return decide(a_turn(message), talk, a_playbook())


@pytest.mark.parametrize(
    "text",
    [
        "I don't have an email",
        "I have no e-mail address.",
        "I no longer have access to my mailbox",
        "Ich habe keine E-Mail-Adresse mehr",
        "Ich habe leider kein Postfach.",
        "ich habe keine E-Mail",
        "Je n'ai plus d'adresse e-mail",
        "No tengo correo electrónico",
        "Non ho più un indirizzo e-mail",
        "Ik heb geen e-mailadres",
        "Nie mam adresu e-mail",
    ],
)
def test_who_has_no_mailbox_goes_to_a_person(text: str) -> None:
    decision = decided(text)

    assert HandToStaff(reason="no_mailbox") in decision.effects
    said = [part for effect in decision.effects if isinstance(effect, Reply) for part in effect.parts]
    assert said == [Line(key="passed_to_a_person")]
    assert decision.conversation.wanted == ("deletion",)


@pytest.mark.parametrize(
    "text",
    [
        "Please send me no e-mail any more",
        "I have no email from you yet",
        "Bitte keine E-Mails mehr",
        "Ich habe keine E-Mail bekommen",
        "Je n'ai pas reçu le code",
        "my@example.org",
    ],
)
def test_who_has_one_does_not(text: str) -> None:
    assert HandToStaff(reason="no_mailbox") not in decided(text).effects


def test_whoever_writes_by_mail_has_one() -> None:
    assert HandToStaff(reason="no_mailbox") not in decided("I have no e-mail address.", channel="email").effects


@pytest.mark.parametrize(
    ("read", "talk", "app", "spoken"),
    [("", "", "de", "de"), ("en", "", "de", "en"), ("", "en", "de", "en"), ("", "", "xx", "en"), ("", "", "", "en")],
)
def test_a_few_words_are_answered_in_the_language_of_their_app(read: str, talk: str, app: str, spoken: str) -> None:
    turn = a_turn(a_message("ok", channel="webchat", language=app), reading=Reading(language=read))
    talking = Conversation(id="c", brand="rings", channel="webchat", language=talk)

    assert decide(turn, talking, a_playbook()).conversation.language == spoken
