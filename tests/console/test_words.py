"""The console says the same in every language, and every word that its pages ask for is there."""

import re
from importlib.resources import files
from string import Template

import pytest

from bot.console.speech import LANGUAGES, table
from bot.core.tickets import DENIAL_REASONS, LEVELS, State
from bot.store.schema.talks import OUTBOX_STATES
from intents.catalogue import load_catalogue

ENGLISH = table("en")
OTHERS = [language for language in LANGUAGES if language != "en"]


def values_in(sentence: str) -> list[str]:
    return sorted(Template(sentence).get_identifiers())


@pytest.mark.parametrize("language", OTHERS)
def test_each_language_has_every_sentence_with_the_same_values(language: str) -> None:
    said = table(language)

    assert {section: set(words) for section, words in said.items()} == {
        section: set(words) for section, words in ENGLISH.items()
    }
    for section, words in ENGLISH.items():
        for key, sentence in words.items():
            assert values_in(said[section][key]) == values_in(sentence), key


@pytest.mark.parametrize("language", OTHERS)
def test_hardly_a_sentence_is_left_in_english(language: str) -> None:
    same = [key for key, sentence in table(language)["ui"].items() if sentence == ENGLISH["ui"][key]]

    assert len(same) < 20, same


def test_every_sentence_that_a_page_asks_for_is_there() -> None:
    pages = [page.read_text() for page in files("bot.console").joinpath("templates").iterdir()]
    asked = {key for page in pages for key in re.findall(r"""\bt\(["']([a-z_0-9]+)["']\s*[,)]""", page)}

    assert asked <= set(ENGLISH["ui"])
    assert len(asked) > 200


@pytest.mark.parametrize(
    ("section", "keys"),
    [
        ("rights", {*LEVELS, *load_catalogue()}),
        ("states", {state.value for state in State}),
        ("reasons", set(DENIAL_REASONS)),
        ("outbox", set(OUTBOX_STATES)),
    ],
)
def test_every_name_of_a_closed_list_has_its_word(section: str, keys: set[str]) -> None:
    assert keys <= set(ENGLISH[section])
