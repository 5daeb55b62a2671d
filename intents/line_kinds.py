"""What each line of a message is: the writer's own, quoted, history, or a program's.

The kinds follow from each line by itself and from its neighbours; below an unmarked history every line is history.
"""

import re
from enum import Enum, auto

from intents.foreign_lines import (
    heads_a_notice,
    is_divider,
    is_farewell,
    is_footer,
    is_intro,
    is_message_label,
    is_newsletter_footer,
    is_notice,
    is_rule,
    is_short_intro,
    label_kind,
    names_its_writer,
    reads_like_a_notice,
    starts_intro,
)

_MOST_INTRO_LINES = 4
_HEADER_WINDOW = 8
_SHORT_LINE = 40

_QUOTED = re.compile(r"\s{0,4}(?:[A-Z]{0,3}>|\|\s)")
_TIME = re.compile(r"\b\d{1,2}[:.]\d\d\b")
_SIGNATURE = re.compile(r"\s?--\s?|\s?__\s?|\s?[—–]\s?|-- .{0,3}")


class Kind(Enum):
    OWN = auto()
    BLANK = auto()
    QUOTED = auto()
    #: Introduces a quote; goes.
    INTRO = auto()
    #: Everything below is somebody else's.
    HISTORY = auto()
    #: "-- ": everything up to the next quote goes.
    SIGNATURE = auto()
    #: Put there by a program; goes.
    FOOTER = auto()


def kinds_of(lines: list[str]) -> list[Kind]:
    """What each line is, by itself and its neighbours; below a history every line is history."""
    kinds = [_first_look(line) for line in lines]
    _mark_history(lines, kinds)
    _mend_wrapped_quotes(lines, kinds)
    _mark_footers(lines, kinds)
    return kinds


def _mark_history(lines: list[str], kinds: list[Kind]) -> None:
    """Introductions go; from the first one on that no marked quote follows, everything goes."""
    labels = [label_kind(line) for line in lines]
    own_before = False
    # Of the writer's words, where there are any: what follows an introduction with none above it may be his.
    first_own = len(lines)
    for index, line in enumerate(lines):
        if kinds[index] is Kind.QUOTED:
            continue
        first: int | None = None
        headed = _begins_history(lines, labels, index, own_before=own_before)
        if headed:
            first = index
        elif line.endswith((":", "：")) and kinds[index] is Kind.OWN:
            first = _intro_start(lines, kinds, index, own_before=own_before)
        if first is not None:
            kinds[first : index + 1] = [Kind.INTRO] * (index + 1 - first)
            if not _quote_follows(kinds, index) and (headed or first_own < first):
                kinds[first:] = [Kind.HISTORY] * (len(kinds) - first)
                return
            first_own = first_own if first_own < first else len(lines)
        if kinds[index] is Kind.OWN:
            first_own = min(first_own, index)
        own_before = own_before or (kinds[index] is Kind.OWN and not labels[index])


def _first_look(line: str) -> Kind:
    if not line.strip():
        return Kind.BLANK
    if _QUOTED.match(line) and not line.startswith(">From "):
        return Kind.QUOTED
    return Kind.SIGNATURE if _SIGNATURE.fullmatch(line) else Kind.OWN


def _begins_history(lines: list[str], labels: list[str], index: int, *, own_before: bool) -> bool:
    """A divider, or the header lines of an earlier mail, perhaps under a rule."""
    if is_divider(lines[index]):
        return True
    if is_rule(lines[index]):
        if any("mailing list" in line.lower() for line in lines[index + 1 : index + 3]):
            return True
        index = next((at for at in range(index + 1, min(index + 4, len(lines))) if lines[at].strip()), index)
    around = lines[index : index + 2 * _HEADER_WINDOW]
    if not labels[index] or any(map(is_message_label, around)):
        return False
    if _is_header_block(labels[index : index + _HEADER_WINDOW]):
        return own_before or _is_forwarded(around)
    return own_before and _is_short_header_block(lines, labels, index)


def _is_short_header_block(lines: list[str], labels: list[str], index: int) -> bool:
    """Who and about what, two lines that stand alone between blank ones."""
    alone = not lines[index - 1].strip() and not "".join(lines[index + 2 : index + 3]).strip()
    return alone and set(labels[index : index + 2]) == {"from", "subject"}


def _is_header_block(labels: list[str]) -> bool:
    """Who and when, or who, to whom and about what, each on a line of its own with its label."""
    found = set(filter(None, labels))
    return "from" in found and ("sent" in found or {"to", "subject"} <= found) and len(found) >= 2 + ("to" not in found)


