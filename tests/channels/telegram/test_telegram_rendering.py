"""How replies look: plain, split well, with buttons, and nothing personal in a group."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import Outgoing
from bot.channels.chats.aside import NOT_READ, PRIVATE_ONLY, WHICH_LANGUAGE, Aside
from bot.channels.chats.phrases import WISHES, button, sentence, tapped, wish
from bot.channels.chats.splitting import split, utf16
from bot.channels.telegram.rendering import LONGEST, Wire, render_telegram
from bot.core.effects import Line, Part, Quotation
from bot.errors import Refused
from bot.words import languages
from intents.reader import Reader, load_classifier
from tests.core.builders import a_playbook

INTENT = {
    "privacy": "policy_question",
    "mydata": "access",
    "forget": "deletion",
    "unsubscribe": "unsubscribe",
    "cookies": "cookie_question",
    "status": "request_status",
    "human": "human",
}
QUOTATION = Quotation(
    text="We keep *orders* for <b>seven</b> years_.",
    section="Keeping",
    first_line=7,
    last_line=9,
    policy_sha256="ab" * 32,
)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return load_classifier()


def rendered(*parts: Part, recipient: str = "7001", language: str = "en") -> Wire:
    outgoing = Outgoing(
        id="1",
        channel="telegram",
        brand="rings",
        conversation="c",
        recipient=recipient,
        language=language,
        kind="reply",
        parts=parts,
        created_at=datetime(2026, 3, 2, tzinfo=UTC),
    )
    return Wire.from_bytes(render_telegram(outgoing, a_playbook()).payload)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_a_quotation_stands_verbatim_with_section_and_lines() -> None:
    (text,) = rendered(Line(key="policy_says"), QUOTATION).texts

    assert QUOTATION.text in text
    assert 'section "Keeping", lines 7-9' in text


def test_a_choice_is_two_buttons() -> None:
    assert rendered(Line(key="which_one", values={"first": "access", "second": "deletion"})).buttons == (("1", "2"),)


def test_the_purpose_offers_buttons_in_the_language_of_the_talk() -> None:
    wire = rendered(Line(key="chat_purpose", values={"shop": "Rings", "contact": "x"}), language="de")

    assert wire.buttons[0] == ("Kopie meiner Daten", "Meine Daten löschen")
    assert wire.buttons[-1][-1] == "Bitte ein Mensch"


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("command", WISHES)
def test_a_button_is_its_wish_in_its_own_language(language: str, command: str) -> None:
    assert tapped(button(command, language)) == wish(command, language)


@pytest.mark.parametrize("kind", [NOT_READ, PRIVATE_ONLY, WHICH_LANGUAGE])
def test_an_aside_is_its_one_sentence_whatever_was_decided(kind: str) -> None:
    recipient = Aside(chat="-5", kind=kind, language="de").thread

    wire = rendered(QUOTATION, Line(key="the_code", values={"code": "123456"}), recipient=recipient)

    assert wire.chat == -5
    assert wire.texts == (sentence(kind, "de", shop="Example Rings"),)


def test_nothing_else_is_said_in_a_group() -> None:
    with pytest.raises(Refused):
        rendered(QUOTATION, recipient="-100200")


def test_a_recipient_that_is_no_chat_is_refused() -> None:
    with pytest.raises(Refused):
        rendered(QUOTATION, recipient="ada@example.org")


def test_a_long_message_is_split_at_a_paragraph_s_end() -> None:
    paragraph = "word " * 300
    pieces = list(split("\n\n".join([paragraph.strip()] * 5), LONGEST, utf16))

    assert [piece.count("\n\n") for piece in pieces] == [1, 1, 0]
    assert all(units(piece) <= LONGEST for piece in pieces)


@given(st.text(alphabet=st.sampled_from("ab \n\U0001f48d\u00e9"), max_size=400), st.integers(min_value=2, max_value=50))
def test_pieces_are_short_enough_and_lose_only_blanks(text: str, longest: int) -> None:
    pieces = list(split(text, longest, utf16))

    assert all(0 < units(piece) <= longest for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", [NOT_READ, PRIVATE_ONLY, WHICH_LANGUAGE])
def test_every_language_has_the_sentences(language: str, kind: str) -> None:
    assert "$" not in sentence(kind, language, shop="Rings")


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("command", WISHES)
def test_the_reader_reads_a_command_as_what_it_stands_for(reader: Reader, language: str, command: str) -> None:
    reading = reader.read(wish(command, language), channel="chat")

    assert reading.language == language
    assert reading.names == {INTENT[command]}


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("command", ["forget", "mydata", "unsubscribe"])
def test_an_address_beside_a_command_does_not_change_its_meaning(reader: Reader, language: str, command: str) -> None:
    reading = reader.read(f"{wish(command, language)}\nada@example.org", channel="chat")

    assert (reading.language, reading.names) == (language, {INTENT[command]})


@pytest.mark.parametrize("language", languages())
def test_a_change_of_language_carries_the_language_and_no_wish(reader: Reader, language: str) -> None:
    reading = reader.read(wish("language", language), channel="chat")

    assert (reading.language, reading.names, reading.abstained) == (language, frozenset(), False)
