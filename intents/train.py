"""Trains the reader from the repository's text: one command, the same artefact for the same text.

The words are learned here in seconds. The sentence model is learned by `fine_tune` (a training extra), which is slow;
here it is taken as it lies in the artefact folder, and only how both are mixed and calibrated is learned. Calibration
and all figures come from the held-out groups, which no model has seen.
"""

import importlib.metadata
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from intents.artefact import (
    ARTEFACT_FOLDER,
    MOST_TOKENS,
    SENTENCES_CARD,
    SENTENCES_FILE,
    TOKENIZER_FILE,
    WORDS_FILE,
    Artefact,
    Blend,
    Card,
    save_card,
)
from intents.catalogue import Catalogue, Cost, Handling, Intent, load_catalogue
from intents.corpus import Example, digests, load_corpus
from intents.digest import sha256_of
from intents.evaluate import evaluate_examples
from intents.grams import Row, Vocabulary
from intents.odds import Scorer
from intents.onnx_text import OnnxText
from intents.opened import open_message
from intents.reader import Reader
from intents.words_model import WordsModel

Matrix = NDArray[np.float32]
Truth = NDArray[np.bool_]

#: Share of the messages with an intent that the words alone must not hold for ordinary.
GATE_RECALL = 0.999
#: Probability needed to act, by what a mistake costs; and to ask or hand over when nothing is acted on.
ACT: Mapping[Cost, float] = {Cost.IRREVERSIBLE: 0.85, Cost.RIGHT: 0.8, Cost.QUESTION: 0.6, Cost.URGENT: 0.5}
#: An opt-out that nobody wanted is undone by a word.
ACT_ON_OPT_OUT = 0.7
ASK: Mapping[Cost, float] = {Cost.IRREVERSIBLE: 0.5, Cost.RIGHT: 0.5, Cost.QUESTION: 0.55, Cost.URGENT: 0.45}
_STRENGTH, _GATE_STRENGTH = 100.0, 5.0
_GATE_FOLDS = 5


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
    draft = replace(_draft(catalogue, folder, digests(catalogue_folder, training_folder)), gate=gate_of(learned))
    card = _calibrated(draft, folder, words, held_out)
    save_card(folder, card)
    return card


def learn_words(examples: Sequence[Example], names: Sequence[str]) -> WordsModel:
    """One logistic regression per intent over words and letter groups, and one for any intent at all."""
    texts = [example.own for example in examples]
    vocabulary = Vocabulary.learn(texts)
    matrix = _sparse([vocabulary.row(text) for text in texts], len(vocabulary.features))
    truth = truth_of(examples, names)
    columns = [(column, _STRENGTH) for column in truth.T] + [(truth.any(axis=1), _GATE_STRENGTH)]
    weights = np.zeros((len(vocabulary.features), len(columns)), dtype=np.float32)
    bias = np.full(len(columns), -6.0, dtype=np.float32)
    for place, (column, strength) in enumerate(columns):
        if column.any() and not column.all():
            model = _regression(strength).fit(matrix, column)
            weights[:, place] = model.coef_[0]
            bias[place] = model.intercept_[0]
    return WordsModel(vocabulary=vocabulary, weights=weights, bias=bias)


def gate_of(examples: Sequence[Example]) -> float:
    """The log odds of any intent below which the words are believed that a message is ordinary.

    Every message is judged by a model that has not learned from its fold.
    """
    truth = np.array([bool(example.gold) for example in examples], dtype=bool)
    folds = np.array([example.fold % _GATE_FOLDS for example in examples])
    odds = np.full(len(examples), -np.inf)
    for fold in range(_GATE_FOLDS):
        inside, outside = (np.flatnonzero(side).tolist() for side in (folds == fold, folds != fold))
        if len(inside) and len(set(truth[outside])) == 2:
            texts = [examples[place].own for place in outside]
            vocabulary = Vocabulary.learn(texts)
            matrix = _sparse([vocabulary.row(text) for text in texts], len(vocabulary.features))
            model = _regression(_GATE_STRENGTH).fit(matrix, truth[outside])
            rows = [vocabulary.row(examples[place].own) for place in inside]
            odds[inside] = model.decision_function(_sparse(rows, len(vocabulary.features)))
    known = np.sort(odds[truth & np.isfinite(odds)])
    return float(known[int((1 - GATE_RECALL) * len(known))]) if len(known) else -1e9


def _regression(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, solver="liblinear", random_state=0, max_iter=200)


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
        return log_loss(odds, truth) * truth.size + 0.5 * float(np.sum(stray**2)), gradient

    found = minimize(loss, np.zeros(2 + truth.shape[1]), jac=True, method="L-BFGS-B").x
    share = 0.0 if sentences is None else float(1 / (1 + np.exp(-found[1])))
    scale = (float(np.exp(found[0])),) * truth.shape[1]
    return Blend(share=share, scale=scale, shift=tuple(map(float, found[2:])))


def log_loss(odds: NDArray[np.floating[Any]], truth: Truth) -> float:
    """Mean over all intents of all messages."""
    return float(np.mean(np.logaddexp(0, odds) - truth * odds))


