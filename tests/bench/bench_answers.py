"""How fast a question is answered on the longest policy, and how much better than BM25, in one run.

Run `python tests/bench/bench_answers.py`; it prints p50 and p99 in milliseconds, the import's seconds and the index's
size.
"""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from intents.encoder import load_encoder
from policy_faq import Answerer, Policy, import_policy, load_brand, load_topics
from policy_faq.policy_index import WordIndex, unit_texts

REAL = Path(__file__).resolve().parents[3] / "shared/policies/jane-ellen.txt"


def questions() -> list[str]:
    return [text for topic in load_topics() for text in topic.phrasings["en"][:3]]


def milliseconds(ask: Callable[[str], object], asked: Sequence[str]) -> tuple[float, float]:
    """p50 and p99."""
    times = []
    for question in asked:
        begun = time.perf_counter()
        ask(question)
        times.append((time.perf_counter() - begun) * 1000)
    return float(np.percentile(times, 50)), float(np.percentile(times, 99))


def longest_policy() -> Policy:
    if REAL.is_file():
        return import_policy(REAL.read_bytes(), name=REAL.name)
    brand = load_brand("marigold")
    assert brand.policy_file is not None
    return import_policy(brand.policy_file.read_bytes(), name="marigold")


def main() -> int:
    answerer = Answerer.load(load_encoder())
    begun = time.perf_counter()
    policy = longest_policy()
    index = answerer.prepare(policy)
    imported = time.perf_counter() - begun
    words = WordIndex(unit_texts(policy))
    asked = questions()
    ours = milliseconds(lambda question: answerer.answer(question, policy), asked)
    theirs = milliseconds(lambda question: int(words.scores(question).argmax()), asked)
    size = 0 if index.vectors is None else index.vectors.nbytes
    print(f"{policy.name}: {len(policy.units)} units, ready in {imported:.2f} s, {size / 1e6:.1f} MB of vectors")
    print(f"answers  p50 {ours[0]:.1f} ms  p99 {ours[1]:.1f} ms")
    print(f"BM25     p50 {theirs[0]:.2f} ms  p99 {theirs[1]:.2f} ms (never refuses)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
