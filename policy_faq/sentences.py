"""Cuts a span of text into sentences, and apart what a flattened table glued together.

Cuts are offsets into the text that was given: nothing is changed, nothing between two cuts is lost but blanks.
"""

import re
from collections.abc import Iterator

_CLOSERS = "\"'”’»)]*_"
_END = re.compile(rf"[.!?。！？][{re.escape(_CLOSERS)}]*(?=\s|$)")
_STUCK = re.compile(r"(?<=[a-zà-ÿ]{3})[.!?](?=[A-Z][a-z]+\s)")
_SHORT = re.compile(
    r"(?:^|[\s(\[“\"])(?:e\.g|i\.e|etc|cf|vs|no|art|sec|ss?|p|pp|inc|ltd|co|corp|mr|mrs|ms|dr|st|approx|incl|excl|z\.b|d\.h|u\.a|"
    r"bzw|ggf|nr|abs|p\.ej|bijv|m\.?b\.?t|cal|civ|u\.s|u\.k|[a-z])\.$",
    re.I,
)
_OPENS = re.compile(r"\s+[\"'“‘«(\[*_]*(?:[A-ZÀ-ÖØ-ÞА-Я0-9]|https?:)")
#: Words that begin a sentence where a table lost the border before it.
_STARTERS = (
    "You|Your|This|These|If|Some|How|We|The|It|In|To|Cannot|Our|All|There|When|Where|Unless|They|Please|Any|For|"
    "As|At|By|A|An"
)
_GLUE = re.compile(rf"(?<=[a-z)”’])(?=(?:{_STARTERS})\b(?![-/.@]))")


def sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Spans of the sentences between `start` and `end`, without blanks at their ends."""
    place = start
    for cut in _cuts(text, start, end):
        if span := _trimmed(text, place, cut):
            yield span
        place = cut
    if span := _trimmed(text, place, end):
        yield span


def glued(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The pieces of a span where a table lost its cell borders ("informationYou"); one piece where it did not."""
    cuts = [match.start() for match in _GLUE.finditer(text, start, end)]
    return [
        span for left, right in zip([start, *cuts], [*cuts, end], strict=True) if (span := _trimmed(text, left, right))
    ]


def _cuts(text: str, start: int, end: int) -> list[int]:
    cuts = [match.end() for match in _STUCK.finditer(text, start, end) if not _in_address(text, match.start())]
    for match in _END.finditer(text, start, end):
        before = text[max(start, match.start() - 12) : match.start() + 1]
        if match[0][0] == "." and _SHORT.search(before) and _OPENS.match(text, match.end(), end) is None:
            continue
        if match[0][0] == "." and _SHORT.search(before) and not before.lower().endswith(("etc.", "inc.", "ltd.")):
            continue
        if match[0][0] in ".!?" and match.end() < end and not _OPENS.match(text, match.end(), end):
            continue
        if match[0][0] == "." and re.search(
            r"(?:^|\n)\s*[\dA-Za-z]{1,3}\.$", text[max(start - 1, 0) : match.start() + 1][-8:]
        ):
            continue
        cuts.append(match.end())
    return sorted(cuts)


def _in_address(text: str, place: int) -> bool:
    word = re.search(r"\S*$", text[max(0, place - 80) : place])
    return bool(word and re.search(r"@|://|www\.", word[0]))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    piece = text[start:end]
    stripped = piece.strip()
    left = len(piece) - len(piece.lstrip())
    return (start + left, start + left + len(stripped)) if stripped else None
