"""Only what the writer wrote now: no quotes, no history, no signature, no footer.

One pass over the lines, no line looked at beyond a few hundred characters, no pattern that can run away: any body takes
time linear in its size. Answers between quoted lines stay; what lies below a history that is not marked as quoted goes,
because nobody can tell whose it is.
"""

import re
from enum import Enum, auto

from bot.channels.mail.writer_lines import (
    is_contact_line,
    is_divider,
    is_farewell,
    is_footer,
    is_intro,
    is_message_label,
    is_notice,
    is_rule,
    label_kind,
    names_its_writer,
    starts_intro,
)

_LONGEST_TEXT = 400_000
#: A body with more lines is no letter; the first ones are read.
_MOST_LINES = 10_000
_LOOK = 400
_MOST_INTRO_LINES = 4
_HEADER_WINDOW = 8
_LONGEST_TAIL = 8
_LONGEST_CARD = 12

_QUOTED = re.compile(r"\s{0,4}[A-Z]{0,3}>")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_BLANKS = re.compile(r"\n{3,}")
_DASHED_NAME = re.compile(r"[-–—~/]\s?[^\W\d_][\w.'-]{1,20}(?: [^\W\d_][\w.'-]{0,20}){0,2}")
_TIME = re.compile(r"\b\d{1,2}[:.]\d\d\b")
_SIGNATURE = re.compile(r"\s?--\s?|\s?[—–]\s?|-- .{0,3}")


class _Kind(Enum):
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


def only_the_writers_words(text: str) -> str:
    """The new text of a mail body."""
    lines = [line.rstrip() for line in text[:_LONGEST_TEXT].replace("\u00a0", " ").split("\n")[:_MOST_LINES]]
    seen = [_INVISIBLE.sub("", line[:_LOOK]) for line in lines]
    kinds = _kinds(seen)
    kept = [
        line if kind is _Kind.OWN else "" for line, kind in zip(lines, _without_signatures(kinds, seen), strict=True)
    ]
    kept = _without_dashed_name(_without_contact_block(kept))
    return _BLANKS.sub("\n\n", "\n".join(kept)).strip("\n ")


def _kinds(lines: list[str]) -> list[_Kind]:
    """What each line is, by itself and its neighbours; below a history every line is history."""
    kinds = [_first_look(line) for line in lines]
    _mark_history(lines, kinds)
    _mend_wrapped_quotes(lines, kinds)
    _mark_footers(lines, kinds)
    return kinds


def _mark_history(lines: list[str], kinds: list[_Kind]) -> None:
    """Introductions go; from the first one on that no marked quote follows, everything goes."""
    labels = [label_kind(line) for line in lines]
    own_before = False
    for index, line in enumerate(lines):
        if kinds[index] is _Kind.QUOTED:
            continue
        first: int | None = None
        if _begins_history(lines, labels, index, own_before=own_before):
            first = index
        elif line.endswith((":", "：")) and kinds[index] is _Kind.OWN:
            first = _intro_start(lines, kinds, index)
        if first is not None:
            kinds[first : index + 1] = [_Kind.INTRO] * (index + 1 - first)
            if not _quote_follows(kinds, index):
                kinds[first:] = [_Kind.HISTORY] * (len(kinds) - first)
                return
        own_before = own_before or (kinds[index] is _Kind.OWN and not labels[index])


def _first_look(line: str) -> _Kind:
    if not line.strip():
        return _Kind.BLANK
    if _QUOTED.match(line) and not line.startswith(">From "):
        return _Kind.QUOTED
    return _Kind.SIGNATURE if _SIGNATURE.fullmatch(line) else _Kind.OWN


def _begins_history(lines: list[str], labels: list[str], index: int, *, own_before: bool) -> bool:
    """A divider, or the header lines of an earlier mail, perhaps under a rule."""
    if is_divider(lines[index]):
        return True
    if is_rule(lines[index]):
        if any("mailing list" in line.lower() for line in lines[index + 1 : index + 3]):
            return True
        index = next((at for at in range(index + 1, min(index + 4, len(lines))) if lines[at].strip()), index)
    if not labels[index] or not _is_header_block(labels[index : index + _HEADER_WINDOW]):
        return False
    return own_before or _is_forwarded(lines[index : index + 2 * _HEADER_WINDOW])


def _is_header_block(labels: list[str]) -> bool:
    """Who and when, or who, to whom and about what, each on a line of its own with its label."""
    found = set(filter(None, labels))
    return "from" in found and ("sent" in found or {"to", "subject"} <= found) and len(found) >= 2 + ("to" not in found)


def _is_forwarded(lines: list[str]) -> bool:
    """Header lines with nothing above them: a forwarded mail has addresses and times in them.

    People head their letters in the same way, and contact forms call what follows a message.
    """
    head = lines[:_HEADER_WINDOW]
    by_a_program = any("@" in line for line in head) and any(_TIME.search(line) for line in head)
    return by_a_program and not any(map(is_message_label, lines))


