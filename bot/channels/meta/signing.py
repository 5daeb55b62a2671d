"""How Meta shows that it is Meta: signed webhooks, signed requests, and a word for the first call. Pure.

Source: developers.facebook.com, "Webhooks: Getting started" and "Data deletion request callback".
"""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from bot.errors import BadMessage

_PREFIX = "sha256="


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One page, Instagram account or number, and the app that it is connected with."""

    brand: str
    platform: str
    id: str
    secret: str = field(repr=False)
    verify: str = field(repr=False)


def signature(raw: bytes, secret: str) -> str:
    """What stands in `X-Hub-Signature-256` beside `raw`."""
    return _PREFIX + hmac.new(secret.encode(), raw, sha256).hexdigest()


def is_signed(raw: bytes, shown: str, secret: str) -> bool:
    """Whether the bytes as received are signed with the app's secret; compared in constant time."""
    return bool(secret) and hmac.compare_digest(signature(raw, secret).encode(), shown.encode())


def is_word(shown: str, word: str) -> bool:
    """Whether the verify token of the first call is ours."""
    return bool(word) and hmac.compare_digest(shown.encode(), word.encode())


def read_signed_request(text: str, secret: str) -> Mapping[str, Any]:
    """What a signed request says; raises `BadMessage` where it is none, or is not signed with the app's secret."""
    signed, _, payload = text.partition(".")
    good = hmac.new(secret.encode(), payload.encode(), sha256).digest()
    try:
        shown = _decoded(signed)
        said = json.loads(_decoded(payload))
    except (ValueError, RecursionError) as error:
        raise BadMessage("not a signed request") from error
    if not secret or not hmac.compare_digest(shown, good):
        raise BadMessage("a signed request with a wrong signature")
    if not isinstance(said, dict) or str(said.get("algorithm", "")).upper() != "HMAC-SHA256":
        raise BadMessage("a signed request of an unknown kind")
    return said


def _decoded(text: str) -> bytes:
    """Base64 for addresses, of which the padding is left out."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
