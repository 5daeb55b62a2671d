"""The reader never raises, quotes what it read, and says how it reads."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intents import Doubt, Reader, load_catalogue, load_classifier

NAMES = frozenset(load_catalogue())


@pytest.fixture(scope="module")
def reader() -> Reader:
    return load_classifier()


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n" * 5000,
        "🙏🙏🙏",
        "\x00\x01\xff" * 400,
        "\ud800 lone surrogate",
        "STOP",
        "a" * 1_000_000,
        "delete my data. " * 70_000,
        "> " * 100_000,
        "Привет, 你好, שלום, hello",
    ],
)
def test_any_text_gets_a_reading(reader: Reader, text: str) -> None:
    reading = reader.read(text)

    assert reading.names <= NAMES


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=400), subject=st.text(max_size=40))
def test_no_text_raises_and_only_names_of_the_catalogue_come_out(text: str, subject: str) -> None:
    reading = load_classifier(words_only=True).read(text, subject=subject)

    assert {found.name for found in (*reading.intents, *reading.candidates)} <= NAMES
    assert reading.abstained == (reading.doubt is not Doubt.NONE)


def test_a_plain_request_is_read_with_the_words_that_say_so(reader: Reader) -> None:
    reading = reader.read("Hello there. Please delete all my personal data.")

    assert reading.names == {"deletion"}
    assert reading.intents[0].evidence == "Please delete all my personal data."


def test_ordinary_mail_is_left_alone(reader: Reader) -> None:
    reading = reader.read("Hi, do you have this bracelet in silver, and what would the delivery cost?")

    assert not reading.intents
    assert not reading.abstained


def test_a_language_that_it_cannot_read_is_not_guessed(reader: Reader) -> None:
    reading = reader.read("Hej, jag vill att ni omedelbart raderar alla uppgifter som ni har om mig, tack.")

    assert reading.doubt is Doubt.LANGUAGE
    assert not reading.intents
    assert reading.language == "sv"


def test_a_subject_asks_for_something_only_where_the_text_asks_for_nothing() -> None:
    reader = load_classifier()

    both = reader.read("Please delete my account and everything you hold about me.", subject="my data")
    alone = reader.read("Thank you, Ada", subject="please unsubscribe me from your newsletter")

    assert both.names == {"deletion"}
    assert alone.names == {"unsubscribe"}


def test_a_request_at_the_end_of_a_very_long_message_is_found_in_time(reader: Reader) -> None:
    rings = [f"Ring {number} came in size {number % 30 + 40} and I like its stone a lot." for number in range(2_000)]
    started = time.process_time()

    reading = reader.read("\n\n".join([*rings, "Please delete my account and all the data you hold about me."]))

    assert reading.names == {"deletion"}
    assert reading.intents[0].evidence.startswith("Please delete my account")
    assert time.process_time() - started < 5


def test_what_the_words_hold_for_ordinary_is_not_read_again(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    read_again: list[str] = []
    model = reader.artefact.sentences
    assert model is not None
    batches = model.batches
    monkeypatch.setattr(model, "batches", lambda texts: read_again.extend(texts) or batches(texts))

    reader.read_many([("What does this ring cost in gold, and do you ship it by courier?", ""), ("delete my data", "")])

    assert read_again == ["delete my data"]


@pytest.mark.parametrize(
    "text",
    ["Здравствуйте, удалите, пожалуйста, мои данные.", "私のデータを削除してください。", "מחקו את המידע שלי בבקשה"],
)
def test_other_scripts_go_to_a_person_with_that_reason(reader: Reader, text: str) -> None:
    reading = reader.read(text)

    assert reading.doubt is Doubt.LANGUAGE
    assert not reading.intents
