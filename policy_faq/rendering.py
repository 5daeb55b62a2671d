"""Makes the stored text of a policy from its file, by one fixed rendering for each kind of file.

A rendering never changes: a better one gets a new number, and the stored texts of old versions stay what they are.
Plain text is itself. Markdown loses its marks and keeps its lines. HTML becomes the text that a browser shows.
"""

import re
from dataclasses import dataclass
from typing import Literal

from policy_faq.errors import NotAPolicy
from policy_faq.html_text import render_html
from policy_faq.markdown_text import render_markdown

Kind = Literal["plain", "markdown", "html"]
VERSION = 1
_HTML = re.compile(
    r"<(?:!doctype html|html|head|body|div|p|h[1-6]|ul|ol|table|br|section|article)\b[^<>]{0,2000}>", re.I
)
_MARKDOWN = re.compile(
    r"^(?:#{1,6} \S|---\|---|\|? *:?-{3,}:? *\||[ \t]{0,12}[*-] .*\*\*\S)|\]\((?:https?:|mailto:|/)", re.M
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The stored text, and where its source lines begin."""

    text: str
    kind: Kind
    #: (offset, line of the file), ascending, the first at offset 0.
    line_starts: tuple[tuple[int, int], ...]

    @property
    def name(self) -> str:
        return f"{self.kind}/{VERSION}"


#: What a file begins with that a word processor made.
_MADE_BY_PROGRAMS = ((b"%PDF-", "a PDF"), (b"PK\x03\x04", "a document or an archive"), (b"{\\rtf", "a document"))


def render(raw: bytes) -> Rendered:
    """The stored text of a file. Raises NotAPolicy where the bytes are no text."""
    source = decode(raw)
    kind = kind_of(source)
    if kind == "html":
        text, line_starts = render_html(source)
        return Rendered(text=text, kind=kind, line_starts=line_starts)
    text = render_markdown(source) if kind == "markdown" else source
    return Rendered(text=text, kind=kind, line_starts=_line_starts(text))


def kind_of(source: str) -> Kind:
    """What a text is written in, by its marks: file names lie."""
    if len(_HTML.findall(source[:200_000])) >= 3:
        return "html"
    return "markdown" if len(_MARKDOWN.findall(source[:200_000])) >= 3 else "plain"


def decode(raw: bytes) -> str:
    """UTF-8, or UTF-16 by its mark, or Windows-1252. Raises NotAPolicy for binary files."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decoded(raw, "utf-16")
    for magic, what in _MADE_BY_PROGRAMS:
        if raw.startswith(magic):
            raise NotAPolicy(f"the file is {what}, not a text: save it as text, Markdown or HTML first")
    if b"\0" in raw:
        raise NotAPolicy("the file is binary, not a text")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    odd = sum(1 for character in text[:20_000] if ord(character) < 32 and character not in "\t\r\n\f\v")
    if odd * 50 > min(len(text), 20_000) or text[:20_000].count("\ufffd") * 50 > min(len(text), 20_000):
        raise NotAPolicy("the file is binary, not a text")
    return text


def _decoded(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise NotAPolicy("the file is binary, not a text") from error


def _line_starts(text: str) -> tuple[tuple[int, int], ...]:
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    return tuple((offset, line) for line, offset in enumerate(starts, 1))
