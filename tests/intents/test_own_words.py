"""Only the writer's own new words count."""

import time

import pytest

from intents.own_words import own_spans


def own(text: str) -> str:
    return " ".join(" ".join(text[span.start : span.end].split()) for span in own_spans(text))


@pytest.mark.parametrize(
    "below",
    [
        "> please delete my account\n> thanks",
        "On Mon, 3 May 2027 at 10:11, Shop <s@example.com> wrote:\n> delete your data here",
        "On Monday Ann wrote:\nplease delete my account",
        "Am 3. Mai 2027 schrieb Anna Beispiel:\n> bitte löschen",
        "Le lundi 3 mai, Anne a écrit :\n> supprimez mes données",
        "-----Original Message-----\nplease delete my account",
        "---------- Forwarded message ---------\ndelete me",
        "From: Shop\nSent: Monday\nTo: Ann\nSubject: Erase\n\ndelete my data",
        "-- \nAnn\nUnsubscribe from life",
        "If you have received this message in error, please delete it.",
        "You are receiving this email because you signed up. To unsubscribe click here.",
        "Sent from my iPhone",
        "Diese E-Mail ist vertraulich. Wenn Sie nicht der richtige Adressat sind, löschen Sie sie.",
    ],
)
def test_what_stands_below_is_not_the_writers(below: str) -> None:
    assert own(f"Do you have it in silver?\n\n{below}\n") == "Do you have it in silver?"


def test_an_answer_below_the_quote_is_the_writers() -> None:
    text = "On Monday Ann wrote:\n> which size?\n\nSize M please.\n> and the colour?\nBlue."

    assert own(text) == "Size M please. Blue."


@pytest.mark.parametrize(
    "text",
    [
        "On Monday I wrote: no more mails. Please delete my account.",
        "Please delete the message you received in 2019 with my data.",
        "To unsubscribe I clicked the link and nothing happened",
        "I received your newsletter by mistake, take my address off.",
        "Is my message to you confidential?",
        "From what I can see you hold my data.\nTo me that is wrong.",
        "I want my data - all of it.",
    ],
)
def test_words_that_only_look_like_history_stay(text: str) -> None:
    assert own(text) == " ".join(text.split())


@pytest.mark.parametrize("line", ["> a\n", "on ", "received ", "From: a\n", "-- x\n", "\n \n", "e-mail "])
def test_the_scan_is_linear(line: str) -> None:
    text = line * (200_000 // len(line))

    started = time.process_time()
    own_spans(text)

    assert time.process_time() - started < 1.0
