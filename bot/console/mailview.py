"""HTML mail as staff may look at it: an allow-list of tags in a frame that may do nothing.

Law (RELIABILITY T24, T25): no script, form, link, style or address survives; the frame is sandboxed and its own policy
forbids every load, so that nothing is run, followed, posted or fetched, whatever the sanitiser lets through.
"""

from html import escape

import nh3

from bot.channels.mail.charsets import decode
from bot.channels.mail.structure import Part, split_mail
from bot.errors import BadMessage

#: Bytes of HTML that are shown.
LARGEST_SHOWN = 512 * 1024
_TAGS = {
    "p", "br", "hr", "div", "span", "b", "strong", "i", "em", "u", "s", "small", "sub", "sup", "h1", "h2", "h3", "h4",
    "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "code", "table", "thead", "tbody", "tfoot",
    "tr", "td", "th", "caption", "a", "center", "font",
}  # fmt: skip
_ATTRIBUTES = {"td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}, "ol": {"start"}}
_DROPPED_WITH_CONTENT = {"script", "style", "title", "template", "noscript", "svg", "math", "object", "iframe"}
_FRAME = (
    "<!doctype html><meta charset=utf-8>"
    "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; form-action 'none'; base-uri 'none'\">"
    "<meta name=color-scheme content=light>{body}"
)


def html_of(raw: bytes) -> str:
    """The first HTML part of a mail, "" where it has none or cannot be read."""
    try:
        tree = split_mail(raw)
    except BadMessage:
        return ""
    found = next((part for part in tree.walk() if _is_html(part)), None)
    return decode(found.decoded(LARGEST_SHOWN), found.parameters.get("charset", "")) if found else ""


def framed(markup: str) -> str:
    """The document of the frame."""
    clean = nh3.clean(
        markup,
        tags=_TAGS,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        url_schemes=set(),
        link_rel=None,
        strip_comments=True,
    )
    return _FRAME.format(body=clean or escape(""))


def _is_html(part: Part) -> bool:
    return part.content_type == "text/html" and part.disposition != "attachment" and not part.children
