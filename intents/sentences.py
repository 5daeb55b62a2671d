"""Cuts the writer's own words into sentences and windows.

A short message is one window, read whole: a "not" must stay with what it negates. A long letter is read in overlapping
windows of a few sentences, each as long as the sentence model can take in.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from intents.own_words import Span

_END = re.compile(
    r"[.!?…]+[\"'”’)\]]{0,3}(?=\s)|\n[ \t]*(?=[-*•\d(])|\n(?=\s*\n)|[;:](?=[ \t]*\n)|(?<=[^\n]{60})\n(?=[A-ZÀ-ÞĄ-Ż])"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|art|no|nr|ust|lit|al|pp|ff|vs|etc|e\.g|i\.e|approx|inc|ltd|z\.b|bzw|ca|abs|par|pkt|ul|sr|sra|sig|prof)"
    r"|\b[^\W\d_]|\d)\.$",
    re.IGNORECASE,
)
#: Characters that one window may hold: about what the sentence model can take in.
WINDOW = 520


@dataclass(frozen=True, slots=True)
class Window:
    """Neighbouring sentences, read together."""

    parts: tuple[Span, ...]

    def words(self, text: str) -> str:
        """The sentences as one line of text; what lies between them and is not the writer's is left out."""
        return " ".join(" ".join(text[part.start : part.end].split()) for part in self.parts)


def sentences(text: str, spans: Iterable[Span]) -> tuple[Span, ...]:
    """Sentences and list items inside `spans`, trimmed of blanks, none longer than a window."""
    found: list[Span] = []
    for span in spans:
        start = span.start
        for match in _END.finditer(text, span.start, span.end):
            if match.end() - start > 3 and not _ABBREVIATION.search(text, max(start, match.end() - 12), match.end()):
                found.extend(_trimmed(text, start, match.end()))
                start = match.end()
        found.extend(_trimmed(text, start, span.end))
    return tuple(found)


def windows(parts: Sequence[Span]) -> tuple[Window, ...]:
    """Runs of neighbouring sentences of at most `WINDOW` characters; each begins half a window after the one before."""
    found: list[Window] = []
    first = 0
    while first < len(parts):
        last, length = first, parts[first].end - parts[first].start
        while last + 1 < len(parts) and length + parts[last + 1].end - parts[last + 1].start <= WINDOW:
            last += 1
            length += parts[last].end - parts[last].start
        found.append(Window(tuple(parts[first : last + 1])))
        if last + 1 >= len(parts):
            break
        first += max(1, (last - first + 1) // 2)
    return tuple(found)


def _trimmed(text: str, start: int, end: int) -> Iterable[Span]:
    words = text[start:end]
    start += len(words) - len(words.lstrip())
    end -= len(words) - len(words.rstrip())
    for begin in range(start, end, WINDOW):
        yield Span(begin, min(end, begin + WINDOW))
