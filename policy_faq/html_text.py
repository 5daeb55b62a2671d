"""HTML to the text that a browser shows: one block, one line; scripts, styles, menus' markup and comments never.

The scanner is linear and keeps no tree, so no depth, no number of tags and no missing end can hurt it.
"""

import re
from html import unescape

from policy_faq.errors import NotAPolicy

_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "br",
    ]
)
_HIDDEN = frozenset(
    [
        "script",
        "style",
        "template",
        "noscript",
        "head",
        "title",
        "svg",
        "math",
        "iframe",
        "object",
        "select",
        "button",
        "textarea",
        "nav",
    ]
)
_RAW = frozenset(("script", "style", "textarea", "title"))
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]{0,20})")
#: What stands before a heading, an item, a row's first cell and its other cells.
_MARKS = {f"h{level}": "#" * level + " " for level in range(1, 7)} | {"li": "• ", "tr": "|| ", "td": "| ", "th": "| "}
#: More tags and pieces of text than any page of words has.
_MOST_STEPS = 1_000_000
_BLANKS = re.compile(r"[ \t\r\n\f]+")


class _Text:
    """What has been written so far."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.starts: list[tuple[int, int]] = [(0, 1)]
        self.length = 0
        self._fresh = True
        self._mark = ""

    def block(self, mark: str = "") -> None:
        if not self._fresh:
            self._write("\n")
            self._fresh = True
        if not (self._mark == "|| " and mark == "| "):
            self._mark = mark or self._mark

    def words(self, raw: str, line: int) -> None:
        for number, part in enumerate(raw.split("\n")):
            words = _BLANKS.sub(" ", unescape(part)).replace("\n", " ")
            if number and not self._fresh and not self._spaced():
                words = " " + words
            if self._fresh or self._spaced():
                words = words.lstrip(" ")
            if not words:
                continue
            if self.starts[-1][1] != line + number:
                self.starts.append((self.length, line + number))
            if self._fresh:
                words, self._mark = self._mark + words, ""
            self._write(words)
            self._fresh = False

    def _spaced(self) -> bool:
        return bool(self.pieces) and self.pieces[-1][-1] in " \n"

    def _write(self, text: str) -> None:
        self.pieces.append(text)
        self.length += len(text)


def render_html(source: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The visible text, headings, items and cells marked as in Markdown, and (offset, source line) marks.

    Raises NotAPolicy for a page of more than a million tags.
    """
    out = _Text()
    hidden: list[str] = []
    lowered = source.lower()
    last_end = {name: lowered.rfind(f"</{name}") for name in _HIDDEN}
    place, line, steps = 0, 1, 0
    while place < len(source):
        steps += 1
        if steps > _MOST_STEPS:
            raise NotAPolicy(f"the page has more than {_MOST_STEPS:,} tags: that is no policy")
        if source[place] != "<":
            after = source.find("<", place)
            after = len(source) if after < 0 else after
            if not hidden:
                out.words(source[place:after], line)
        else:
            after, name, closing = _tag(source, place)
            if not name and after == place + 1 and not hidden:
                out.words("<", line)
            if name in _HIDDEN:
                after = _hide(lowered, after, name, hidden, closing=closing, last_end=last_end[name])
            elif name in _BLOCKS and not hidden:
                out.block("" if closing else _MARKS.get(name, ""))
        line += source.count("\n", place, after)
        place = after
    return "".join(out.pieces), tuple(out.starts)


def _tag(source: str, place: int) -> tuple[int, str, bool]:
    """Where the tag at `place` ends, its name ("" for comments, declarations and a bare "<"), and whether it closes."""
    if source.startswith("<!--", place):
        end = source.find("-->", place + 4)
        return (len(source) if end < 0 else end + 3), "", False
    match = _TAG.match(source, place)
    if not match and source[place + 1 : place + 2] not in ("!", "?"):
        return place + 1, "", False
    end = source.find(">", place)
    name = match[1].lower() if match else ""
    return (len(source) if end < 0 else end + 1), name, source.startswith("</", place)


def _hide(lowered: str, after: int, name: str, hidden: list[str], *, closing: bool, last_end: int) -> int:
    """Opens or closes a hidden element; the inside of a raw one is jumped over; one that never ends hides nothing."""
    if closing:
        if name in hidden:
            del hidden[len(hidden) - 1 - hidden[::-1].index(name) :]
        return after
    if name in _RAW:
        end = lowered.find(f"</{name}", after)
        return len(lowered) if end < 0 else end
    if last_end >= after and len(hidden) < 100 and not lowered.endswith("/>", 0, after):
        hidden.append(name)
    return after