def _intro_start(lines: list[str], kinds: list[_Kind], last: int) -> int | None:
    """The line where an introduction that ends at `last` begins, None where there is none."""
    for first in range(last, max(last - _MOST_INTRO_LINES, -1), -1):
        if kinds[first] is not _Kind.OWN:
            return None
        joined = " ".join(lines[first : last + 1])
        if is_intro(joined, before_a_quote=_quote_follows(kinds, last)):
            while first > 0 and last - first < _MOST_INTRO_LINES and _goes_before(lines, kinds, first):
                first -= 1
            return first
    return None


def _goes_before(lines: list[str], kinds: list[_Kind], first: int) -> bool:
    """Whether the line above `first` is the beginning of the same introduction."""
    above = lines[first - 1]
    if kinds[first - 1] is _Kind.OWN and names_its_writer(above):
        return True
    return kinds[first - 1] is _Kind.OWN and starts_intro(above) and not above.endswith((".", "?", "!", ":"))


def _quote_follows(kinds: list[_Kind], index: int) -> bool:
    following = kinds[index + 1 : index + 4]
    return next((kind is _Kind.QUOTED for kind in following if kind is not _Kind.BLANK), False)


def _mend_wrapped_quotes(lines: list[str], kinds: list[_Kind]) -> None:
    """A few words between two quoted lines, the upper one full: a quote that some program wrapped."""
    for index in range(1, len(lines) - 1):
        if (
            kinds[index] is not _Kind.OWN
            or kinds[index - 1] is not _Kind.QUOTED
            or kinds[index + 1] is not _Kind.QUOTED
        ):
            continue
        upper = lines[index - 1].rstrip()
        if len(upper) >= 60 and len(lines[index]) <= 30 and not upper.endswith((".", "?", "!", ":")):
            kinds[index] = _Kind.QUOTED


def _mark_footers(lines: list[str], kinds: list[_Kind]) -> None:
    """Lines that a program added, standing alone; a confidentiality notice takes what follows it along."""
    own_before = farewell_before = False
    for index, line in enumerate(lines):
        if kinds[index] is not _Kind.OWN:
            continue
        alone = index == 0 or kinds[index - 1] is not _Kind.OWN
        if alone and is_footer(line):
            kinds[index] = _Kind.FOOTER
        elif alone and own_before and is_notice(" ".join(lines[index : index + 8]), below_a_farewell=farewell_before):
            _mark_notice(kinds, index)
        own_before = own_before or kinds[index] is _Kind.OWN
        farewell_before = farewell_before or is_farewell(line)


def _mark_notice(kinds: list[_Kind], index: int) -> None:
    while index < len(kinds) and kinds[index] in (_Kind.OWN, _Kind.BLANK, _Kind.SIGNATURE):
        kinds[index] = _Kind.FOOTER
        index += 1


def _without_signatures(kinds: list[_Kind], lines: list[str]) -> list[_Kind]:
    """What stands below "-- " becomes signature, up to the next quote."""
    out: list[_Kind] = []
    inside = False
    for index, kind in enumerate(kinds):
        if kind is _Kind.SIGNATURE:
            inside = inside or lines[index] == "--" or _tail_is_short(kinds, index)
            out.append(_Kind.SIGNATURE if inside else _Kind.OWN)
            continue
        inside = inside and kind not in (_Kind.QUOTED, _Kind.INTRO)
        out.append(_Kind.SIGNATURE if inside else kind)
    return out


def _tail_is_short(kinds: list[_Kind], index: int) -> bool:
    following = kinds[index + 1 : index + 2 * _LONGEST_TAIL]
    return following.count(_Kind.OWN) <= _LONGEST_TAIL


def _without_contact_block(lines: list[str]) -> list[str]:
    """The business card below a farewell and a name goes; sentences, such as a postscript, stay."""
    last = max((index for index, line in enumerate(lines) if is_farewell(line)), default=-1)
    if last < 0:
        return lines
    tail = [index for index in range(last + 1, len(lines)) if lines[index].strip()]
    if len(tail) > _LONGEST_CARD or not any(is_contact_line(lines[index]) for index in tail):
        return lines
    gone = {index for index in tail[1:] if not _is_sentence(lines[index])}
    gone |= {index for index in tail[:1] if is_contact_line(lines[index])}
    return ["" if index in gone else line for index, line in enumerate(lines)]


def _without_dashed_name(lines: list[str]) -> list[str]:
    """A name behind a dash or a slash, alone at the end."""
    last = max((index for index, line in enumerate(lines) if line.strip()), default=-1)
    alone = last > 1 and not lines[last - 1].strip()
    return lines[:last] if alone and _DASHED_NAME.fullmatch(lines[last]) else lines


def _is_sentence(line: str) -> bool:
    return len(line.split()) >= 5 and line.rstrip().endswith((".", "?", "!"))
