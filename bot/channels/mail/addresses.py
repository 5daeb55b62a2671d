"""Whose mailbox a `From` field names, and nothing more.

Identity is one plain address or none: whatever two readers could read in two ways (several addresses, a group, a route,
an encoded or full-width address, a local part outside ASCII) is nobody, and a person looks at it. The display name is
decoration.
"""

import re
import unicodedata
from dataclasses import dataclass

from bot.channels.mail.headers import Headers, decode_words, visible

MOST_ADDRESSES = 200
_LONGEST_FIELD = 4_000
_LONGEST_LIST = 32_000

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ANY = re.compile(r"[^\s<>():;,\"\\]{1,64}@[^\s<>():;,\"\\]{1,253}")
_COMMENT = re.compile(r"\(([^()\\]*)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Whom the message names as its writer."""

    #: Display name as claimed, made safe to show.
    name: str = ""
    #: Domain in lower case and ASCII; "" where there is none or more than one reading.
    address: str = ""


def writer_of(headers: Headers) -> Writer:
    """The one mailbox in the one `From` field."""
    fields = headers.all("from")
    if len(fields) != 1:
        return Writer()
    return parse_mailbox(fields[0])


def parse_mailbox(raw: str) -> Writer:
    """The mailbox of a field that holds exactly one, in the plain forms of RFC 5322."""
    if len(raw) > _LONGEST_FIELD:
        return Writer()
    raw = raw.strip(" \t").rstrip(",").rstrip(" \t")
    quoted: list[str] = []
    plain = _QUOTED.sub(lambda match: _put_aside(match[1], quoted), raw)
    if '"' in plain or "\\" in plain or "\x01" in raw:
        return Writer()
    if plain.count("<") == plain.count(">") == 1 and plain.endswith(">"):
        before, _, inside = plain[:-1].partition("<")
        return _named(before, inside, quoted)
    return _bare(plain, quoted)


def _put_aside(text: str, quoted: list[str]) -> str:
    quoted.append(text)
    return "\x01"


def _named(before: str, inside: str, quoted: list[str]) -> Writer:
    address = parse_address(inside.strip(" \t"))
    before, comments = _without_comments(before)
    claimed = " ".join([*quoted, before.replace("\x01", " "), *comments])
    name = visible(decode_words(claimed))[:200]
    suspicious = any(c in before for c in ";:()") or ("@" in before and before.strip(" \t").lower() != address.lower())
    return Writer(name=name) if suspicious else Writer(name=name, address=address)


def _bare(plain: str, quoted: list[str]) -> Writer:
    """`a@b`, perhaps with a comment that holds a name; no quoted string."""
    rest, comments = _without_comments(plain)
    name = visible(decode_words(" ".join(comments)))[:200]
    if quoted or any("@" in comment for comment in comments):
        return Writer(name=name)
    return Writer(name=name, address=parse_address(rest.strip(" \t")))


def _without_comments(text: str) -> tuple[str, list[str]]:
    return _COMMENT.sub(" ", text), _COMMENT.findall(text)


def parse_address(text: str) -> str:
    """`text` as a plain address with the domain in lower-case ASCII, "" where it is not one."""
    local, at, domain = text.rpartition("@")
    if not at or not 0 < len(local) <= 64 or len(domain) > 253 or "=?" in text:
        return ""
    if not _LOCAL.fullmatch(local):
        return ""
    labels = [_ascii_label(label) for label in domain.split(".")]
    if len(labels) < 2 or not all(labels) or labels[-1].isdigit():
        return ""
    return f"{local}@{'.'.join(labels)}"


def mailboxes_in(raw: str) -> tuple[str, ...]:
    """Every plain address in a field that may hold many, in order; never for identity."""
    found = map(parse_address, _ANY.findall(raw[:_LONGEST_LIST])[:MOST_ADDRESSES])
    return tuple(dict.fromkeys(filter(None, found)))


def _is_settled(text: str) -> bool:
    """Nothing that Unicode folds into something else, and nothing that cannot be seen."""
    if text.isascii():
        return True
    visible_only = all(c.isascii() or unicodedata.category(c)[0] in "LMN" for c in text)
    return visible_only and unicodedata.normalize("NFKC", text) == text


def _ascii_label(label: str) -> str:
    """One label of a domain name in its ASCII form; "" where it is not a settled one."""
    if not _is_settled(label):
        return ""
    label = label.lower()
    if not label.isascii():
        label = "xn--" + label.encode("punycode").decode("ascii")
    return label if len(label) <= 63 and _LABEL.fullmatch(label) else ""


def without_tag(address: str) -> str:
    """An address as its server may deliver it: lower case, no +tag. For recognising our own, never for identity."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
