"""Seals: content that only this installation can read, change or make (AES-256-GCM, a key of its own for each purpose).

Law: what was sealed with an old key is still opened; nothing is returned of what was changed on the way.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV

from bot.errors import OurFault
from bot.keys import Keys

#: What sealed bytes begin with; then come the key's name, the nonce and the sealed content.
SEALED = b"\x00pd1"
_NAME_BYTES, _NONCE_BYTES, _TAG_BYTES = 4, 12, 16
_NO_KEY = "Something was sealed with a key that is not here; put the old key back behind the new one."
_CHANGED = "Something sealed was changed, or belongs elsewhere; it cannot be read."
#: By how much sealed content is longer.
OVERHEAD = len(SEALED) + _NAME_BYTES + _NONCE_BYTES + _TAG_BYTES


def seal(keys: Keys, purpose: str, content: bytes) -> bytes:
    """`content`, readable only with these keys and for this purpose; another one each time."""
    name, key = keys.for_sealing(purpose)[0]
    nonce = os.urandom(_NONCE_BYTES)
    return SEALED + name + nonce + AESGCM(key).encrypt(nonce, content, None)


def seal_alike(keys: Keys, purpose: str, content: bytes) -> bytes:
    """The same for the same content, so that it can be compared as it stands (AES-SIV, RFC 5297); else as `seal`."""
    name, key = keys.for_sealing(purpose)[0]
    return name + AESSIV(key).encrypt(content, None)


def unseal_alike(keys: Keys, purpose: str, sealed: bytes) -> bytes:
    """What `seal_alike` has made with any of the keys. Raises `OurFault` as `unseal` does."""
    key = dict(keys.for_sealing(purpose)).get(sealed[:_NAME_BYTES])
    if key is None:
        raise OurFault(_NO_KEY)
    try:
        return AESSIV(key).decrypt(sealed[_NAME_BYTES:], None)
    except (InvalidTag, ValueError) as error:
        raise OurFault(_CHANGED) from error


def is_alike_of_old(keys: Keys, sealed: bytes) -> bool:
    """`seal_alike` made it with a key that is no longer the newest."""
    name, _ = keys.for_sealing("")[0]
    return not sealed.startswith(name)


def unseal(keys: Keys, purpose: str, sealed: bytes) -> bytes:
    """What was sealed with any of the keys. Raises `OurFault` for what was changed, or sealed with none of them."""
    name, rest = sealed[len(SEALED) :][:_NAME_BYTES], sealed[len(SEALED) + _NAME_BYTES :]
    key = dict(keys.for_sealing(purpose)).get(name)
    if not sealed.startswith(SEALED) or key is None:
        raise OurFault(_NO_KEY)
    try:
        return AESGCM(key).decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], None)
    except (InvalidTag, ValueError) as error:
        raise OurFault(_CHANGED) from error


def is_old(keys: Keys, sealed: bytes) -> bool:
    """It was sealed with a key that is no longer the newest."""
    name, _ = keys.for_sealing("")[0]
    return sealed.startswith(SEALED) and not sealed[len(SEALED) :].startswith(name)


def token(keys: Keys, purpose: str, text: str) -> str:
    """`text` as one word for an address on the web: nobody else can read, change or make it."""
    return urlsafe_b64encode(seal(keys, purpose, text.encode())).decode("ascii").rstrip("=")


def read_token(keys: Keys, purpose: str, word: str) -> str | None:
    """The text of a token of ours, None for anything else."""
    try:
        sealed = urlsafe_b64decode(word.encode("ascii") + b"=" * (-len(word) % 4))
        return unseal(keys, purpose, sealed).decode()
    except (ValueError, OurFault):
        return None
