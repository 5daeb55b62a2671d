"""The readable text of an HTML body, as a plain-text mail would have written it.

Size, depth and number of elements are capped; nothing is fetched; hidden elements are left out; what a mail program
marked as quoted gets "> " or a divider line, so that the reply scanner sees one form. Nothing in here raises.
"""

import re
from typing import Any

from lxml import etree, html

LARGEST_HTML = 2 * 1024 * 1024
#: libxml2's own limit; deeper elements are dropped by it.
DEEPEST_HTML = 256
MOST_ELEMENTS = 50_000

#: Put before a history that the mail program does not put into a block quote.
DIVIDER = "-----Original Message-----"

_GONE = frozenset({
    "script", "style", "head", "title", "template", "noscript", "svg", "math", "object", "iframe", "select",
    "textarea", "button", "audio", "video", "canvas",
})  # fmt: skip
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "center", "dd", "details", "div", "dl", "dt", "fieldset", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
    "section", "table", "tbody", "tr", "ul", "body",
})  # fmt: skip
_SPACED = frozenset({
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "table",
})  # fmt: skip
_COLON = r"\s{0,9}:\s{0,9}"
_HIDDEN = re.compile(
    rf"display{_COLON}none|visibility{_COLON}hidden|mso-hide{_COLON}all"
    rf"|(?:font-size|opacity|max-height){_COLON}0(?![.\d])",
    re.I,
)
_HISTORY = frozenset({
    "appendonsend", "divRplyFwdMsg", "OutlookMessageHeader", "mail-editor-reference-message-container",
    "yahoo_quoted", "x_divRplyFwdMsg", "x_appendonsend", "ms-outlook-mobile-reference-message", "zmail_extra",
    "tutanota_quote",
})  # fmt: skip
_SIGNATURES = frozenset({
    "gmail_signature", "moz-signature", "protonmail_signature_block", "ms-outlook-mobile-signature", "Signature",
    "gmail_signature_prefix",
})  # fmt: skip


def html_to_text(markup: str) -> str:
    """Text of `markup`; "" where there is nothing to read."""
    markup = markup[:LARGEST_HTML].replace("\x00", "")
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        tree = html.document_fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return ""
    return _Writer().text_of(tree)


def _marked(element: Any, names: frozenset[str]) -> bool:
    label = f"{element.get('id', '')} {element.get('class', '')}"[:500]
    return not names.isdisjoint(label.split())


class _Writer:
    """Walks one tree and writes its lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line = ""
        self.quoted = 0
        self.pre = 0

    def text_of(self, tree: Any) -> str:
        """Everything visible; the walk is iterative, so that no nesting can exhaust the stack."""
        walk = etree.iterwalk(tree, events=("start", "end"))
        for count, (event, element) in enumerate(walk):
            if count > 2 * MOST_ELEMENTS:
                break
            if event == "end":
                self._leave(element)
            elif self._is_gone(element):
                walk.skip_subtree()
            else:
                self._enter(element)
        self._end_line()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self.lines)).strip("\n")

    @staticmethod
    def _is_gone(element: Any) -> bool:
        style = element.get("style", "")[:2000]
        return (
            element.tag in _GONE
            or "hidden" in element.attrib
            or bool(style and _HIDDEN.search(style))
            or _marked(element, _SIGNATURES)
        )

    def _enter(self, element: Any) -> None:
        if element.tag in _BLOCKS:
            self._end_line()
            if element.tag in _SPACED:
                self._empty_line()
        if _marked(element, _HISTORY):
            self.lines += ["", DIVIDER]
        self.quoted += element.tag == "blockquote"
        self.pre += element.tag == "pre"
        if element.tag == "br":
            self._break()
        elif element.tag == "li":
            self.line = "- "
        elif element.tag == "hr":
            self.line = "_" * 20
            self._end_line()
        self._write(element.text)

    def _leave(self, element: Any) -> None:
        if self._is_gone(element):
            self._write(element.tail)
            return
        if element.tag in _BLOCKS:
            self._end_line()
            if element.tag in _SPACED:
                self._empty_line()
        self.quoted -= element.tag == "blockquote"
        self.pre -= element.tag == "pre"
        if element.tag in ("td", "th") and self.line.strip():
            self.line += " "
        self._write(element.tail)

    def _write(self, text: str | None) -> None:
        if not text:
            return
        if self.pre:
            first, *rest = text.split("\n")
            self.line += first
            for line in rest:
                self._break()
                self.line = line
            return
        words = " ".join(text.split())
        lead = " " if text[0].isspace() and self.line and not self.line.endswith(" ") else ""
        if not words:
            self.line += lead
            return
        self.line += lead + words + (" " if text[-1].isspace() else "")

    def _break(self) -> None:
        self.lines.append(self._prefix() + self.line.rstrip())
        self.line = ""

    def _end_line(self) -> None:
        if self.line.strip():
            self._break()
        self.line = ""

    def _empty_line(self) -> None:
        if self.lines and self.lines[-1].strip("> "):
            self.lines.append(self._prefix())

    def _prefix(self) -> str:
        return "> " * min(self.quoted, 9)
