"""A policy as it was imported: its stored text, its structure, and the way back to the lines of its file.

Every section and unit is a span of the stored text; a section is known by its place, never by its title.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from policy_faq.answer_values import Quote

UnitKind = Literal["sentence", "bullet", "cell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and what stands under it, up to the next heading of its level or above."""

    #: Visible heading without markup, "" for the text before the first heading.
    title: str
    #: Titles from the outermost section down to this one.
    path: tuple[str, ...]
    level: int
    #: Span of the heading and its text.
    start: int
    end: int
    #: First line of the source file.
    line: int

    @property
    def label(self) -> str:
        return " > ".join(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """The smallest quotable piece: a sentence, a bullet or a table cell."""

    kind: UnitKind
    start: int
    end: int
    #: Index into `Policy.sections`.
    section: int
    #: Span of the line that introduces it ("We keep:") or of its row's name; (0, 0) where there is none.
    lead: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """Lines of the file that are not policy and are never quoted."""

    first_line: int
    last_line: int
    reason: str


def source_line(line_starts: Sequence[tuple[int, int]], offset: int) -> int:
    """The line of the file at `offset`, where `line_starts` gives (offset, line) in ascending order."""
    return line_starts[max(bisect_right(line_starts, (offset, 1 << 60)) - 1, 0)][1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of one shop's policy."""

    #: SHA-256 of the file's bytes, hex.
    sha256: str
    #: The file's name, for people.
    name: str
    #: What quotes are spans of.
    text: str
    #: Name and version of the rendering that made `text`, e.g. "plain/1".
    rendering: str
    #: (offset into `text`, line of the file) where a new source line begins, ascending.
    line_starts: tuple[tuple[int, int], ...]
    sections: tuple[Section, ...]
    units: tuple[Unit, ...]
    dropped: tuple[Dropped, ...] = ()
    #: The date that the policy gives itself, in its own words, "" where it gives none.
    dated: str = ""
    #: ISO 639-1 code of its language.
    language: str = "en"

    def line_at(self, offset: int) -> int:
        """The line of the file that the character at `offset` came from."""
        return source_line(self.line_starts, offset)

    def line_span(self, first: int, last: int | None = None) -> tuple[int, int] | None:
        """Span of the file's lines `first` to `last` in the stored text, blanks at both ends left out."""
        last = first if last is None else last
        inside = [offset for offset, line in self.line_starts if first <= line <= last]
        if not inside:
            return None
        after = next(
            (offset for offset, line in self.line_starts if line > last and offset > inside[-1]), len(self.text)
        )
        return self.trimmed(inside[0], after)

    def trimmed(self, start: int, end: int) -> tuple[int, int] | None:
        """The span without blanks at its ends; None where nothing is left."""
        piece = self.text[start:end]
        left = len(piece) - len(piece.lstrip())
        stripped = piece.strip()
        return (start + left, start + left + len(stripped)) if stripped else None

    def section_at(self, offset: int) -> Section:
        """The innermost section around `offset`."""
        place = bisect_right(self.sections, offset, key=lambda section: section.start)
        return self.sections[max(place - 1, 0)]

    def quote(self, start: int, end: int) -> Quote:
        """The span as it may be shown: verbatim, with its section and lines."""
        return Quote(
            text=self.text[start:end],
            section=self.section_at(start).label,
            first_line=self.line_at(start),
            last_line=self.line_at(max(start, end - 1)),
            start=start,
            end=end,
        )

    def context(self, unit: Unit) -> str:
        """Heading path and introducing line of a unit, for search, never for show."""
        lead = self.text[unit.lead[0] : unit.lead[1]]
        return " ".join((*self.sections[unit.section].path, lead)).strip()
