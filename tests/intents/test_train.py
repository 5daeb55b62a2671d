"""Training is one command, gives the same artefact for the same text, and takes a new intent from one file."""

import json
import shutil
from pathlib import Path

import pytest

from intents import load_catalogue, load_classifier
from intents.artefact import CARD_FILE
from intents.catalogue import CATALOGUE_FOLDER
from intents.corpus import CorpusError, load_corpus, read_examples
from intents.train import train

GIFT = """
name = "gift_registry_question"
handling = "answer"
cost = "question"
definition = "A question on who sees a gift registry."
borders = ["Buying from a registry is order service."]
languages = ["en"]
examples = [
    "who can see my wedding registry",
    "is my gift registry public or hidden",
    "can strangers find our registry list by name",
    "does the registry show my address to guests",
    "who sees the names on my registry",
    "can I hide my wedding registry from guests",
]
near_misses = [{ text = "how do I buy a plate from a wedding list", gold = [] }]
"""


@pytest.fixture
def training(tmp_path: Path) -> Path:
    """A little training text: enough to learn the catalogue's own examples with."""
    folder = tmp_path / "training"
    folder.mkdir()
    rows = [
        {"text": text, "gold": gold}
        for text, gold in [
            ("do you have this in silver", []),
            ("where is my parcel", []),
            ("please delete my account", ["deletion"]),
            ("stop the newsletter", ["unsubscribe"]),
        ]
        for _ in range(3)
    ]
    lines = "".join(json.dumps(row | {"group": f"g{place}"}) + "\n" for place, row in enumerate(rows))
    (folder / "few.jsonl").write_text(lines, encoding="utf-8")
    return folder


def test_a_question_like_intent_is_one_file_and_one_training(tmp_path: Path, training: Path) -> None:
    catalogue = Path(shutil.copytree(CATALOGUE_FOLDER, tmp_path / "catalogue"))
    (catalogue / "gift_registry_question.toml").write_text(GIFT, encoding="utf-8")

    card = train(catalogue_folder=catalogue, training_folder=training, artefact_folder=tmp_path / "artefact")

    assert "gift_registry_question" in card.names
    reader = load_classifier(tmp_path / "artefact")
    reading = reader.read("who can see the names on my wedding registry")
    found = (*reading.intents, *reading.candidates)
    assert found[0].name == "gift_registry_question"
    assert reader.problem


def test_the_same_text_gives_the_same_artefact(tmp_path: Path, training: Path) -> None:
    cards = []
    for name in ("one", "two"):
        train(training_folder=training, artefact_folder=tmp_path / name)
        cards.append(json.loads((tmp_path / name / CARD_FILE).read_text(encoding="utf-8")))

    assert cards[0] == cards[1]


def test_parallels_of_one_message_are_never_on_both_sides() -> None:
    sides: dict[str, set[bool]] = {}
    for example in load_corpus(load_catalogue()):
        sides.setdefault(example.group, set()).add(example.held_out)

    assert all(len(side) == 1 for side in sides.values())


def test_every_line_of_the_training_text_has_its_own_id() -> None:
    ids = [example.id for example in load_corpus(load_catalogue())]

    assert len(ids) == len(set(ids))


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text('{"text": "hi", "gold": []}\n{"text": "hi"}\n', encoding="utf-8")

    with pytest.raises(CorpusError, match=r"bad\.jsonl:2"):
        list(read_examples(file))


def test_an_intent_that_no_file_describes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "odd.jsonl").write_text('{"text": "hi", "gold": ["dancing"]}\n', encoding="utf-8")

    with pytest.raises(CorpusError, match="dancing"):
        load_corpus(load_catalogue(), tmp_path)
