"""Keeps the writer's own new words: quoted history, forwarded mail, signatures and footers are someone else's.

One pass over the lines, no line looked at beyond a few hundred characters, no pattern that can run away: any text takes
time linear in its size. Answers between quoted lines stay; what lies below a history that is not marked as quoted goes,
because nobody can tell whose it is. What is kept are spans of the text, so that evidence can be quoted as it stands.

In doubt a line stays: a footer that is kept gets read, a request that is dropped is lost. So the words of a program go
only where something of the writer's is left; only a text that is nothing but quotation has no words of its own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from intents.foreign_lines import is_contact_line, is_farewell, speaks_of_himself
from intents.line_kinds import Kind, kinds_of

_LONGEST_TEXT = 400_000
#: A text with more lines that hold something is no letter; the first ones are read.
_MOST_LINES = 10_000
_LOOK = 400
_LONGEST_TAIL = 8
_LONGEST_CARD = 12
#: A text with more signature marks than this is no letter; the later ones are read.
_MOST_MARKS = 20

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_DASHED_NAME = re.compile(r"[-–—~/]\s?[^\W\d_][\w.'-]{1,20}(?: [^\W\d_][\w.'-]{0,20}){0,2}")


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` to `end` (exclusive) of the text that was read."""

    start: int
    end: int


def own_spans(text: str) -> tuple[Span, ...]:
    """The spans of the text that are the writer's own, in order; each is a paragraph or what is left of it."""
    return tuple(_paragraphs(own_lines(text)))


def own_lines(text: str) -> tuple[Span, ...]:
    """The lines that are the writer's own, with their line ends, in order; blank lines are nobody's."""
    places = tuple(_lines(text[:_LONGEST_TEXT]))
    seen = [_seen(text[place.start : min(place.end, place.start + _LOOK)]) for place in places]
    kept = _own(seen)
    return tuple(place for place, line in zip(places, kept, strict=True) if line.strip())


def _lines(text: str) -> Iterator[Span]:
    """Of blank lines below each other only the first."""
    start = full = 0
    above = ""
    while start < len(text) and full < _MOST_LINES:
        end = text.find("\n", start)
        end = len(text) if end < 0 else end + 1
        said = text[start : min(end, start + _LOOK)].strip()
        if said or above:
            yield Span(start, end)
        full += bool(said)
        start, above = end, said


def _seen(line: str) -> str:
    return _INVISIBLE.sub("", line.rstrip().replace("\u00a0", " "))


def _paragraphs(lines: tuple[Span, ...]) -> Iterator[Span]:
    """Joins neighbouring lines; a gap ends a paragraph."""
    start = end = -1
    for line in lines:
        if line.start != end:
            if start >= 0:
                yield Span(start, end)
            start = line.start
        end = line.end
    if start >= 0:
        yield Span(start, end)


def _own(lines: list[str]) -> list[str]:
    """The lines that are kept, the others empty."""
    kinds = kinds_of(lines)
    with_marks = _without_signatures(kinds, lines)
    kept = [line if kind is Kind.OWN else "" for line, kind in zip(lines, with_marks, strict=True)]
    kept = _without_dashed_name(_without_contact_block(kept))
    if _says_something(kept):
        return kept
    not_quoted = (Kind.OWN, Kind.FOOTER, Kind.SIGNATURE)
    return [line if kind in not_quoted else "" for line, kind in zip(lines, kinds, strict=True)]


def _says_something(lines: list[str]) -> bool:
    """Whether there are letters in more than one line, or in one that is more than "Dear shop,"."""
    full = [line for line in lines if any(map(str.isalnum, line))]
    return len(full) > 1 or (len(full) == 1 and not full[0].rstrip().endswith(","))


def _without_signatures(kinds: list[Kind], lines: list[str]) -> list[Kind]:
    """What stands below "-- " becomes signature, up to the next quote."""
    out: list[Kind] = []
    inside = False
    marks = 0
    for index, kind in enumerate(kinds):
        if kind is Kind.SIGNATURE:
            marks += 1
            inside = inside or (marks <= _MOST_MARKS and _signs_off(kinds, lines, index))
            out.append(Kind.SIGNATURE if inside else Kind.OWN)
            continue
        inside = inside and kind not in (Kind.QUOTED, Kind.INTRO)
        out.append(Kind.SIGNATURE if inside else kind)
    return out


def _signs_off(kinds: list[Kind], lines: list[str], index: int) -> bool:
    """Whether a name or a card follows a mark: below any but "--" a short one, and no sentence about oneself."""
    following = range(index + 1, min(index + 2 * _LONGEST_TAIL, len(lines)))
    tail = [lines[at] for at in following if kinds[at] is Kind.OWN]
    return (lines[index] == "--" or len(tail) <= _LONGEST_TAIL) and not speaks_of_himself(" ".join(tail))


def _without_contact_block(lines: list[str]) -> list[str]:
    """The business card below a farewell and a name goes; sentences, such as a postscript, stay."""
    last = max((index for index, line in enumerate(lines) if is_farewell(line)), default=-1)
    if last < 0:
        return lines
    tail = [index for index in range(last + 1, len(lines)) if lines[index].strip()]
    contacts = [index for index in tail if is_contact_line(lines[index])]
    if len(tail) > _LONGEST_CARD or not contacts:
        return lines
    card = {index for index in tail[1:] if index <= contacts[-1] and not _is_a_persons(lines[index])}
    gone = card.union(contacts[:1] if contacts[0] == tail[0] else ())
    return ["" if index in gone else line for index, line in enumerate(lines)]


def _without_dashed_name(lines: list[str]) -> list[str]:
    """A name behind a dash or a slash, alone at the end."""
    last = max((index for index, line in enumerate(lines) if line.strip()), default=-1)
    alone = last > 1 and not lines[last - 1].strip()
    return [*lines[:last], "", *lines[last + 1 :]] if alone and _DASHED_NAME.fullmatch(lines[last]) else lines


def _is_a_persons(line: str) -> bool:
    """A sentence, or words about oneself."""
    return (len(line.split()) >= 5 and line.rstrip().endswith((".", "?", "!"))) or speaks_of_himself(line)
