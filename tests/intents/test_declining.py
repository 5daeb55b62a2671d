"""What somebody says not to do is heard in every language; complaints, and a "not" that belongs elsewhere, are not."""

import time

import pytest

from intents import Doubt, load_classifier
from intents.declining import declines


@pytest.mark.parametrize(
    ("right", "text"),
    [
        ("deletion", "Please do not delete my account."),
        ("deletion", "I do not want you to delete my account"),
        ("deletion", "i dont want my account to be closed"),
        ("deletion", "No need to erase anything."),
        ("deletion", "I ask you not to erase my history."),
        ("deletion", "Bitte löschen Sie mein Konto nicht."),
        ("deletion", "Ich möchte nicht, dass Sie mein Konto löschen."),
        ("deletion", "je ne veux pas que vous supprimiez mon compte"),
        ("deletion", "supprimez pas mon compte svp"),
        ("deletion", "no quiero que eliminen mis datos"),
        ("deletion", "Non cancellate il mio account"),
        ("deletion", "Ik wil niet dat u mijn account verwijdert"),
        ("deletion", "Nie chcę, żebyście usunęli moje konto"),
        ("access", "Don't send me what you know about me"),
        ("portability", "please do not send my data to another shop"),
        ("correction", "Please do not correct my address."),
        ("restriction", "Do not freeze my file."),
        ("unsubscribe", "Don't unsubscribe me from the newsletter."),
    ],
)
def test_an_order_to_leave_it_undone_is_heard(right: str, text: str) -> None:
    assert declines(right, text, text)


@pytest.mark.parametrize(
    ("right", "text"),
    [
        ("deletion", "please delete my account"),
        ("deletion", "Why have you not deleted my account?"),
        ("deletion", "You did not delete my account."),
        ("deletion", "if you do not delete my account I will complain"),
        ("deletion", "the site does not let me close my account"),
        ("deletion", "Don't hesitate to delete my account"),
        ("deletion", "I don't want this account anymore delete it"),
        ("deletion", "Delete my account, not just the newsletter."),
        ("deletion", "I do not want you to keep my data, delete it"),
        ("deletion", "ich will nicht mehr kunde sein lösch alles"),
        ("deletion", "Warum löschen Sie mein Konto nicht?"),
        ("deletion", "Je ne veux plus de compte, supprimez-le"),
        ("deletion", "je ne veux plus recevoir vos mails supprimez moi"),
        ("deletion", "no tengo cuenta con ustedes borren mis datos"),
        ("deletion", "never bought anything delete me"),
        ("deletion", "non voglio niente da voi cancellate tutto"),
        ("deletion", "Vous n'avez pas supprimé mon compte"),
        ("deletion", "No han borrado mi cuenta"),
        ("deletion", "Ik wil geen account meer, verwijder het"),
        ("deletion", "nie moge dojsc jak zamknac swoje konto"),
        ("deletion", "Do not delete the order. Do delete my account."),
        ("unsubscribe", "klick ständig auf abmelden und nix passiert"),
        ("access", "Do not send me adverts, send me my data."),
        ("access", "Never send me adverts. What do you hold on me?"),
        ("opt_out_of_sale", "do not sell my data"),
    ],
)
def test_a_complaint_a_condition_or_another_verb_declines_nothing(right: str, text: str) -> None:
    carrier = text.rsplit(". ", maxsplit=1)[-1]

    assert not declines(right, carrier, text)


def test_a_declined_right_is_asked_about_and_what_is_wanted_beside_it_is_acted_on() -> None:
    reader = load_classifier()

    declined = reader.read("I do not want you to delete my account")
    beside = reader.read("I do not want you to delete my account. Please unsubscribe me from the newsletter.")

    assert not declined.names
    assert declined.doubt is not Doubt.NONE or not declined.candidates
    assert beside.names == {"unsubscribe"}


@pytest.mark.parametrize("text", ["delete " * 30_000, "do not " * 30_000, "nicht löschen, dass " * 10_000])
def test_no_text_makes_it_slow(text: str) -> None:
    started = time.process_time()

    declines("deletion", text, text)

    assert time.process_time() - started < 5
