"""The words of a message, from its plain text or else its HTML; attachments are named and never opened.

A forwarded message that hangs on as an attachment is not the writer's words.
"""

import re
from dataclasses import dataclass

from bot.channels.mail.charsets import decode
from bot.channels.mail.headers import decode_words, visible
from bot.channels.mail.html_text import html_to_text
from bot.channels.mail.structure import Part

#: Encoded bytes of one text part that are read.
LARGEST_TEXT = 3 * 1024 * 1024
#: Characters handed on; the first ones.
LONGEST_TEXT = 400_000
MOST_TEXT_PARTS = 20
MOST_ATTACHMENTS = 100

_TAG = re.compile(r"<[^<>]{0,2000}>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a message says, quotes and signature included."""

    text: str = ""
    attachments: tuple[str, ...] = ()
    #: The plain text and the HTML say different things.
    differs: bool = False


def body_of(mail: Part) -> Body:
    """The text that a reader sees first, and the names of what hangs on."""
    texts: list[str] = []
    attachments: list[str] = []
    differs = _collect(mail, texts, attachments)
    text = "\n".join(texts[:MOST_TEXT_PARTS]).replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return Body(text=text[:LONGEST_TEXT], attachments=tuple(attachments[:MOST_ATTACHMENTS]), differs=differs)


def _collect(part: Part, texts: list[str], attachments: list[str]) -> bool:
    """Add this part's words and attachment names; True where alternatives say different things."""
    if part.content_type.startswith("multipart/"):
        return _collect_children(part, texts, attachments)
    if _is_attachment(part) or len(texts) >= MOST_TEXT_PARTS:
        attachments.append(attachment_name(part))
        return False
    text = _text_of(part)
    if text.strip():
        texts.append(text)
    return False


def _collect_children(part: Part, texts: list[str], attachments: list[str]) -> bool:
    if part.content_type == "multipart/alternative":
        return _collect_alternative(part, texts, attachments)
    if part.content_type == "multipart/digest":
        attachments.extend(attachment_name(child) for child in part.children)
        return False
    differs = False
    for child in part.children:
        differs |= _collect(child, texts, attachments)
    return differs


def _collect_alternative(part: Part, texts: list[str], attachments: list[str]) -> bool:
    """The plain text where it says something, else the HTML; which one a reader sees is the reader's choice."""
    said: dict[str, str] = {}
    for child in part.children:
        inner: list[str] = []
        _collect(child, inner, attachments)
        kind = "plain" if child.content_type == "text/plain" else "rich"
        said[kind] = "\n".join(filter(None, [said.get(kind, ""), *inner]))
    plain, rich = said.get("plain", ""), said.get("rich", "")
    chosen = plain if _says_something(plain) else rich or plain
    if chosen:
        texts.append(chosen)
    return bool(plain.strip() and rich.strip()) and _differ(plain, rich)


def _says_something(plain: str) -> bool:
    """False for the stubs that some programs put where the plain text should be."""
    squeezed = " ".join(plain[:400].split()).lower()
    is_stub = len(squeezed) < 300 and "html" in squeezed and ("view" in squeezed or "support" in squeezed)
    return bool(squeezed) and not is_stub


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w{4,30}", text[:50_000].lower()))


def _differ(plain: str, rich: str) -> bool:
    """Whether fewer than half of one side's words stand on the other."""
    ours, theirs = _words(plain), _words(rich)
    if min(len(ours), len(theirs)) < 3:
        return False
    return len(ours & theirs) < min(len(ours), len(theirs)) / 2


def _is_attachment(part: Part) -> bool:
    if part.disposition == "attachment" or part.content_type not in ("text/plain", "text/html", "text/enriched"):
        return True
    return bool(part.filename)


def attachment_name(part: Part) -> str:
    """A label for people: the claimed name without path, control or direction characters; never a file name to use."""
    title = part.children[0].headers.text("subject") if part.content_type == "message/rfc822" and part.children else ""
    claimed = (visible(decode_words(part.filename)) or title).replace("\\", "/").rpartition("/")[2]
    return claimed.strip(". ")[:120] or "unnamed"


def _text_of(part: Part) -> str:
    text = decode(part.decoded(LARGEST_TEXT), part.parameters.get("charset", ""))
    if part.content_type == "text/html":
        return html_to_text(text)
    if part.content_type == "text/enriched":
        return _TAG.sub("", text)
    if part.parameters.get("format", "").lower() == "flowed":
        return unflow(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")
    return text


def unflow(text: str, *, delete_space: bool) -> str:
    """Soft line breaks joined (RFC 3676); a paragraph never flows across quote depths or the signature line."""
    out: list[str] = []
    depth_before, open_line = 0, False
    for line in text.replace("\r\n", "\n").split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:]
        content = content[1:] if content.startswith(" ") else content
        if content == "-- ":
            open_line = False
        if open_line and depth == depth_before:
            out.append(content)
        else:
            out.append("\n" + ("> " * depth if depth else "") + content)
        open_line = content.endswith(" ") and content != "-- "
        if open_line and delete_space:
            out[-1] = out[-1][:-1]
        depth_before = depth
    return "".join(out)[1:]
