"""The trained reader is files that are checked; without the sentence model it still reads, and says so."""

import json
import re
import shutil
from pathlib import Path

import pytest

from intents import load_classifier
from intents.artefact import (
    ARTEFACT_FOLDER,
    CARD_FILE,
    SENTENCES_CARD,
    SENTENCES_FILE,
    WORDS_FILE,
    ArtefactError,
    load_artefact,
)
from intents.catalogue import load_catalogue
from intents.corpus import digests
from intents.e5_weights import PACKED_SHA256

NEEDS_SENTENCES = pytest.mark.skipif(
    not (ARTEFACT_FOLDER / SENTENCES_FILE).is_file(), reason="the artefact has no sentence model"
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ARTEFACT_FOLDER, tmp_path / "artefact"))


def test_the_shipped_artefact_knows_the_catalogue() -> None:
    assert load_artefact(words_only=True).card.names == tuple(load_catalogue())


def test_the_shipped_artefact_was_trained_from_the_text_that_is_here() -> None:
    assert dict(load_artefact(words_only=True).card.data) == dict(digests())


@NEEDS_SENTENCES
def test_the_sentence_model_says_what_it_was_taught_and_how() -> None:
    """After small changes of the text, calibrating anew is enough: its digests may be older than the reader's."""
    taught = json.loads((ARTEFACT_FOLDER / SENTENCES_CARD).read_text(encoding="utf-8"))

    assert set(taught["data"]) <= set(digests())
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in taught["data"].values())
    assert taught["lesson"]["seed"] == 1
    assert taught["encoder"] == PACKED_SHA256


def test_words_alone_hold_hardly_any_privacy_message_for_ordinary() -> None:
    gate = load_artefact(words_only=True).card.development["gate"]

    assert gate["recall"] >= 0.995
    assert gate["ordinary_stopped"] > 0.1


def test_nothing_in_the_artefact_is_a_pickle() -> None:
    kinds = {file.suffix for file in ARTEFACT_FOLDER.iterdir()}

    assert kinds <= {".json", ".npz", ".onnx", ".md", ".txt"}


def test_words_that_were_changed_are_refused(copy: Path) -> None:
    file = copy / WORDS_FILE
    file.write_bytes(file.read_bytes() + b" ")

    with pytest.raises(ArtefactError, match="SHA-256"):
        load_classifier(copy)


def test_a_card_of_another_format_is_refused(copy: Path) -> None:
    card = json.loads((copy / CARD_FILE).read_text(encoding="utf-8")) | {"format": 99}
    (copy / CARD_FILE).write_text(json.dumps(card), encoding="utf-8")

    with pytest.raises(ArtefactError, match="train again"):
        load_classifier(copy)


def test_no_artefact_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=CARD_FILE):
        load_classifier(tmp_path)


@NEEDS_SENTENCES
@pytest.mark.parametrize("broken", [True, False])
def test_without_the_sentence_model_it_reads_on_words_and_says_so(
    copy: Path, caplog: pytest.LogCaptureFixture, broken: bool
) -> None:
    file = copy / SENTENCES_FILE
    if broken:
        file.write_bytes(file.read_bytes()[:-1])
    else:
        file.unlink()

    reader = load_classifier(copy)

    assert SENTENCES_FILE in reader.problem
    assert "less exact" in caplog.text
    assert reader.read("please delete my account").names == {"deletion"}


@NEEDS_SENTENCES
def test_the_sentence_model_earns_its_place_on_the_held_out_messages() -> None:
    measured = load_artefact(words_only=True).card.development

    assert measured["both"]["macro_f1"] > measured["words_only"]["macro_f1"]
    assert measured["both"]["harmful"] < measured["words_only"]["harmful"]
