"""Finds the sections and the quotable units of a stored text.

Headings are told by their marks, numbers, capitals or place, never quoted, and known by their line: two of one title
are two sections. A correction names a line by the digest of its words, so it survives the next version of the policy.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from policy_faq.brands.loading import SHIPPED
from policy_faq.errors import NotAPolicy, PolicyError
from policy_faq.lines import Line, LineKind, classify
from policy_faq.policy import Section, Unit, UnitKind
from policy_faq.sentences import glued, sentences

#: More sections or units than any policy has.
MOST_PIECES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What the operator says that a line is."""

    kind: LineKind
    level: int = 2


Corrections = Mapping[str, Correction]


def line_digest(words: str) -> str:
    """The key of a line's correction: 16 hex digits of the SHA-256 of its words in lower case."""
    return hashlib.sha256(" ".join(words.split()).casefold().encode()).hexdigest()[:16]


def load_corrections(path: Path) -> Corrections:
    """Reads `structure.toml`: `policy_sha256`, the versions that it was made for, and tables [[line]].

    A table has `digest` (see `line_digest`), `is` (heading, text, item, lead, noise, break) and, for a heading,
    `level`.
    """
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("line", [])
        return {
            str(row["digest"]): Correction(kind=LineKind(row["is"]), level=int(row.get("level", 2))) for row in rows
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PolicyError(f"{path}: {error}") from error


def known_corrections(sha256: str, *, folders: Sequence[Path] = ()) -> Corrections:
    """The corrections of the brand that knows this version: the operator's in `folders` laid over the shipped ones."""
    found: dict[str, Correction] = {}
    for folder in (SHIPPED, *folders):
        for path in sorted(folder.glob("*/structure.toml")):
            if sha256 in path.read_text(encoding="utf-8"):
                found |= load_corrections(path)
    return found


@dataclass(slots=True)
class _Draft:
    """Sections and units while they are being read."""

    text: str
    sections: list[Section] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    lead: tuple[int, int] = (0, 0)
    #: (level, title) of the sections that are open.
    open: list[tuple[int, str]] = field(default_factory=list)

    def begin(self, title: str, level: int, start: int, number: int) -> None:
        self.open = [(other, name) for other, name in self.open if other < level and other > 0]
        self.open.append((level, title))
        path = tuple(name for _, name in self.open if name)
        self.sections.append(Section(title=title, path=path, level=level, start=start, end=len(self.text), line=number))
        self.lead = (0, 0)
        self._bound()

    def add(self, kind: UnitKind, start: int, end: int) -> None:
        if not re.search(r"\w", self.text[start:end]):
            return
        section = len(self.sections) - 1
        self.units.append(Unit(kind=kind, start=start, end=end, section=section, lead=self.lead))
        self._bound()

    def _bound(self) -> None:
        if max(len(self.sections), len(self.units)) > MOST_PIECES:
            raise NotAPolicy(f"the file has more than {MOST_PIECES:,} headings or sentences: that is no policy")


def read_structure(
    text: str, lines: Sequence[Line], corrections: Corrections | None = None
) -> tuple[tuple[Section, ...], tuple[Unit, ...]]:
    """Sections and units of `text`, whose lines that are policy are `lines`. Raises NotAPolicy for too many."""
    draft = _Draft(text)
    draft.begin("", 0, 0, 1)
    for line in classify(_corrected(lines, corrections or {})):
        match line.kind:
            case LineKind.HEADING:
                draft.begin(_title(line.words), line.level, line.start, line.number)
            case LineKind.LEAD:
                draft.lead = (line.start, line.end)
                if len(line.words.split()) > 6:
                    draft.add("sentence", line.start, line.end)
            case LineKind.ITEM:
                _add_item(draft, line)
            case LineKind.ROW | LineKind.CELL:
                _add_cells(draft, line)
            case LineKind.TEXT:
                _add_text(draft, line)
            case _:
                pass
    titles = {_folded(section.title) for section in draft.sections if section.title}
    units = (unit for unit in draft.units if _folded(text[unit.start : unit.end]) not in titles)
    return _closed(draft.sections), tuple(units)


def _folded(words: str) -> str:
    """Words for comparing: a list of what comes below repeats the headings, and is not an answer."""
    return " ".join(re.findall(r"[^\W\d_]{2,}", words.casefold()))


def _corrected(lines: Sequence[Line], corrections: Corrections) -> list[Line]:
    if not corrections:
        return list(lines)
    return [
        line.told(found.kind, found.level) if (found := corrections.get(line_digest(line.words))) else line
        for line in lines
    ]


def _title(words: str) -> str:
    return " ".join(words.lstrip("# ").split()).rstrip(": ")


def _add_text(draft: _Draft, line: Line) -> None:
    if line.ends_lead:
        draft.lead = (0, 0)
    pieces = glued(draft.text, line.start, line.end)
    lead = draft.lead
    for place, (start, end) in enumerate(pieces):
        is_row_name = place == 0 and len(pieces) > 1 and end - start <= 90
        if is_row_name:
            draft.lead = (start, end)
            continue
        for first, last in sentences(draft.text, start, end):
            draft.add("cell" if len(pieces) > 1 else "sentence", first, last)
    draft.lead = lead


def _add_item(draft: _Draft, line: Line) -> None:
    for start, end in sentences(draft.text, line.content, line.end):
        draft.add("bullet", start, end)


def _add_cells(draft: _Draft, line: Line) -> None:
    """The cells between the bars of a line; a row's first cell introduces the others."""
    if line.kind is LineKind.ROW:
        draft.lead = (0, 0)
    bars = (match.start() for match in re.compile(r"\|").finditer(draft.text, line.content, line.end))
    for bar, right in pairwise((line.content, *bars, line.end)):
        left = bar + draft.text.startswith("|", bar)
        for start, end in glued(draft.text, left, right):
            for first, last in sentences(draft.text, start, end):
                draft.add("cell", first, last)
            if line.kind is LineKind.ROW and draft.lead == (0, 0) and end - start <= 120:
                draft.lead = (start, end)


def _closed(sections: Sequence[Section]) -> tuple[Section, ...]:
    """The sections with their ends: where the next one of the same level or above begins."""
    ends = [section.end for section in sections]
    open_places: list[int] = []
    for place, section in enumerate(sections):
        while open_places and sections[open_places[-1]].level >= section.level:
            ends[open_places.pop()] = section.start
        open_places.append(place)
    return tuple(replace(section, end=end) for section, end in zip(sections, ends, strict=True))
