"""Only the writer's own new words count."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        "Sent from Outlook for Android",
        "Von unterwegs gesendet",
        "Mandato dal telefonino",
        "pon., 2 gru 2026 o 17:12 Sklep <s@example.com> napisał(a):\n\nProszę usunąć.",
        "The shop wrote on 9 June:\nwe delete your data",
        "Von: Shop\nBetreff: Ihre Daten\n\nBitte löschen Sie das.",
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
        "Usuńcie moje konto, zamówienie wysłane z Krakowa nie doszło.",
        "Anello inviato da voi è rotto, cancellate il mio account",
        "If you have received my letter by mistake, delete my data please.",
        "otwarte dzis? (wyslane z CichyApp, bez polskich liter)",
        "Hello,\nThis email is to request deletion of my confidential data held in error. Please delete it.",
        "Dzień dobry,\nWysłane z Krakowa zamówienie nie doszło, usuńcie konto.",
        "Ciao\nInviato da Milano il mese scorso, cancellate tutto",
        "Sent from my iPhone, please delete my account",
        "On Monday I wrote:\nDelete my data. Nothing happened.",
        "Name: Ann\nFrom: ann@example.com\nSubject: Data\nMessage: delete it",
    ],
)
def test_words_that_only_look_like_history_stay(text: str) -> None:
    assert own(text) == " ".join(text.split())


def test_a_request_below_a_notice_or_a_mark_stays() -> None:
    notice = "This message is confidential and intended for the recipient only, others must destroy it."
    request = "Please delete my account."

    assert own(f"Hello\n\n{notice}\n\n{request}") == f"Hello {request}"
    assert own(f"Hello\n\n--\n{request}") == f"Hello -- {request}"


def test_what_follows_an_introduction_with_nothing_above_it_may_be_the_writers() -> None:
    assert own("Am 12.3.2026 um 10:12 schrieb Shop <s@example.com>:\n\nBitte löschen.") == "Bitte löschen."


#: Lines that a program may have written, and lines that a person did; none of them quotes anybody.
UNQUOTED = (
    "Sent from my iPhone", "Von unterwegs gesendet", "Wysłane z telefonu", "-- ", "--", "—", "__", "Hello,", "Anna",
    "This e-mail is confidential and intended for the recipient. If it reached you in error, notify the sender.",
    "You are receiving this email because you signed up.", "CAUTION: This email comes from outside.", "Kind regards",
    "Please delete my account.", "Confidential notice",
    "Usuńcie moje konto, zamówienie wysłane z Krakowa nie doszło.", "+49 30 1234567", "",
)  # fmt: skip


@given(st.lists(st.sampled_from(UNQUOTED), max_size=8).filter(any))
def test_a_message_that_quotes_nothing_is_never_empty(lines: list[str]) -> None:
    text = "\n".join(lines)

    assert any(map(str.isalnum, own(text))) or not any(map(str.isalnum, text))


@given(
    st.lists(st.sampled_from(UNQUOTED), max_size=5),
    st.lists(st.sampled_from(UNQUOTED), max_size=5),
    st.sampled_from(["\n", "\n\n"]),
    st.sampled_from(
        ["I want my data erased.", "Please erase the account.", "Bitte das Konto löschen!", "Usuńcie konto."]
    ),
)
def test_a_request_between_the_lines_of_programs_is_never_dropped(
    above: list[str], below: list[str], gap: str, request: str
) -> None:
    above = [line for line in above if line not in ("-- ", "--", "—", "__")]
    if "Kind regards" in above:
        below = [line for line in below if not line.startswith("+49")]

    assert request in own(gap.join([*above, request, *below]))


@given(st.lists(st.sampled_from(UNQUOTED), max_size=6))
def test_a_message_of_one_line_is_kept_whole(parts: list[str]) -> None:
    text = " ".join(["Anna,", *parts])

    assert own(text) == " ".join(text.split())


@given(st.text(max_size=300))
def test_spans_lie_in_the_text_in_order(text: str) -> None:
    ends = [0, *(place for span in own_spans(text) for place in (span.start, span.end)), len(text)]

    assert ends == sorted(ends)


@pytest.mark.parametrize(
    "line",
    [
        "> a\n", "on ", "received ", "From: a\n", "-- x\n", "\n \n", "e-mail ", "Sent from my iPhone\n\n",
        "On 1 Jan 2026 10:10 A wrote:\n\n", "A <a@b.example>, 17 Nov 2026,\n", "This message is\n",
        "regards\n+49 30 12345\n",
    ],
)  # fmt: skip
def test_the_scan_is_linear(line: str) -> None:
    text = line * (200_000 // len(line))

    started = time.process_time()
    own_spans(text)

    assert time.process_time() - started < 1.0
