"""How fast a question is answered on the longest policy beside BM25, and what five hundred brands take, in one run.

Run `python -m tests.bench.bench_answers`; it prints p50 and p99 in milliseconds, the import's seconds, the index's
size, and the memory and the answers of 500 brands in one process. Exit status 1 where a bound of the issue is not kept.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from policy_faq import Answerer, Encoder, Policy, import_policy, load_brand, load_topics
from policy_faq.encoder import load_encoder
from policy_faq.policy_index import WordIndex, unit_texts

_BRANDS = 500
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


def longest_policy(added: bytes = b"") -> Policy:
    """With something added it is a version that nobody has reviewed."""
    if REAL.is_file():
        return import_policy(REAL.read_bytes() + added, name=REAL.name)
    brand = load_brand("marigold")
    assert brand.policy_file is not None
    return import_policy(brand.policy_file.read_bytes() + added, name="marigold")


def resident_megabytes() -> float:
    """What the process has in memory now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def many_brands(encoder: Encoder | None, count: int) -> tuple[float, float, float]:
    """Megabytes and seconds for each brand beside the first, and p50 of an answer among them all.

    Each brand has a policy of its own that nobody has reviewed; what import works out lies ready in the cache, as
    after a restart.
    """
    brand = load_brand("marigold")
    assert brand.policy_file is not None
    raw = brand.policy_file.read_bytes()
    policies = [import_policy(raw + f"\n\nShop number {n} of many.\n".encode(), name="p") for n in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        answerer = Answerer.load(encoder, cache=Path(folder))
        first = answerer.prepare(policies[0])
        if first.vectors is not None and encoder is not None:
            for policy in policies[1:]:
                np.save(Path(folder) / f"{policy.sha256}.{encoder.version}.npy", first.vectors.astype(np.float16))
        before, begun = resident_megabytes(), time.perf_counter()
        for policy in policies[1:]:
            answerer.prepare(policy)
        seconds, grown = time.perf_counter() - begun, resident_megabytes() - before
    places = iter(range(10**9))
    ask = milliseconds(lambda question: answerer.answer(question, policies[next(places) % count]), questions()[:200])
    return grown / (count - 1), seconds / (count - 1), ask[0]


def main() -> int:
    encoder = load_encoder()
    answerer = Answerer.load(encoder)
    policy = longest_policy()
    answerer.prepare(policy)
    begun = time.perf_counter()
    index = answerer.prepare(longest_policy(b"\n\nOne more line, and nobody has reviewed it.\n"))
    imported = time.perf_counter() - begun
    words = WordIndex(unit_texts(policy))
    asked = questions()
    ours = milliseconds(lambda question: answerer.answer(question, policy), asked)
    theirs = milliseconds(lambda question: int(words.scores(question).argmax()), asked)
    size = 0 if index.vectors is None else index.vectors.nbytes
    print(f"{policy.name}: {len(policy.units)} units, ready in {imported:.2f} s, {size / 1e6:.1f} MB of vectors")
    print(f"answers  p50 {ours[0]:.1f} ms  p99 {ours[1]:.1f} ms")
    print(f"BM25     p50 {theirs[0]:.2f} ms  p99 {theirs[1]:.2f} ms (never refuses)")
    megabytes, seconds, among = many_brands(encoder, _BRANDS)
    print(f"{_BRANDS} brands: {megabytes:.2f} MB and {seconds * 1000:.0f} ms each beside the first, p50 {among:.1f} ms")
    kept = ours[0] <= 15 and ours[1] <= 60 and imported <= 5 and size <= 20e6 and megabytes <= 20
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