def _is_forwarded(lines: list[str]) -> bool:
    """Header lines with nothing above them: a forwarded mail has addresses and times in them.

    People head their letters in the same way, and contact forms call what follows a message.
    """
    head = lines[:_HEADER_WINDOW]
    return any("@" in line for line in head) and any(_TIME.search(line) for line in head)


def _intro_start(lines: list[str], kinds: list[Kind], last: int, *, own_before: bool) -> int | None:
    """The line where an introduction that ends at `last` begins, None where there is none."""
    for first in range(last, max(last - _MOST_INTRO_LINES, -1), -1):
        if kinds[first] is not Kind.OWN:
            break
        joined = " ".join(lines[first : last + 1])
        if is_intro(joined, before_a_quote=_quote_follows(kinds, last)):
            while first > 0 and last - first < _MOST_INTRO_LINES and _goes_before(lines, kinds, first):
                first -= 1
            return first
    return last if own_before and is_short_intro(lines[last]) else None


def _goes_before(lines: list[str], kinds: list[Kind], first: int) -> bool:
    """Whether the line above `first` is the beginning of the same introduction."""
    above = lines[first - 1]
    if kinds[first - 1] is Kind.OWN and names_its_writer(above):
        return True
    return kinds[first - 1] is Kind.OWN and starts_intro(above) and not above.endswith((".", "?", "!", ":"))


def _quote_follows(kinds: list[Kind], index: int) -> bool:
    following = kinds[index + 1 : index + 4]
    return next((kind is Kind.QUOTED for kind in following if kind is not Kind.BLANK), False)


def _mend_wrapped_quotes(lines: list[str], kinds: list[Kind]) -> None:
    """A few words between two quoted lines, the upper one full: a quote that some program wrapped."""
    for index in range(1, len(lines) - 1):
        if kinds[index] is not Kind.OWN or kinds[index - 1] is not Kind.QUOTED or kinds[index + 1] is not Kind.QUOTED:
            continue
        upper = lines[index - 1].rstrip()
        if len(upper) >= 60 and len(lines[index]) <= 30 and not upper.endswith((".", "?", "!", ":")):
            kinds[index] = Kind.QUOTED


def _mark_footers(lines: list[str], kinds: list[Kind]) -> None:
    """Lines that a program added, standing alone; a confidentiality notice takes what follows it along."""
    own_before = farewell_before = False
    for index, line in enumerate(lines):
        if kinds[index] is not Kind.OWN:
            continue
        alone = index == 0 or kinds[index - 1] is not Kind.OWN
        added = is_footer(line) and (alone or _ends_a_paragraph(kinds, index))
        if added or (own_before and is_newsletter_footer(line)):
            kinds[index] = Kind.FOOTER
        elif alone and own_before and _begins_a_notice(lines, kinds, index, farewell_before):
            _mark_notice(lines, kinds, index)
        own_before = own_before or kinds[index] is Kind.OWN
        farewell_before = farewell_before or is_farewell(line)


def _ends_a_paragraph(kinds: list[Kind], index: int) -> bool:
    return index + 1 == len(kinds) or kinds[index + 1] is not Kind.OWN


def _begins_a_notice(lines: list[str], kinds: list[Kind], index: int, farewell_before: bool) -> bool:
    said = _opening(lines, kinds, index)
    return reads_like_a_notice(lines[index]) and is_notice(said, below_a_farewell=farewell_before)


def _opening(lines: list[str], kinds: list[Kind], index: int) -> str:
    """The paragraph that begins at `index`, at most eight lines; below a notice's heading the next one as well."""
    headed = heads_a_notice(lines[index])
    said = ""
    for line, kind in zip(lines[index : index + 8], kinds[index : index + 8], strict=True):
        if kind is not Kind.OWN and not (headed and said == lines[index]):
            break
        said = f"{said} {line}".strip()
    return said


def _mark_notice(lines: list[str], kinds: list[Kind], index: int) -> None:
    """The notice goes, sentence by sentence, up to one that reads like a person's or stands beside a quote."""
    while index < len(kinds) and kinds[index] in (Kind.OWN, Kind.BLANK, Kind.SIGNATURE):
        end = index + 1
        while (
            kinds[index] is Kind.OWN
            and end < len(kinds)
            and kinds[end] is Kind.OWN
            and not _ends_a_sentence(lines[end - 1])
        ):
            end += 1
        if kinds[index] is Kind.OWN and not reads_like_a_notice(" ".join(lines[index:end])):
            return
        kinds[index:end] = [Kind.FOOTER] * (end - index)
        index = end


def _ends_a_sentence(line: str) -> bool:
    """Nor does a line go on below that is too short to have been wrapped."""
    return len(line) < _SHORT_LINE or line.endswith((".", "!", "?", ":", "*"))
