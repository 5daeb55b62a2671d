"""Trains the reader from the repository's text: one command, the same artefact for the same text.

The words are learned here in seconds. The sentence model is learned by `fine_tune` (a training extra), which is slow;
here it is taken as it lies in the artefact folder, and only how both are mixed and calibrated is learned. Calibration
and all figures come from the held-out groups, which no model has seen.
"""

import importlib.metadata
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from intents.artefact import (
    ARTEFACT_FOLDER,
    SENTENCES_CARD,
    SENTENCES_FILE,
    TOKENIZER_FILE,
    WORDS_FILE,
    Blend,
    Card,
    save_card,
)
from intents.catalogue import Catalogue, Cost, load_catalogue
from intents.corpus import Example, digests, load_corpus
from intents.encoder import sha256_of
from intents.grams import Row, Vocabulary
from intents.onnx_text import OnnxText
from intents.words_model import WordsModel

Matrix = NDArray[np.float32]
Truth = NDArray[np.bool_]

#: Probability needed to act, by what a mistake costs; and to ask or hand over when nothing is acted on.
ACT: Mapping[Cost, float] = {Cost.IRREVERSIBLE: 0.7, Cost.RIGHT: 0.6, Cost.QUESTION: 0.6, Cost.URGENT: 0.45}
ASK: Mapping[Cost, float] = {Cost.IRREVERSIBLE: 0.3, Cost.RIGHT: 0.3, Cost.QUESTION: 0.35, Cost.URGENT: 0.25}
_STRENGTH = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Split:
    """The development half of the corpus with the log odds of both models."""

    truth: Truth
    words: Matrix
    sentences: Matrix | None


def train(
    *,
    catalogue_folder: Path | None = None,
    training_folder: Path | None = None,
    artefact_folder: Path | None = None,
) -> Card:
    """Learns the words, mixes them with the sentence model where the folder has one, and writes the artefact."""
    catalogue = load_catalogue(catalogue_folder)
    corpus = load_corpus(catalogue, training_folder)
    folder = artefact_folder or ARTEFACT_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    names = tuple(catalogue)
    learned = [example for example in corpus if not example.held_out]
    held_out = [example for example in corpus if example.held_out] or learned
    words = learn_words(learned, names)
    words.save(folder / WORDS_FILE)
    # What is saved with 16 bits is what will be read: calibrate that.
    words = WordsModel.load(folder / WORDS_FILE)
    split = _split(held_out, names, words, folder)
    card = _card(catalogue, folder, split, digests(catalogue_folder, training_folder))
    save_card(folder, card)
    return card


def learn_words(examples: Sequence[Example], names: Sequence[str]) -> WordsModel:
    """One logistic regression per intent over words and letter groups."""
    texts = [example.own for example in examples]
    vocabulary = Vocabulary.learn(texts)
    matrix = _sparse([vocabulary.row(text) for text in texts], len(vocabulary.features))
    weights = np.zeros((len(vocabulary.features), len(names)), dtype=np.float32)
    bias = np.full(len(names), -6.0, dtype=np.float32)
    for place, truth in enumerate(truth_of(examples, names).T):
        if truth.any() and not truth.all():
            model = LogisticRegression(C=_STRENGTH, solver="liblinear", random_state=0, max_iter=200).fit(matrix, truth)
            weights[:, place] = model.coef_[0]
            bias[place] = model.intercept_[0]
    return WordsModel(vocabulary=vocabulary, weights=weights, bias=bias)


def truth_of(examples: Sequence[Example], names: Sequence[str]) -> Truth:
    """Shape (examples, intents)."""
    return np.array([[name in example.gold for name in names] for example in examples], dtype=bool)


