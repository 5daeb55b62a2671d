"""Markdown to visible text: the marks within a line go, lines, headings' marks and everything else stay.

One line in, one line out. A link keeps its words and, in brackets, its address, unless the words are the address.
"""

import re

_LINK = re.compile(
    r"!?\[([^\[\]\n]{0,500})\]\(([^()\s]{0,2000}(?:\([^()\s]{0,200}\)[^()\s]{0,500})?)(?: \"[^\"\n]{0,200}\")?\)"
)
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]{1,2000}|[^<>\s@]{1,100}@[^<>\s@]{1,100})>")
_STRONG = re.compile(r"(\*\*|__)(?=\S| \S)([^*\n]{1,2000}?)\1")
_EMPHASIS = re.compile(r"(?<![\w*])([*_])(?=\S)([^*_\n]{1,2000}?)(?<=\S)\1(?![\w*])")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~])")
_QUOTED = re.compile(r"^ {0,3}(?:> ?)+")


def render_markdown(source: str) -> str:
    """The visible text of a Markdown document, line by line."""
    return "\n".join(_line(line) for line in source.split("\n"))


def _line(line: str) -> str:
    line = _QUOTED.sub("", line)
    # An escaped character is out of reach of the marks until they are gone.
    kept = [match[1] for match in _ESCAPE.finditer(line)]
    line = _ESCAPE.sub("\ue000", line)
    line = _LINK.sub(_link, line)
    line = _AUTOLINK.sub(lambda match: match[1].removeprefix("mailto:"), line)
    for mark in (_STRONG, _EMPHASIS, _STRONG):
        line = mark.sub(r"\2", line)
    return re.sub("\ue000", lambda _: kept.pop(0), line) if kept else line


def _link(match: re.Match[str]) -> str:
    words, address = match[1], match[2]
    bare = words.strip("_* `")
    target = address.removeprefix("mailto:")
    if not bare or bare == target or address.startswith(("#", "mailto:")):
        return bare or ("" if match[0].startswith("!") else target)
    return f"{words} ({address})"
