"""Whether our own mail server vouches for the From address.

Only the topmost Authentication-Results field counts, and only when our own server wrote it (RFC 8601 section 5): every
other one may be the sender's invention. Even a pass is one factor, never a verification.
"""

import re

from bot.channels.mail.headers import Headers

_LONGEST = 8_000
_COMMENT = re.compile(r"\([^()]{0,1000}\)")
_DMARC_PASS = re.compile(r"\s*dmarc\s*=\s*pass\b(?P<rest>.*)", re.I | re.DOTALL)
_HEADER_FROM = re.compile(r"\bheader\.from\s*=\s*\"?([^\s;\"]+)", re.I)


def is_judged_by(headers: Headers, authserv_id: str) -> bool:
    """Whether our own server's results stand at the top."""
    return _results(headers, authserv_id) is not None


def is_authenticated(headers: Headers, address: str, authserv_id: str) -> bool:
    """An aligned DMARC pass for the domain of `address`, by `authserv_id`; False where no server of ours is named."""
    methods = _results(headers, authserv_id)
    if not address or methods is None:
        return False
    passes = [match for match in map(_DMARC_PASS.fullmatch, methods) if match]
    others = [method for method in methods if re.match(r"\s*dmarc\s*=", method, re.I)]
    return len(passes) == len(others) == 1 and _is_aligned(passes[0]["rest"], address)


def _results(headers: Headers, authserv_id: str) -> list[str] | None:
    """The results of the topmost field, None where it is not of `authserv_id` or cannot be read in one way."""
    results = headers.first("authentication-results")
    if not authserv_id or not results or len(results) > _LONGEST:
        return None
    plain = _without_comments(results)
    if plain is None:
        return None
    identity, *methods = plain.split(";")
    return methods if (identity.split() or [""])[0].lower() == authserv_id.lower() else None


def _without_comments(text: str) -> str | None:
    """`text` with comments and no quoted strings; None where it holds what could hide a result."""
    for _ in range(5):
        text = _COMMENT.sub(" ", text)
    return None if any(c in text for c in '()\\"') else text


def _is_aligned(rest: str, address: str) -> bool:
    """DMARC speaks of the From domain; where the server names it, it must be this address's."""
    named = _HEADER_FROM.search(rest)
    domain = address.rpartition("@")[2]
    return named is not None and named[1].lower().rpartition("@")[2].rstrip(".") == domain
