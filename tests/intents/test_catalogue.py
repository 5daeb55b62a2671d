"""Each intent has one file that says everything about it."""

from pathlib import Path

import pytest

from intents.catalogue import CatalogueError, Cost, Handling, load_catalogue

NAMES = {
    *("unsubscribe", "access", "deletion", "correction", "portability", "restriction", "objection"),
    *("automated_decision", "withdraw_consent", "opt_out_of_sale", "cookie_question", "policy_question"),
    *("complaint", "child_data", "security_report", "request_status", "human"),
}


def a_file(folder: Path, name: str, /, **changes: str) -> None:
    lines = {
        "name": f'"{name}"',
        "handling": '"answer"',
        "cost": '"question"',
        "definition": '"A question on gift cards and data."',
        "borders": "[]",
        "languages": '["en"]',
        "examples": '["who sees my gift card message"]',
        "near_misses": "[]",
    } | changes
    text = "\n".join(f"{key} = {value}" for key, value in lines.items() if value)
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def test_the_catalogue_holds_every_intent_of_the_design() -> None:
    assert set(load_catalogue()) == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_an_intent_says_what_it_is_where_it_ends_and_how_it_sounds(name: str) -> None:
    intent = load_catalogue()[name]

    assert intent.definition.endswith(".")
    assert intent.borders
    assert len(intent.examples) >= 3
    assert len(intent.near_misses) >= 2
    assert "en" in intent.languages


def test_what_cannot_be_undone_is_the_dearest_and_what_is_urgent_the_cheapest() -> None:
    catalogue = load_catalogue()

    assert catalogue["deletion"].cost is Cost.IRREVERSIBLE
    assert {name for name, intent in catalogue.items() if intent.cost is Cost.URGENT} == {
        "child_data",
        "complaint",
        "security_report",
    }
    assert catalogue["request_status"].handling is Handling.STATUS


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"handling": '"shrug"'}, "shrug"),
        ({"definition": ""}, "definition"),
        ({"colour": '"blue"'}, "colour"),
        ({"name": '"other"'}, "the name must be that of the file"),
        ({"near_misses": '[{ text = "hm", gold = ["nonsense"] }]'}, "nonsense"),
        ({"borders": "["}, "gift.toml"),
    ],
)
def test_a_file_that_is_wrong_is_refused_by_name(tmp_path: Path, changes: dict[str, str], complaint: str) -> None:
    a_file(tmp_path, "gift", **changes)

    with pytest.raises(CatalogueError, match=complaint):
        load_catalogue(tmp_path)


def test_a_file_that_is_right_is_an_intent(tmp_path: Path) -> None:
    a_file(tmp_path, "gift")

    assert load_catalogue(tmp_path)["gift"].handling is Handling.ANSWER
