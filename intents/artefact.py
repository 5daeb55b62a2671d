"""The trained reader as files: `reader.json`, `words.npz` and, where fine-tuned, `sentences.onnx` with its tokenizer.

No pickle. `reader.json` names the SHA-256 of every other file and of the training text; a file that differs is refused,
and without the sentence model the reader works on words alone, worse, and says so.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intents.digest import sha256_of
from intents.onnx_text import OnnxText
from intents.words_model import WordsModel

logger = logging.getLogger(__name__)

ARTEFACT_FOLDER = Path(__file__).parent / "artefact"
WORDS_FILE = "words.npz"
SENTENCES_FILE = "sentences.onnx"
TOKENIZER_FILE = "tokenizer.json"
CARD_FILE = "reader.json"
#: What the sentence model was taught; written beside it by `fine_tune`.
SENTENCES_CARD = "sentences.json"
FORMAT = 2
#: Tokens that the sentence model takes in.
MOST_TOKENS = 160

Matrix = NDArray[np.float32]


class ArtefactError(Exception):
    """The trained reader is missing or is not what its card says; the message names the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """How the log odds of the models are mixed: `scale * (share * sentences + (1 - share) * words) + shift`."""

    #: Share of the sentence model; 0 without one.
    share: float
    scale: tuple[float, ...]
    shift: tuple[float, ...]

    def odds(self, words: Matrix, sentences: Matrix | None) -> Matrix:
        """Calibrated log odds, same shape."""
        mixed = words if sentences is None else self.share * sentences + (1 - self.share) * words
        scaled = np.asarray(self.scale, dtype=np.float32) * mixed + np.asarray(self.shift, dtype=np.float32)
        return np.asarray(scaled, dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What the artefact is: its intents, thresholds, origins and what it measured on its own development split."""

    names: tuple[str, ...]
    #: At or above: act.
    act: tuple[float, ...]
    #: At or above, and nothing to act on: ask or hand over.
    ask: tuple[float, ...]
    #: Log odds of any intent at all, by words alone, below which a window is ordinary and the sentence model not asked.
    gate: float
    blend: Blend
    words_only: Blend
    #: Intents that the sentence model knows, in the order of its outputs; empty without one.
    sentence_names: tuple[str, ...]
    #: File name -> SHA-256.
    files: Mapping[str, str]
    #: Training file name -> SHA-256, the catalogue included.
    data: Mapping[str, str]
    #: Name -> version of the libraries and the encoder that made it.
    made_with: Mapping[str, str]
    development: Mapping[str, Any]
    format: int = FORMAT


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """A loaded reader's parts."""

    card: Card
    words: WordsModel
    #: None: works on words alone.
    sentences: OnnxText | None
    #: Why there is no sentence model; empty when there is one.
    problem: str


def load_artefact(folder: Path | None = None, *, threads: int = 1, words_only: bool = False) -> Artefact:
    """Loads and checks the files. Raises `ArtefactError` where the card or the words are missing or wrong."""
    folder = folder or ARTEFACT_FOLDER
    card = _read_card(folder / CARD_FILE)
    problem = _file_problem(folder, card, WORDS_FILE)
    if problem:
        raise ArtefactError(problem)
    words = WordsModel.load(folder / WORDS_FILE)
    problem = "not asked for" if words_only else _sentences_problem(folder, card)
    if problem:
        logger.warning("reading without the sentence model, which is less exact: %s", problem)
        return Artefact(card=card, words=words, sentences=None, problem=problem)
    sentences = OnnxText(folder / SENTENCES_FILE, folder / TOKENIZER_FILE, max_tokens=MOST_TOKENS, threads=threads)
    return Artefact(card=card, words=words, sentences=sentences, problem="")


def save_card(folder: Path, card: Card) -> None:
    """Writes `reader.json`, the same bytes for the same card."""
    text = json.dumps(asdict(card), indent=1, sort_keys=True, ensure_ascii=False)
    (folder / CARD_FILE).write_text(text + "\n", encoding="utf-8")


def _sentences_problem(folder: Path, card: Card) -> str:
    if not card.sentence_names:
        return "it was trained without one"
    return _file_problem(folder, card, SENTENCES_FILE) or _file_problem(folder, card, TOKENIZER_FILE)


def _file_problem(folder: Path, card: Card, name: str) -> str:
    file = folder / name
    if not file.is_file():
        return f"{file} is missing"
    if sha256_of(file) != card.files.get(name):
        return f"{file} is not the file that {CARD_FILE} names: its SHA-256 differs"
    return ""


def _read_card(file: Path) -> Card:
    try:
        table = json.loads(file.read_text(encoding="utf-8"))
        if table["format"] != FORMAT:
            raise ArtefactError(f"{file}: format {table['format']} is not {FORMAT}; train again")
        return Card(
            names=tuple(table["names"]),
            act=tuple(table["act"]),
            ask=tuple(table["ask"]),
            gate=table["gate"],
            blend=_read_blend(table["blend"]),
            words_only=_read_blend(table["words_only"]),
            sentence_names=tuple(table["sentence_names"]),
            files=table["files"],
            data=table["data"],
            made_with=table["made_with"],
            development=table["development"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtefactError(f"{file}: {error}") from error


def _read_blend(table: Mapping[str, Any]) -> Blend:
    return Blend(share=table["share"], scale=tuple(table["scale"]), shift=tuple(table["shift"]))
