"""The readable text of an HTML body, within bounds.

Size and depth are capped before the tree is rendered; nothing is fetched, no style sheet applied; a quoted history is
marked with "> " as a plain-text mail would mark it, so that the reply scanner sees one form.
"""

import re
from typing import Any

from inscriptis import ParserConfig, get_text
from inscriptis.css_profiles import CSS_PROFILES
from lxml import etree, html

LARGEST_HTML = 2 * 1024 * 1024
DEEPEST_HTML = 256
MOST_ELEMENTS = 60_000

_GONE = ("script", "style", "head", "title", "template", "noscript", "svg", "math", "object", "iframe", "select", "form")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|(?:font-size|max-height)\s*:\s*0(?![.\d])", re.I)
# One class or id for each of the programs that wrap what is quoted.
_QUOTES = re.compile(
    r"\b(?:gmail_quote(?:_container)?|gmail_extra|moz-cite-prefix|yahoo_quoted|protonmail_quote|zmail_extra|tutanota_quote"
    r"|moz-forward-container|OutlookMessageHeader|divRplyFwdMsg|appendonsend|mail-editor-reference-message-container)\b"
)
_SIGNATURES = re.compile(r"\b(?:gmail_signature|moz-signature|protonmail_signature_block|ms-outlook-mobile-signature|signature-block)\b", re.I)
#: Lines put around what was marked as quoted; the reply scanner knows them.
QUOTE_LINE = "\n> quoted\n"


def html_to_text(markup: str) -> str:
    """Text of `markup` without hidden elements; "" where there is nothing to read."""
    markup = markup[:LARGEST_HTML].replace("\x00", "")
    if not markup.strip():
        return ""
    tree = _parse(markup)
    if tree is None:
        return ""
    _prune(tree)
    if _too_large(tree):
        return " ".join(_flat(tree).split())
    try:
        text = get_text(html.tostring(tree, encoding="unicode"), ParserConfig(css=CSS_PROFILES["strict"].copy()))
    except (RecursionError, etree.LxmlError, ValueError, AssertionError, IndexError):
        return " ".join(_flat(tree).split())
    return str(text)


def _parse(markup: str) -> Any | None:
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        return html.document_fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None


def _prune(tree: Any) -> None:
    """Drop what no reader sees; replace what a mail program quoted by one marked line."""
    for element in list(tree.iter(etree.Element)):
        if element.getparent() is None:
            continue
        label = f"{element.get('class', '')} {element.get('id', '')}"
        style = element.get("style", "")
        if element.tag in _GONE or "hidden" in element.attrib or (style and _HIDDEN.search(style)):
            _replace(element, "")
        elif element.tag == "blockquote":
            _replace_blockquote(element)
        elif label.strip() and _QUOTES.search(label):
            _mark_quoted(element, label)
        elif label.strip() and _SIGNATURES.search(label):
            _replace(element, "")
