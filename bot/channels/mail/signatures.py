"""Whether a mail's own DKIM signature proves its From address, by the DMARC record of that domain.

RFC 6376 and RFC 7489. Pure: the records of the DNS are given. A pass needs one unambiguous From address, a published
DMARC record, and a signature over From and the whole body by a domain that is aligned with it. SPF proves nothing here:
what connects to us is the shop's own mail server.
"""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import dkim
from publicsuffixlist import PublicSuffixList

from bot.channels.mail.addresses import writer_of
from bot.channels.mail.headers import Headers, parse_fields
from bot.channels.mail.structure import LARGEST_HEADER
from bot.errors import BadSetting

#: TXT records by name, in lower case and without the last dot.
Records = Mapping[str, Sequence[str]]

_MOST_SIGNATURES = 10
_LONGEST_TAG_LIST = 8_000
_MOST_TAGS = 60
_SHORTEST_KEY = 1024
_SIGNED_HEADERS = [
    b"from", b"from", b"to", b"subject", b"date", b"message-id", b"in-reply-to", b"references", b"mime-version",
    b"content-type", b"auto-submitted",
]  # fmt: skip
_BLANK_LINE = re.compile(rb"\A\r?\n|\n\r?\n")
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9._-]{0,250}[a-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One DKIM-Signature field that could prove the From address."""

    #: Its place among the fields of that name.
    place: int
    domain: str
    #: Where its public key is published.
    key_name: str


def domain_to_prove(raw: bytes) -> str:
    """The domain of the one From address, "" where there is none or more than one reading."""
    return writer_of(headers_of(raw)).address.rpartition("@")[2]


def names_to_ask(raw: bytes) -> tuple[str, ...]:
    """The TXT records that `is_proved` needs; none where no signature could prove anything."""
    domain = domain_to_prove(raw)
    keys = [signature.key_name for signature in _candidates(headers_of(raw), domain)]
    return tuple(dict.fromkeys((*policy_names(domain), *keys))) if keys else ()


def policy_names(domain: str) -> tuple[str, ...]:
    """Where the DMARC record of `domain` may stand, the nearer first (RFC 7489 section 6.6.3)."""
    return tuple(f"_dmarc.{name}" for name in dict.fromkeys((domain, organisation(domain))))


def is_proved(raw: bytes, records: Records) -> bool:
    """An aligned DMARC pass by DKIM."""
    domain = domain_to_prove(raw)
    policy = policy_of(domain, records)
    if not domain or policy is None:
        return False
    strict = policy.get("adkim", "r").lower() == "s"
    found = _candidates(headers_of(raw), domain)
    return any(_verifies(raw, signature, records) for signature in found if signature.domain == domain or not strict)


def policy_of(domain: str, records: Records) -> dict[str, str] | None:
    """The tags of the DMARC record that is in force for `domain`; two at one name are none."""
    for name in policy_names(domain):
        found = [tags for text in records.get(name, ()) if (tags := _tags(text)).get("v", "").upper() == "DMARC1"]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def organisation(domain: str) -> str:
    """The organisational domain: one label below the public suffix."""
    return _suffixes().privatesuffix(domain) or domain


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def headers_of(raw: bytes) -> Headers:
    """The fields of the mail's own header."""
    blank = _BLANK_LINE.search(raw, 0, LARGEST_HEADER)
    return parse_fields(raw[: blank.start() if blank else LARGEST_HEADER])


def _candidates(headers: Headers, domain: str) -> Iterator[Signature]:
    """The signatures over From and the whole body whose domain belongs to the same organisation."""
    if not domain:
        return
    for place, value in enumerate(headers.all("dkim-signature")[:_MOST_SIGNATURES]):
        tags = _tags(value)
        signer, selector = tags.get("d", "").lower(), tags.get("s", "").lower()
        if "l" in tags or "from" not in re.split(r"[\s:]+", tags.get("h", "").lower()):
            continue
        if _NAME.fullmatch(signer) and _NAME.fullmatch(selector) and organisation(signer) == organisation(domain):
            yield Signature(place=place, domain=signer, key_name=f"{selector}._domainkey.{signer}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKey:
    """With which our own mail is signed, where no server on its way does."""

    selector: str
    #: A private RSA key in PEM.
    pem: bytes = field(repr=False)


def signed(raw: bytes, key: OwnKey, *, domain: str) -> bytes:
    """`raw` with a DKIM-Signature of `domain` above it. Raises `BadSetting` for a key that cannot be used."""
    try:
        header = dkim.sign(
            raw,
            key.selector.encode(),
            domain.encode(),
            key.pem,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=_SIGNED_HEADERS,
            logger=_silent(),
        )
    except Exception as error:
        raise BadSetting(
            f"the DKIM key cannot be used ({type(error).__name__}); it must be an RSA key in PEM"
        ) from error
    return bytes(header) + raw


def _tags(text: str) -> dict[str, str]:
    """A tag list, "a=b; c=d"; of a tag that is there twice nothing is believed."""
    pairs = [part.partition("=") for part in text[:_LONGEST_TAG_LIST].split(";")[:_MOST_TAGS] if "=" in part]
    names = [name.strip() for name, _, _ in pairs]
    return {name: value.strip() for name, (_, _, value) in zip(names, pairs, strict=True) if names.count(name) == 1}


def _verifies(raw: bytes, signature: Signature, records: Records) -> bool:
    """Whether the signature is good. The library raises many things at a crafted mail: none of them is a proof."""
    keys = records.get(signature.key_name, ())
    if len(keys) != 1:
        return False
    try:
        checker = dkim.DKIM(raw, logger=_silent(), minkey=_SHORTEST_KEY)
        froms = [value for name, value in checker.headers if name.lower() == b"from"]
        key = keys[0].encode("ascii", "replace")
        return len(froms) == 1 and bool(checker.verify(idx=signature.place, dnsfunc=lambda *_, **__: key))
    except Exception:
        return False


def _silent() -> logging.Logger:
    """The library logs what it reads, and that is a person's mail."""
    logger = logging.getLogger("bot.channels.mail.signatures.dkim")
    logger.disabled = True
    return logger