def calibrate(words: Matrix, sentences: Matrix | None, truth: Truth) -> Blend:
    """The mixture with the smallest log loss; each intent may shift its own odds a little, all share one scale."""
    first = words.astype(np.float64)
    second = first if sentences is None else sentences.astype(np.float64)

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        share, scale, shift = 1 / (1 + np.exp(-values[1])), np.exp(values[0]), values[2:]
        mixed = share * second + (1 - share) * first
        odds = scale * mixed + shift
        stray = shift - shift.mean()
        error = 1 / (1 + np.exp(-odds)) - truth
        slope = np.sum(error * scale * (second - first)) * share * (1 - share)
        gradient = np.array([np.sum(error * scale * mixed), slope, *(error.sum(axis=0) + stray)])
        return float(np.sum(np.logaddexp(0, odds) - truth * odds) + 0.5 * np.sum(stray**2)), gradient

    found = minimize(loss, np.zeros(2 + truth.shape[1]), jac=True, method="L-BFGS-B").x
    share = 0.0 if sentences is None else float(1 / (1 + np.exp(-found[1])))
    return Blend(share=share, scale=(float(np.exp(found[0])),) * truth.shape[1], shift=tuple(map(float, found[2:])))


def gate_of(chances: Matrix, truth: Truth) -> float:
    """The chance below which no held-out message with an intent lies, halved for safety."""
    lowest = chances.max(axis=1)[truth.any(axis=1)]
    return float(lowest.min() / 2) if len(lowest) else 0.0


def _sparse(rows: Sequence[Row], width: int) -> csr_matrix:
    ends = np.cumsum([0, *(len(row.places) for row in rows)])
    places = np.concatenate([row.places for row in rows])
    weights = np.concatenate([row.weights for row in rows])
    return csr_matrix((weights, places, ends), shape=(len(rows), width))


def _split(examples: Sequence[Example], names: Sequence[str], words: WordsModel, folder: Path) -> _Split:
    texts = [example.own for example in examples]
    odds = words.logits(texts)
    sentences: Matrix | None = None
    if (folder / SENTENCES_FILE).is_file():
        known = _sentence_names(folder)
        sentences = np.array(odds)
        model = OnnxText(folder / SENTENCES_FILE, folder / TOKENIZER_FILE, max_tokens=160)
        for places, output, _ in model.batches(texts, size=8):
            for column, name in enumerate(known):
                if name in names:
                    sentences[places, names.index(name)] = output[:, column]
    return _Split(truth=truth_of(examples, names), words=odds, sentences=sentences)


def _sentence_names(folder: Path) -> tuple[str, ...]:
    file = folder / SENTENCES_CARD
    return tuple(json.loads(file.read_text(encoding="utf-8"))["names"]) if file.is_file() else ()


def _card(catalogue: Catalogue, folder: Path, split: _Split, data: Mapping[str, str]) -> Card:
    blend = calibrate(split.words, split.sentences, split.truth)
    words_only = calibrate(split.words, None, split.truth)
    act = tuple(ACT[intent.cost] for intent in catalogue.values())
    present = [name for name in (WORDS_FILE, SENTENCES_FILE, TOKENIZER_FILE) if (folder / name).is_file()]
    libraries = ("numpy", "scikit-learn", "onnxruntime", "tokenizers")
    return Card(
        names=tuple(catalogue),
        act=act,
        ask=tuple(ASK[intent.cost] for intent in catalogue.values()),
        gate=gate_of(words_only.chances(split.words, None), split.truth),
        blend=blend,
        words_only=words_only,
        sentence_names=_sentence_names(folder),
        files={name: sha256_of(folder / name) for name in present},
        data=data,
        made_with={name: importlib.metadata.version(name) for name in libraries},
        development={
            "messages": len(split.truth),
            "both": _figures(blend.chances(split.words, split.sentences), split.truth, act),
            "words_only": _figures(words_only.chances(split.words, None), split.truth, act),
        },
    )


def _figures(chances: Matrix, truth: Truth, act: Sequence[float]) -> Mapping[str, Any]:
    """What acting at the thresholds would have done on the held-out messages, each read as one window."""
    acted = chances >= np.array(act)
    hits = (acted & truth).sum(axis=0)
    f1 = 2 * hits / np.maximum(1, acted.sum(axis=0) + truth.sum(axis=0))
    ordinary = ~truth.any(axis=1)
    return {
        "macro_f1": round(float(f1.mean()), 4),
        "acted_wrongly": int((acted & ~truth).any(axis=1).sum()),
        "ordinary": int(ordinary.sum()),
        "ordinary_acted_on": int(acted[ordinary].any(axis=1).sum()),
    }
