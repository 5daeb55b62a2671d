"""Tells what each line of a policy is: heading, text, item, a line that introduces others, or cells of a table.

The rules look at a line and its neighbours only, in the order in which they stand in `_RULES`; the first that speaks
wins.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from policy_faq.policy import source_line


class LineKind(StrEnum):
    HEADING = "heading"
    TEXT = "text"
    ITEM = "item"
    LEAD = "lead"
    ROW = "row"
    CELL = "cell"
    NOISE = "noise"
    #: Only in corrections: a section without a title begins with this line.
    BREAK = "break"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line, or several that one paragraph was broken into."""

    words: str
    start: int
    end: int
    #: Line of the source file.
    number: int
    #: Whether a blank line, or the edge of the file, stands before and after it.
    blank_before: bool = False
    blank_after: bool = False
    kind: LineKind | None = None
    level: int = 0
    #: Where its words begin after a bullet or a bar.
    content: int = 0
    #: Whether a line that introduced others ends here.
    ends_lead: bool = False

    def told(self, kind: LineKind, level: int = 0) -> "Line":
        return replace(self, kind=kind, level=level, content=self.content or self.start)


_BULLET = re.compile(r"\s*(?:[•●▪◦‣·*–—-]\s+|\(?[a-z0-9]{1,3}\)\s+)(?=\S)")
_HASHES = re.compile(r"(#{1,6}) +\S")
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,3})[.)]?\s+(?=[^\W\d_])")
_RULER = re.compile(r"[\s|:=_*-]*")
_VERB = re.compile(
    r"\b(?:is|are|was|were|do|does|did|will|would|can|cannot|may|must|shall|should|have|has|had|never|don.t|won.t|doesn.t|"
    r"sell|sells|use|uses|keep|keeps|share|shares|collect|collects|store|stores|contact|call|email)\b",
    re.I,
)
_REACH = re.compile(r"@|https?:|www\.|\d{4}|\d{3}[ -]\d{3}|\[[^\]]{3,200}\]")


def split_lines(
    text: str, starts: Sequence[tuple[int, int]], noise: frozenset[int], *, blocks: bool = False
) -> list[Line]:
    """The lines of the stored text but those in `noise`, counted from 1; `starts` gives each offset's source line.

    With `blocks` each line is a paragraph of its own, as HTML is rendered.
    """
    lines: list[Line] = []
    blank = True
    for stored_line, match in enumerate(re.finditer(r"[^\n]*\n|[^\n]+$", text), 1):
        words = match[0].strip()
        if stored_line in noise:
            blank = True
            continue
        if not words or words == "\ufeff":
            if lines:
                lines[-1] = replace(lines[-1], blank_after=True)
            blank = True
            continue
        start = match.start() + match[0].index(words)
        number = source_line(starts, start)
        end = start + len(words)
        lines.append(
            Line(words=words, start=start, end=end, number=number, blank_before=blank or blocks, blank_after=blocks)
        )
        blank = False
    if lines:
        lines[-1] = replace(lines[-1], blank_after=True)
    return lines


def classify(lines: Sequence[Line]) -> Iterator[Line]:
    """The same lines with their kind, broken paragraphs put together again, in order."""
    joined = _joined(lines)
    kinds = [
        line if line.kind not in (None, LineKind.BREAK) else _told(line, before, after)
        for before, line, after in zip([None, *joined], joined, [*joined[1:], None], strict=False)
    ]
    numbered = _levelled(kinds)
    major = ""
    for place, told in enumerate(numbered):
        after = numbered[place + 1] if place + 1 < len(numbered) else None
        if joined[place].kind is LineKind.BREAK:
            yield replace(told, words="", end=told.start, kind=LineKind.HEADING, level=2)
        if told.kind is LineKind.HEADING and (match := _NUMBERED.match(told.words)):
            major = match[1]
        elif told.kind is LineKind.TEXT and (number := _untitled(told, after, major)):
            yield replace(told, words=number, end=told.start, kind=LineKind.HEADING, level=2)
            major = number
        yield told


def _levelled(lines: Sequence[Line]) -> list[Line]:
    """Numbered headings with their level: "2." is a part of "5.1" unless it follows "1." or has a "2.1"."""
    numbers = [
        match[1] if line.kind is LineKind.HEADING and (match := _NUMBERED.match(line.words)) else "" for line in lines
    ]
    levelled = list(lines)
    top, dotted = 0, False
    for place, number in enumerate(numbers):
        if not number:
            continue
        if "." in number:
            dotted = True
            continue
        following = next((other for other in numbers[place + 1 :] if "." in other), "")
        if not dotted or following.startswith(f"{number}.") or int(number) == top + 1:
            top = int(number) if not dotted or following.startswith(f"{number}.") or top else top
        if int(number) != top:
            levelled[place] = replace(lines[place], level=4)
    return levelled


def _told(line: Line, before: Line | None, after: Line | None) -> Line:
    if _RULER.fullmatch(line.words):
        return line.told(LineKind.NOISE)
    for rule in _RULES:
        if told := rule(line, before, after):
            return told
    ends_lead = line.blank_before or len(line.words) > 200
    return replace(line, kind=LineKind.TEXT, content=line.start, ends_lead=ends_lead)