def _sparse(rows: Sequence[Row], width: int) -> csr_matrix:
    ends = np.cumsum([0, *(len(row.places) for row in rows)])
    places = np.concatenate([row.places for row in rows])
    weights = np.concatenate([row.weights for row in rows])
    return csr_matrix((weights, places, ends), shape=(len(rows), width))


def _draft(catalogue: Catalogue, folder: Path, data: Mapping[str, str]) -> Card:
    """The card before anything was measured."""
    present = [name for name in (WORDS_FILE, SENTENCES_FILE, TOKENIZER_FILE) if (folder / name).is_file()]
    libraries = ("numpy", "scikit-learn", "onnxruntime", "tokenizers")
    nothing = Blend(share=0.0, scale=(1.0,) * len(catalogue), shift=(0.0,) * len(catalogue))
    sentences = folder / SENTENCES_CARD
    known = json.loads(sentences.read_text(encoding="utf-8"))["names"] if sentences.is_file() else ()
    return Card(
        names=tuple(catalogue),
        act=tuple(map(_act, catalogue.values())),
        ask=tuple(ASK[intent.cost] for intent in catalogue.values()),
        gate=0.0,
        blend=nothing,
        words_only=nothing,
        sentence_names=tuple(known),
        files={name: sha256_of(folder / name) for name in present},
        data=data,
        made_with={name: importlib.metadata.version(name) for name in libraries},
        development={},
    )


def _act(intent: Intent) -> float:
    return ACT_ON_OPT_OUT if intent.handling is Handling.OPT_OUT else ACT[intent.cost]


def _calibrated(card: Card, folder: Path, words: WordsModel, examples: Sequence[Example]) -> Card:
    """The card with what the held-out messages say about mixing and quality."""
    truth = truth_of(examples, card.names)
    texts = [example.own for example in examples]
    word_odds, anything = words.read(texts)
    words_only = calibrate(word_odds, None, truth)
    card = replace(card, words_only=words_only, blend=words_only)
    plain = Artefact(card=card, words=words, sentences=None, problem="not asked for")
    figures = {
        "messages": len(examples),
        "gate": _gate_figures(np.asarray(anything >= card.gate), np.asarray(truth.any(axis=1))),
        "words_only": _figures(Reader(plain), examples),
    }
    if not card.sentence_names:
        return replace(card, development=figures)
    model = OnnxText(folder / SENTENCES_FILE, folder / TOKENIZER_FILE, max_tokens=MOST_TOKENS)
    card = replace(card, blend=calibrate(word_odds, sentence_odds(model, card, texts, word_odds), truth))
    full = replace(plain, card=card, sentences=model, problem="")
    full = replace(full, card=replace(card, blend=_fitted_again(full, examples, truth)))
    return replace(full.card, development=figures | {"both": _figures(Reader(full), examples)})


def sentence_odds(model: OnnxText, card: Card, texts: Sequence[str], word_odds: Matrix) -> Matrix:
    """What the sentence model says of whole texts; of intents that it does not know, what the words say."""
    odds = np.array(word_odds)
    for batch in model.batches(texts):
        for column, name in enumerate(card.sentence_names):
            if name in card.names:
                odds[batch.places, card.names.index(name)] = batch.output[:, :, column].sum(axis=1)
    return odds


def _fitted_again(artefact: Artefact, examples: Sequence[Example], truth: Truth) -> Blend:
    """The blend with scale and shift fitted to what comes of it window by window."""
    opened = [open_message(example.text, example.subject) for example in examples]
    # A message in a language that is not read has no odds: it says nothing about mixing.
    read = [place for place, message in enumerate(opened) if message.language.readable and message.windows]
    scored = Scorer(artefact).score([opened[place] for place in read])
    best = np.array([one.odds.max(axis=0) for one in scored], dtype=np.float32)
    again, blend = calibrate(best, None, truth[read]), artefact.card.blend
    shift = np.array(again.scale) * np.array(blend.shift) + np.array(again.shift)
    scale = np.array(again.scale) * np.array(blend.scale)
    return replace(blend, scale=tuple(map(float, scale)), shift=tuple(map(float, shift)))


def _gate_figures(passed: Truth, truth: Truth) -> Mapping[str, Any]:
    """What the gate lets through of the messages with an intent, and stops of those without."""
    return {
        "recall": round(float(passed[truth].mean()), 4) if truth.any() else None,
        "ordinary_stopped": round(float((~passed[~truth]).mean()), 4) if not truth.all() else None,
    }


def _figures(reader: Reader, examples: Sequence[Example]) -> Mapping[str, Any]:
    """What acting on the readings of the held-out messages would have done."""
    overall = evaluate_examples(examples, reader).overall
    return {
        "macro_f1": round(overall.macro_f1, 4),
        "right": overall.right,
        "harmful": overall.harmful,
        "abstained": overall.abstained,
        "ordinary": overall.ordinary,
        "false_alarms": overall.false_alarms,
        "ordinary_acted_on": overall.ordinary_acted_on,
    }
