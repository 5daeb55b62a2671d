"""The sentence model is files that are checked; it knows what texts in seven languages are about."""

import json
import re
import shutil
from pathlib import Path

import pytest

from intents.e5_weights import PACKED_SHA256
from policy_faq.encoder import CARD_FILE, MODEL_FILE, TOKENIZER_FILE, encoder_problem, load_encoder
from policy_faq.topic_reader import ARTEFACT, load_artefact


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in (CARD_FILE, MODEL_FILE, TOKENIZER_FILE):
        shutil.copy(ARTEFACT / name, tmp_path / name)
    return tmp_path


def test_texts_of_one_topic_lie_near_each_other_in_every_language() -> None:
    encoder = load_encoder()
    assert encoder is not None

    english, german, polish, other = encoder.encode(
        [
            "How long do you keep my invoices?",
            "Wie viele Jahre hebt ihr Rechnungen auf?",
            "Przez ile lat trzymacie faktury?",
            "Is there a camera in your shop?",
        ]
    )

    assert min(english @ german, english @ polish) > max(english @ other, german @ other) + 0.2
    assert abs(float(english @ english) - 1) < 1e-4


def test_an_own_copy_of_the_files_is_used_by_its_path(copy: Path) -> None:
    assert encoder_problem(copy) == ""
    assert load_encoder(copy) is not None


@pytest.mark.parametrize("name", [MODEL_FILE, TOKENIZER_FILE])
def test_a_file_that_is_not_the_known_one_is_refused(name: str, copy: Path, caplog: pytest.LogCaptureFixture) -> None:
    with (copy / name).open("ab") as stream:
        stream.write(b" ")

    assert load_encoder(copy) is None
    assert name in caplog.text


@pytest.mark.parametrize("name", [CARD_FILE, MODEL_FILE, TOKENIZER_FILE])
def test_no_encoder_is_a_reason_and_not_an_exception(name: str, copy: Path) -> None:
    (copy / name).unlink()

    assert name in encoder_problem(copy)


def test_the_sentence_model_says_what_it_was_taught_and_how() -> None:
    """After small changes of the catalogue, reading anew is enough: the model may be older."""
    taught = json.loads((ARTEFACT / CARD_FILE).read_text(encoding="utf-8"))

    assert re.fullmatch("[0-9a-f]{64}", taught["catalogue"])
    assert taught["lesson"]["seed"] == 1
    assert taught["encoder"] == PACKED_SHA256


def test_topics_are_read_off_the_vectors_of_this_very_model() -> None:
    encoder = load_encoder()
    assert encoder is not None

    assert load_artefact().encoder == encoder.version