def _marked(line: Line, _before: Line | None, _after: Line | None) -> Line | None:
    match = _HASHES.match(line.words)
    return line.told(LineKind.HEADING, len(match[1])) if match else None


def _row(line: Line, _before: Line | None, after: Line | None) -> Line | None:
    """Cells between bars; the names of the columns, above a ruler, are no cells."""
    if line.words.startswith("|| "):
        return replace(line, kind=LineKind.ROW, content=line.start + 2)
    if "|" not in line.words:
        return None
    if after is not None and "|" in after.words and _RULER.fullmatch(after.words):
        return line.told(LineKind.NOISE)
    first = line.words.strip("| ").split("|")[0]
    kind = LineKind.ROW if line.words.count("|") >= 2 and 0 < len(first) <= 80 else LineKind.CELL
    return replace(line, kind=kind, content=line.start)


def _item(line: Line, _before: Line | None, _after: Line | None) -> Line | None:
    match = _BULLET.match(line.words)
    return replace(line, kind=LineKind.ITEM, content=line.start + match.end()) if match else None


def _numbered(line: Line, _before: Line | None, _after: Line | None) -> Line | None:
    """A short numbered line."""
    match = _NUMBERED.match(line.words)
    if not match or len(line.words.split()) > 13 or len(line.words) > 100 or line.words[-1] in ".;,:":
        return None
    return line.told(LineKind.HEADING, match[1].count(".") + 1)


def _capitals(line: Line, _before: Line | None, after: Line | None) -> Line | None:
    letters = [character for character in line.words if character.isalpha()]
    loud = len(letters) >= 4 and sum(map(str.isupper, letters)) >= 0.9 * len(letters)
    short = len(line.words.split()) <= 12 and line.words[-1] not in ".,;" and not _REACH.search(line.words)
    apart = line.blank_before or len(line.words.split()) > 1
    return line.told(LineKind.HEADING, 1) if loud and short and apart and after else None


def _first(line: Line, before: Line | None, after: Line | None) -> Line | None:
    """The title of the whole."""
    short = len(line.words.split()) <= 10 and line.words[-1] not in ".,;:!"
    return line.told(LineKind.HEADING, 0) if before is None and after is not None and short else None


def _row_name(line: Line, _before: Line | None, after: Line | None) -> Line | None:
    """A line without an end that stands on its own before a list: the name of a table's row, or a heading."""
    if after is None or not line.blank_after or not _BULLET.match(after.words):
        return None
    fits = len(line.words.split()) <= 20 and line.words[0].isupper() and line.words[-1] not in ".,;:!|"
    return line.told(LineKind.HEADING, 6) if fits else None


def _alone(line: Line, _before: Line | None, after: Line | None) -> Line | None:
    """A short line between blank ones, before something longer."""
    if after is None or not (line.blank_before and line.blank_after) or _REACH.search(line.words):
        return None
    words = line.words.split()
    if len(words) > 12 or len(line.words) > 90 or line.words[-1] in ",;:!" or after.words.startswith("|"):
        return None
    if line.words[-1] == "." and (len(words) > 6 or _VERB.search(line.words)):
        return None
    longer = len(after.words) >= 60 or bool(_BULLET.match(after.words)) or after.words.endswith(":")
    return line.told(LineKind.HEADING, 3) if longer else None


def _lead(line: Line, _before: Line | None, after: Line | None) -> Line | None:
    fits = after is not None and line.words.endswith(":") and len(line.words) <= 300
    return line.told(LineKind.LEAD) if fits else None


#: The rules that tell what a line is, the strongest sign first.
_RULES: tuple[Callable[[Line, Line | None, Line | None], Line | None], ...] = (
    _row,
    _item,
    _numbered,
    _first,
    _marked,
    _capitals,
    _row_name,
    _alone,
    _lead,
)


def _untitled(line: Line, after: Line | None, major: str) -> str:
    """The number of a section whose own heading is missing: a paragraph right before "6.1" when we are in 5."""
    match = _NUMBERED.match(after.words) if after else None
    if not match or not re.fullmatch(r"\d+\.1", match[1]) or len(line.words) < 100 or not major:
        return ""
    number = match[1].split(".")[0]
    return number if number != major.split(".")[0] else ""


def _joined(lines: Sequence[Line]) -> list[Line]:
    """Lines that continue the one before are put to it: always in lower case, and all in a hard-wrapped file."""
    lengths = [len(line.words) for line in lines if not line.blank_after]
    wrapped = len(lengths) >= 10 and max(lengths) <= 110 and sum(n >= 50 for n in lengths) >= 0.7 * len(lengths)
    joined: list[Line] = []
    for line in lines:
        last = joined[-1] if joined else None
        if last is not None and not line.blank_before and _continues(last, line, wrapped=wrapped):
            joined[-1] = replace(last, words=f"{last.words} {line.words}", end=line.end, blank_after=line.blank_after)
        else:
            joined.append(line)
    return joined


def _continues(last: Line, line: Line, *, wrapped: bool) -> bool:
    if (
        last.kind
        or line.kind
        or _BULLET.match(line.words)
        or _NUMBERED.match(line.words)
        or "|" in line.words + last.words
    ):
        return False
    if _HASHES.match(last.words) or (last.words[-1] in ".!?:;" and not wrapped):
        return False
    return (wrapped and last.words[-1] != ":") or (line.words[0].islower() and len(last.words) >= 30)
