"""Split a message into its parts, within bounds.

The caps are checked before or while the bytes are cut, never after; a part is a span of the raw bytes, so that nesting
costs no copies. What is over a cap raises `BadMessage` with the reason; everything else is read as well as it can be.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.channels.mail.headers import Headers, decode_base64, parameters, parse_fields
from bot.errors import BadMessage

LARGEST_MAIL = 25 * 1024 * 1024
LARGEST_HEADER = 1024 * 1024
MOST_FIELDS = 2_000
DEEPEST = 30
MOST_PARTS = 500
LONGEST_LINE = 1024 * 1024

_MBOX_LINE = re.compile(rb"\A>?From [^\n]*\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One MIME part; the message itself is the outermost."""

    headers: Headers
    #: Lower case, e.g. "text/plain".
    content_type: str
    parameters: dict[str, str] = field(default_factory=dict)
    #: "inline", "attachment" or "".
    disposition: str = ""
    filename: str = ""
    #: Still transfer-encoded; empty for a part with children.
    encoded: bytes = b""
    children: tuple["Part", ...] = ()

    def decoded(self, most: int) -> bytes:
        """The content without its transfer encoding, from at most `most` encoded bytes."""
        encoding = self.headers.first("content-transfer-encoding").partition(";")[0].strip().lower()
        data = self.encoded[:most]
        if encoding == "base64":
            return decode_base64(data)
        return binascii.a2b_qp(data) if encoding == "quoted-printable" else data

    def walk(self) -> Iterator["Part"]:
        """This part and all below it, in the order of the message."""
        yield self
        for child in self.children:
            yield from child.walk()


def split_mail(raw: bytes) -> Part:
    """The tree of parts; raises `BadMessage` where a cap is passed or there is no header at all."""
    if len(raw) > LARGEST_MAIL:
        raise BadMessage(f"The message has {len(raw)} bytes; at most {LARGEST_MAIL} are read.")
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    _refuse_long_lines(raw)
    mbox = _MBOX_LINE.match(raw)
    part = _Splitter(raw).part(mbox.end() if mbox else 0, len(raw), depth=0, default="text/plain")
    if not part.headers.fields:
        raise BadMessage("The message has no header fields.")
    return part


def _refuse_long_lines(raw: bytes) -> None:
    start = 0
    while len(raw) - start > LONGEST_LINE:
        newline = raw.rfind(b"\n", start, start + LONGEST_LINE + 1)
        if newline < 0:
            raise BadMessage(f"A line is longer than {LONGEST_LINE} bytes.")
        start = newline + 1


class _Splitter:
    """Cuts one message, counting its parts."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.parts = 0

    def part(self, start: int, end: int, *, depth: int, default: str) -> Part:
        """The part that lies in raw[start:end]."""
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise BadMessage(f"The message has more than {MOST_PARTS} parts.")
        if depth > DEEPEST:
            raise BadMessage(f"The message is nested more than {DEEPEST} deep.")
        headers, body = self._headers(start, end)
        content_type, given = parameters(headers.first("content-type"))
        disposition, more = parameters(headers.first("content-disposition"))
        content_type = content_type if re.fullmatch(r"[\w.+-]+/[\w.+-]+", content_type) else default
        boundary = given.get("boundary", "").encode("utf-8", "replace")
        children: tuple[Part, ...] = ()
        if content_type.startswith("multipart/") and boundary:
            inner = "message/rfc822" if content_type == "multipart/digest" else "text/plain"
            children = tuple(
                self.part(first, last, depth=depth + 1, default=inner) for first, last in self._cut(body, end, boundary)
            )
        elif content_type in ("message/rfc822", "message/global") and not _is_encoded(headers):
            children = (self.part(body, end, depth=depth + 1, default="text/plain"),)
        return Part(
            headers=headers,
            content_type=content_type,
            parameters=given,
            disposition=disposition,
            filename=more.get("filename", "") or given.get("name", ""),
            encoded=b"" if children else self.raw[body:end],
            children=children,
        )

    def _headers(self, start: int, end: int) -> tuple[Headers, int]:
        """The fields at `start` and where the body begins."""
        window = min(end, start + LARGEST_HEADER + 4)
        empty = re.compile(rb"\r?\n").match(self.raw, start, window)
        if empty:
            return Headers(), empty.end()
        blank = re.compile(rb"\n\r?\n").search(self.raw, start, window)
        if blank is None and end > window:
            raise BadMessage(f"A header is larger than {LARGEST_HEADER} bytes.")
        block = self.raw[start : blank.start() if blank else end]
        if block.count(b"\n") >= MOST_FIELDS and _count_fields(block) > MOST_FIELDS:
            raise BadMessage(f"A header has more than {MOST_FIELDS} fields.")
        return parse_fields(block), blank.end() if blank else end

    def _cut(self, start: int, end: int, boundary: bytes) -> Iterator[tuple[int, int]]:
        """The spans between the lines that begin with the boundary."""
        delimiter = b"--" + boundary
        opened = -1
        position = start
        while (found := self.raw.find(delimiter, position, end)) >= 0:
            position = found + len(delimiter)
            if found > start and self.raw[found - 1 : found] != b"\n":
                continue
            line_end = self.raw.find(b"\n", position, end)
            line_end = end if line_end < 0 else line_end
            rest = self.raw[position : min(line_end, position + 200)].strip()
            if rest not in (b"", b"--"):
                continue
            if opened >= 0:
                yield opened, _without_newline(self.raw, opened, found)
            opened = -1 if rest else min(line_end + 1, end)
            if rest:
                return
        if opened >= 0:
            yield opened, end


def _is_encoded(headers: Headers) -> bool:
    return headers.first("content-transfer-encoding").strip().lower() in ("base64", "quoted-printable")


def _count_fields(block: bytes) -> int:
    return sum(1 for line in block.split(b"\n") if line[:1] not in (b" ", b"\t"))


def _without_newline(raw: bytes, start: int, end: int) -> int:
    """`end` moved before the line break that belongs to the delimiter."""
    if end > start and raw[end - 1 : end] == b"\n":
        end -= 1
    if end > start and raw[end - 1 : end] == b"\r":
        end -= 1
    return end
