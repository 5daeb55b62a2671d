"""Header fields: found, unfolded and decoded in one pass over their bytes.

Every function is linear in its input and cuts off at a stated length; none raises. The standard library needs over
15 seconds for one crafted 50 KB field.
"""

import binascii
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from bot.channels.mail.charsets import decode

#: A field longer than this is read up to here.
LONGEST_VALUE = 64 * 1024
#: Continuations of one RFC 2231 parameter that are read.
MOST_CONTINUATIONS = 100

_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]{0,4000})\?=")
_PARAMETER = re.compile(r';\s*([^\s=;"]{1,80})\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_MESSAGE_ID = re.compile(r"<([!-;=?-~]{1,300})>")
# Control and formatting characters that can only mislead: C0, C1, zero-width, bidi, line and paragraph separators.
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One header field."""

    #: Lower case.
    name: str
    #: Unfolded; UTF-8 where it is, else Latin-1; encoded words are still encoded.
    raw: str


@dataclass(frozen=True, slots=True)
class Headers:
    """The fields of one part, in order, as they came."""

    fields: tuple[Field, ...] = ()

    def all(self, name: str) -> tuple[str, ...]:
        """Raw values of every field of that (lower-case) name."""
        return tuple(field.raw for field in self.fields if field.name == name)

    def first(self, name: str) -> str:
        """Raw value of the first field of that name, "" where there is none."""
        return next((field.raw for field in self.fields if field.name == name), "")

    def has(self, name: str) -> bool:
        return any(field.name == name for field in self.fields)

    def text(self, name: str) -> str:
        """The first field of that name for people: decoded, on one line, without invisible characters."""
        return visible(decode_words(self.first(name)))


def visible(text: str) -> str:
    """`text` on one line without control, zero-width and direction characters."""
    return " ".join(_INVISIBLE.sub(" ", text).split())


def parse_fields(block: bytes) -> Headers:
    """The fields of a header block; a line that is neither a field nor a continuation ends it."""
    found: list[tuple[str, list[bytes]]] = []
    for line in block.split(b"\n"):
        if line[:1] in (b" ", b"\t") and found:
            found[-1][1].append(line.strip())
            continue
        name, separator, value = _split(line)
        if not separator:
            break
        found.append((name, [value.strip()]))
    return Headers(tuple(_field(name, lines) for name, lines in found))


def _split(line: bytes) -> tuple[str, bool, bytes]:
    name, colon, value = line.partition(b":")
    name = name.rstrip(b" \t")
    good = bool(colon) and 0 < len(name) <= 200 and all(33 <= byte <= 126 for byte in name)
    return (name.decode("ascii").lower(), True, value) if good else ("", False, b"")


def _field(name: str, lines: list[bytes]) -> Field:
    return Field(name=name, raw=decode(b" ".join(lines)[:LONGEST_VALUE], "").replace("\r", " ").replace("\x00", ""))


def decode_words(raw: str) -> str:
    """RFC 2047 encoded words decoded; neighbours of one charset are joined before decoding."""
    raw = raw[:LONGEST_VALUE]
    pieces: list[str] = []
    charset, pending, end = "", b"", 0
    for word in _ENCODED_WORD.finditer(raw):
        between = raw[end : word.start()]
        same = word[1].lower() == charset and not between.strip() and end
        if not same:
            pieces.append(decode(pending, charset))
            pending = b""
            if between.strip() or not end:
                pieces.append(between)
        charset = word[1].lower()
        pending += _word_bytes(word[2], word[3])
        end = word.end()
    pieces.append(decode(pending, charset.partition("*")[0]))
    return "".join(pieces) + raw[end:]


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "bB":
        return decode_base64(data)
    return binascii.a2b_qp(data.replace(b" ", b"_"), header=True)


def decode_base64(data: bytes) -> bytes:
    """Base64 as far as it goes: foreign characters skipped, missing padding supplied."""
    clean = re.sub(rb"[^A-Za-z0-9+/]+", b"", data.partition(b"=")[0] if data.rstrip().endswith(b"=") else data)
    clean = clean[: len(clean) - 1] if len(clean) % 4 == 1 else clean
    try:
        return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))
    except binascii.Error:
        return b""


def parameters(raw: str) -> tuple[str, dict[str, str]]:
    """A structured field's main value (lower case) and its parameters, RFC 2231 continuations joined."""
    raw = raw[:LONGEST_VALUE]
    main = raw.partition(";")[0].strip().lower()
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for match in _PARAMETER.finditer(raw):
        name, value = match[1].lower(), match[2].strip()
        if value.startswith('"'):
            value = _QUOTED_PAIR.sub(r"\1", value.strip('"'))
        base, star, rest = name.partition("*")
        if not star:
            plain.setdefault(base, value)
            continue
        number = rest.rstrip("*")
        order = int(number) if number.isascii() and number.isdigit() and len(number) < 5 else 0
        parts = pieces.setdefault(base, {})
        if len(parts) < MOST_CONTINUATIONS:
            parts.setdefault(order, (value, name.endswith("*")))
    return main, plain | {base: _join_continuations(parts) for base, parts in pieces.items()}


def _join_continuations(parts: dict[int, tuple[str, bool]]) -> str:
    charset, data = "", b""
    for position, order in enumerate(sorted(parts)):
        value, encoded = parts[order]
        if position == 0 and encoded and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        data += unquote_to_bytes(value) if encoded else value.encode("utf-8", "replace")
    return decode(data, charset)


def message_ids(raw: str, most: int = 100) -> tuple[str, ...]:
    """The identifiers `<...>` in a field, without brackets, in order; the last `most` of them. Printable ASCII only."""
    return tuple(_MESSAGE_ID.findall(raw[:LONGEST_VALUE]))[-most:]
