"""The web chat's own form of a message: any bytes have a key, few are a message, and a reply keeps its parts apart."""

import gzip
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import words
from bot.channels import Arrival, Outgoing
from bot.channels.webchat import LONGEST_TEXT, Said, WebChatChannel, read_said, written
from bot.core.effects import Line, Quotation
from bot.errors import BadMessage
from bot.web.chat.pages import widget_words
from intents.reader import Reader, load_classifier
from tests.core.builders import NOW, a_playbook

WIDGET = Path(__file__).parents[2] / "bot" / "web" / "chat" / "widget"
QUOTE = Quotation(text="We keep  it.\n<b>", section="5. Keeping", first_line=7, last_line=9, policy_sha256="ab" * 32)


def an_arrival(raw: bytes) -> Arrival:
    return Arrival(channel="webchat", brand="rings", raw=raw, received_at=NOW, external_id="chat:message")


def a_reply(*parts: Line | Quotation, language: str = "en") -> Outgoing:
    return Outgoing(
        id="00ff",
        channel="webchat",
        brand="rings",
        conversation="c",
        recipient="a-chat",
        language=language,
        kind="reply",
        parts=parts,
        created_at=NOW,
    )


@given(st.binary(max_size=200))
def test_any_bytes_have_a_key_and_are_a_message_or_a_bad_one(raw: bytes) -> None:
    channel = WebChatChannel()

    assert channel.key(an_arrival(raw)) == "webchat:rings:chat:message"
    with pytest.raises(BadMessage):
        channel.parse(an_arrival(raw))


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=LONGEST_TEXT))
def test_what_was_written_is_read_again(text: str) -> None:
    said = Said(chat="c" * 32, id="m" * 32, text=text.strip() or "x")

    assert read_said(written(said)) == said


def test_a_message_is_a_chat_message_of_its_chat() -> None:
    raw = json.dumps({"chat": "c" * 32, "id": "m" * 32, "text": " delete\x00 it\n"}).encode()

    message = WebChatChannel().parse(an_arrival(raw))

    assert (message.is_chat, message.thread, message.text) == (True, "c" * 32, "delete  it")
    assert message.address == ""


@pytest.mark.parametrize("language", words.languages())
def test_a_reply_is_spoken_in_the_language_of_the_talk_and_quoted_as_it_stands(language: str) -> None:
    reply = a_reply(Line(key="policy_says"), QUOTE, language=language)

    rendered = WebChatChannel().render(reply, a_playbook())

    line, quote = json.loads(rendered.payload)["parts"]
    assert line == {"kind": "text", "text": words.phrase("policy_says", language)}
    assert quote["text"] == QUOTE.text
    assert quote["caption"] == words.caption(QUOTE, language)
    assert (quote["first_line"], quote["last_line"], quote["version"]) == (7, 9, "ab" * 32)


async def test_the_same_reply_sent_twice_is_there_once() -> None:
    channel = WebChatChannel()
    rendered = channel.render(a_reply(Line(key="policy_says")), a_playbook())

    await channel.send(rendered)
    await channel.send(rendered)

    assert list(channel.handed("a-chat")) == ["00ff"]


@pytest.mark.parametrize("language", words.languages())
def test_the_widget_has_the_same_words_in_every_language(language: str) -> None:
    english, translated = widget_words("en"), widget_words(language)

    assert list(translated) == list(english)
    assert [len(wish) for wish in translated["quick"]] == [2] * 5
    assert "{shop}" in translated["intro"]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return load_classifier()


@pytest.mark.parametrize("language", words.languages())
def test_the_bot_understands_what_the_buttons_say(language: str, reader: Reader) -> None:
    read = [reader.read(text, channel="chat") for _, text in widget_words(language)["quick"]]

    intents = [[found.name for found in reading.intents] for reading in read]
    assert intents == [["access"], ["deletion"], ["unsubscribe"], ["cookie_question"], ["human"]]
    assert {reading.language for reading in read} == {language}


def test_no_language_goes_without_a_widget() -> None:
    assert {path.stem for path in (WIDGET / "words").iterdir()} == set(words.languages())


def test_the_widget_puts_text_in_as_text_and_runs_under_a_strict_policy() -> None:
    script = (WIDGET / "widget.js").read_text(encoding="utf-8")

    for forbidden in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "<style",
    ):
        assert forbidden not in script
    addresses = set(re.findall(r"https?://[^\"/]+", script))
    assert addresses == {"https://desk.example", "http://www.w3.org"}, (
        "an example and the name of SVG; nothing is called"
    )


def test_the_widget_is_small() -> None:
    files = [WIDGET / "widget.js", WIDGET / "widget.css", *(WIDGET / "words").iterdir()]

    assert sum(len(gzip.compress(path.read_bytes())) for path in files) <= 25_000


def test_a_quotation_names_where_it_can_be_read_and_a_choice_can_be_tapped() -> None:
    told = WebChatChannel().reply(
        a_reply(QUOTE, Line(key="which_one", values={"first": "access", "second": "deletion"}))
    )
    other = WebChatChannel().reply(a_reply(Line(key="status_or_cancel")))

    assert told["parts"][0]["link"] == f"/policy/rings/{'ab' * 8}?lines=7-9#L7"
    assert told["choices"] == [("1: a copy of your data", "1"), ("2: deletion of your data", "2")]
    assert other["choices"] == [("1", "1"), ("2", "2")]


def test_a_message_says_what_its_page_speaks_and_anything_odd_is_nothing() -> None:
    for named, spoken in (("de", "de"), ("xx-evil", ""), (7, ""), (None, "")):
        raw = json.dumps({"chat": "c" * 32, "id": "m" * 32, "text": "hello", "language": named}).encode()

        assert WebChatChannel().parse(an_arrival(raw)).language == spoken


def test_commands_and_languages_are_understood_as_in_other_chats() -> None:
    def meant(text: str) -> str:
        raw = json.dumps({"chat": "c" * 32, "id": "m" * 32, "text": text}).encode()
        return WebChatChannel().parse(an_arrival(raw)).text

    assert meant("/forget") == "/forget"
    assert meant("/language de") == meant("auf Deutsch, bitte") != "/language de"
    assert meant("/language") == "/language"
