"""How quick the reader is, beside the reader of words alone in the same run.

Run by hand on a quiet machine: `python -m tests.bench.bench_reader`. Single core; the figures of the issue are printed
beside what was measured. Messages are of the held-out groups of the training text: how often the words alone are sure
that a message is ordinary depends on whether they have learned it.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np

from intents.catalogue import load_catalogue
from intents.corpus import Example, load_corpus
from intents.reader import Reader, load_classifier

#: Messages read together: texts of about one length are found more easily among many.
_AT_ONCE = 256
_READY = """
import time
started = time.perf_counter()
import intents
intents.load_classifier().read("hi")
print(time.perf_counter() - started)
"""


def main() -> None:
    """Prints one line a figure."""
    corpus = [example for example in load_corpus(load_catalogue()) if example.held_out]
    chats = [example.text for example in corpus if example.channel == "chat" and example.language == "en"][:400]
    letters = _letters(corpus)
    ordinary = [(example.text, example.subject) for example in corpus if not example.gold]
    ready = float(subprocess.run([sys.executable, "-c", _READY], capture_output=True, text=True, check=True).stdout)
    print(f"ready after {ready:.2f} s (at most 3)")
    full, words = load_classifier(), load_classifier(words_only=True)
    _latency("chat line", chats, full, words, "p50 <= 8 ms, p99 <= 30 ms")
    _latency("letter of 300 words", letters, full, words, "p99 <= 500 ms")
    quick, plain = (_rate(reader, ordinary) for reader in (full, words))
    print(f"ordinary messages in batch: {quick:.0f} a second (at least 400), 1/{plain / quick:.1f} of words alone")
    print(f"resident memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most (at most 400)")


def _letters(corpus: Sequence[Example]) -> list[str]:
    """Letters of about 300 words, made of whole messages."""
    texts = [example.text for example in corpus if 20 < len(example.text.split()) < 80]
    letters, words = [], [""]
    for text in texts:
        words.append(text)
        if len(" ".join(words).split()) >= 300:
            letters.append("\n\n".join(words))
            words = [""]
    return letters


def _latency(title: str, texts: Sequence[str], full: Reader, words: Reader, goal: str) -> None:
    full_ms, words_ms = (_times(reader.read, texts) for reader in (full, words))
    p50, p99 = np.percentile(full_ms, [50, 99])
    ratio = p50 / np.percentile(words_ms, 50)
    print(f"{title}: p50 {p50:.1f} ms, p99 {p99:.1f} ms ({goal}); {ratio:.1f} times words alone")


def _times(read: Callable[[str], object], texts: Sequence[str]) -> list[float]:
    for text in texts[:5]:
        read(text)
    times = []
    for text in texts:
        started = time.perf_counter()
        read(text)
        times.append((time.perf_counter() - started) * 1000)
    return times


def _rate(reader: Reader, messages: Sequence[tuple[str, str]]) -> float:
    started = time.perf_counter()
    for first in range(0, len(messages), _AT_ONCE):
        reader.read_many(messages[first : first + _AT_ONCE])
    return len(messages) / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
