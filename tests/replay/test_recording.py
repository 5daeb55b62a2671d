"""Recording: what people wrote stays, what points to them does not, and the file plays."""

import asyncio
from pathlib import Path

import pytest

from bot.laboratory import Laboratory
from bot.replay.loading import load
from bot.replay.player import Outcome, play
from bot.replay.pseudonyms import Pseudonyms, SurvivingDatum
from bot.replay.recorder import conversation, spoken, understood, written
from bot.replay.stage import channels_for

MAIL = """From: Grace Hopper <grace.hopper@navy.example>
To: hello@shop.example
Subject: Order 482913 of Grace
Date: Mon, 02 Mar 2026 10:00:00 +0000
Message-ID: <1@navy.example>

Dear Mrs Lovelace,

please delete my account. I am Grace Murray, born 09.12.1906, telephone +353 20 912 0147;
my card was 4111 1111 1111 1111, and you may also write to grace@other.example.
The order 482913 was for a finger of 17 mm.

Kind regards
Hopper
"""
LATER = """From: Grace Hopper <grace.hopper@navy.example>
To: hello@shop.example
Subject: Re: Order
Date: Mon, 02 Mar 2026 10:30:00 +0000
Message-ID: <2@navy.example>
In-Reply-To: <1@navy.example>
References: <1@navy.example>
Auto-Submitted: auto-replied

I am away.
"""
SECRETS = ("Grace", "Hopper", "Murray", "Lovelace", "navy", "482913", "1906", "0147", "4111", "other.example")


def recorded(*mails: str) -> tuple[dict[str, object], Pseudonyms]:
    raws = [mail.replace("\n", "\r\n").encode() for mail in mails]
    (thread,) = understood(raws, channels_for("marigold")["email"], "marigold")
    return conversation(thread, brand="marigold")


def test_nothing_that_points_to_a_person_is_written_down() -> None:
    content, pseudonyms = recorded(MAIL)
    text = written(content)

    pseudonyms.check(spoken(content))
    assert [secret for secret in SECRETS if secret.lower() in text.lower()] == []
    assert "please delete my account" in text
    assert "a finger of 17 mm" in text


def test_the_same_datum_has_the_same_substitute_within_a_talk() -> None:
    content, pseudonyms = recorded(MAIL)

    assert written(content).count(pseudonyms.known["482913"]) == 2


def test_two_recordings_of_the_same_talk_share_no_numbers() -> None:
    """Else whoever has one pair of both could undo another recording."""
    first, second = recorded(MAIL)[1].known, recorded(MAIL)[1].known

    assert first["4111111111111111"] != second["4111111111111111"]


def test_a_datum_that_survives_fails_the_recording() -> None:
    pseudonyms = Pseudonyms(["Grace Hopper"], ["grace.hopper@navy.example"])

    for text in ("It is Hopper again.", "Write to GRACE.HOPPER@navy.example"):
        with pytest.raises(SurvivingDatum):
            pseudonyms.check(text)
    pseudonyms.check(pseudonyms.instead("It is Hopper again, grace.hopper@navy.example"))


def test_a_thread_is_one_talk_whose_pauses_and_robots_are_kept(tmp_path: Path) -> None:
    content, _ = recorded(LATER, MAIL)
    file = tmp_path / "a.conversation.yaml"
    file.write_text(written(content), encoding="utf-8")

    (script,) = load(file)

    assert [turn.after.total_seconds() for turn in script.turns] == [0, 1800]
    result = asyncio.run(play(script, Laboratory(), depth="core"))
    assert (result.outcome, [turn.scene.outcome for turn in result.turns][-1]) == (Outcome.PASSED, "dropped")


LONG = """From: Grace Hopper <grace.hopper@navy.example>
To: hello@shop.example
Subject: Order MF-A83K2
Date: Mon, 02 Mar 2026 10:00:00 +0000
Message-ID: <1@navy.example>

Hello, please delete it all, I was born on 9 December 1906 (December 9th), and I live at 12 Rose Lane, London SW1A 1AA.
Order MF-A83K2 and #X12, IBAN GB29 NWBK 6016 1331 9268 19. My husband Vincent has MF-A83K2 too.
I may 2 days later call again; it is a ring of 14k, 17mm, my 3rd, under Art15 and within 24-hour delivery.

Grace
"""


@pytest.mark.parametrize(
    "secret",
    [
        "9 December",
        "1906",
        "December 9th",
        "Rose Lane",
        "SW1A",
        "1AA",
        "A83K2",
        "X12",
        "GB29",
        "9268 19",
        "Vincent",
        "Grace",
    ],
)
def test_dates_streets_postcodes_and_numbers_with_letters_are_replaced(secret: str) -> None:
    content, pseudonyms = recorded(LONG)
    pseudonyms.check(spoken(content))

    assert secret.lower() not in spoken(content).lower()


@pytest.mark.parametrize(
    "kept", ["I may 2 days later", "14k, 17mm, my 3rd, under Art15", "24-hour", "MF-", "please delete it all"]
)
def test_words_that_only_look_like_data_stay(kept: str) -> None:
    assert kept in spoken(recorded(LONG)[0])


def test_a_number_with_letters_has_one_substitute() -> None:
    content, pseudonyms = recorded(LONG)

    assert spoken(content).count(pseudonyms.known["mf-a83k2"]) == 3


@pytest.mark.parametrize(
    "datum",
    [
        "am 9. Dezember 1906",
        "le 9 décembre 1906",
        "9 grudnia 1906",
        "el 9 de diciembre de 1906",
        "Hauptstraße 12a",
        "12 rue de la Paix",
        "Calle Mayor 7",
        "ul. Długa 5",
        "Keizersgracht 88",
        "1012 AB",
        "D02 AF30",
    ],
)
def test_each_form_is_known_and_fails_the_recording_where_it_survives(datum: str) -> None:
    pseudonyms = Pseudonyms([], [])
    text = f"It is {datum} there."

    written = pseudonyms.instead(text)

    pseudonyms.check(written)
    assert (written != text, pseudonyms.instead(text)) == (True, written)
    with pytest.raises(SurvivingDatum):
        pseudonyms.check(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Unsubscribe", "Unsubscribe"),
        ("please\nSTOP", "STOP"),
        ("Delete it, Thanks", "Thanks"),
        ("I am German", "German"),
    ],
)
def test_what_is_no_name_is_not_taken_for_one(text: str, kept: str) -> None:
    pseudonyms = Pseudonyms([], [])
    pseudonyms.learn(text)

    assert kept in pseudonyms.instead(text)


@pytest.mark.parametrize(
    "text", ["delete my data, Grace Hopper", "I'm Grace Hopper, delete it", "delete it for my son Grace"]
)
def test_a_name_that_only_the_text_gives_is_known(text: str) -> None:
    pseudonyms = Pseudonyms([], [])
    pseudonyms.learn(text)

    assert "Grace" not in pseudonyms.instead(text)
