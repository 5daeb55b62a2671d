"""The console says the same in every language, and every word that its pages ask for is there."""

import ast
import re
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from string import Template
from zoneinfo import ZoneInfo

import pytest

from bot.console.speech import LANGUAGES, Speech, refusals, table
from bot.core.tickets import DENIAL_REASONS, LEVELS, State
from bot.store import NotAllowed
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


def sentences_of_refusal() -> dict[str, str]:
    """Every sentence with which `bot.staff` and `bot.store` refuse an act, and the file where it stands."""
    found = {}
    for package in ("bot.staff", "bot.store"):
        for file in sorted(Path(str(files(package))).glob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "NotAllowed":
                    (sentence,) = node.args
                    assert isinstance(sentence, ast.Constant), f"{file.name}:{node.lineno} is no plain sentence"
                    named = sorted(Template(str(sentence.value)).get_identifiers())
                    assert sorted(keyword.arg or "" for keyword in node.keywords) == named, sentence.value
                    found[str(sentence.value)] = file.name
    return found


@pytest.mark.parametrize("language", OTHERS)
def test_every_refusal_is_said_in_the_clerks_language(language: str) -> None:
    asked, said = sentences_of_refusal(), refusals(language)

    assert set(said) == set(asked)
    assert len(asked) > 60
    for sentence, other in said.items():
        assert values_in(other) == values_in(sentence), sentence
        assert other != sentence


def test_a_refusal_names_states_as_the_page_does() -> None:
    fault = NotAllowed(
        "Request $reference is $state; it cannot become $to.", reference="PD-1", state="open", to="denied"
    )
    here = Speech(language="de", zone=ZoneInfo("UTC"), now=datetime(2026, 3, 1, tzinfo=UTC))

    assert str(fault) == "Request PD-1 is open; it cannot become denied."
    before, after = here.name("states", "open"), here.name("states", "denied")
    assert here.refusal(fault) == f"Der Antrag PD-1 hat den Stand „{before}“; „{after}“ kann er nicht werden."
    assert here.refusal(NotAllowed("A file is called $$5 {x}.")) == "A file is called $$5 {x}."


def test_every_reason_for_handing_over_has_its_words() -> None:
    root = Path(str(files("bot")))
    sources = [file.read_text(encoding="utf-8") for part in ("core", "engine") for file in (root / part).rglob("*.py")]
    given = {
        reason for source in sources for reason in re.findall(r"(?:HandToStaff\(|Warning\().*?reason=\"(\w+)\"", source)
    }

    assert len(given) > 10
    assert given <= set(ENGLISH["handed"])
