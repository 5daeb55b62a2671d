"""The installation's secret keys, and everything that is made of them: digests, codes, signed Message-IDs.

Law: keys come from the environment or from a file that only its owner can read, never from `privacy-desk.toml`. What
was made with an old key is still recognised, so a key can be replaced, without a stop.
"""

import hmac
import os
import re
import secrets
from base64 import b32decode, b32encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from bot.errors import BadSetting

#: Hexadecimal keys, newest first, separated by commas.
VARIABLE = "PRIVACY_DESK_KEYS"

_KEY_BYTES = 32
_DIGITS = 6
_CODE = "code of a conversation"
_MARK = "pd"
_SIGNATURE_BYTES = 16
_RETURN_BYTES = 8
_RETURN_LETTERS = 13
_LONGEST_MESSAGE_ID = 2000
_NAME_BYTES = 4
_HEXADECIMAL = re.compile("(?:[0-9a-f]{2})+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What one of our own Message-IDs names."""

    outbox_id: str
    conversation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The key in use, and those that were in use before it."""

    current: bytes = field(repr=False)
    #: Newest first.
    old: tuple[bytes, ...] = field(default=(), repr=False)
    #: Where they were read, None where they were given.
    file: Path | None = field(default=None, repr=False, compare=False)

    def digest(self, purpose: str, *values: str) -> str:
        """HMAC-SHA-256 of `values` with the current key, in hex; digests of different purposes never agree."""
        return _hmac(self._every[0], purpose, values).hex()

    def digests(self, purpose: str, *values: str) -> tuple[str, ...]:
        """The same with every key, the current one first: for looking up what an old key made."""
        return tuple(_hmac(key, purpose, values).hex() for key in self._every)

    def made(self, purpose: str, digest: str, *values: str) -> bool:
        """Whether `digest` is that of `values` with any key."""
        return any(hmac.compare_digest(_hmac(key, purpose, values).hex(), digest) for key in self._every)

    def for_sealing(self, purpose: str) -> tuple[tuple[bytes, bytes], ...]:
        """What `bot.seals` seals with: each key's name and its own 32 bytes for `purpose`, the newest first."""
        return _for_sealing(self._every, purpose)

    def one_by_one(self) -> list["Keys"]:
        """Each key alone, the newest first: for what is looked up under the form that each has given it."""
        return [Keys(current=key) for key in self._every]

    def finder(self, purpose: str, *values: str) -> Callable[[str], tuple[bytes, ...]]:
        """For a great many look-ups: gives the bytes of `digests(purpose, *values, last)` for each `last`."""
        begun = [_begun(key, (purpose, *values)) for key in self._every]

        def find(last: str) -> tuple[bytes, ...]:
            encoded = last.encode("utf-8", "surrogatepass")
            ending, found = len(encoded).to_bytes(8) + encoded, []
            for start in begun:
                mac = start.copy()
                mac.update(ending)
                found.append(mac.digest())
            return tuple(found)

        return find

    def lasting_digest(self, purpose: str, *values: str) -> str:
        """The same with the oldest key: for names that must not change when a key is replaced."""
        return _hmac(self._every[-1], purpose, values).hex()

    def nonce(self) -> str:
        """What a fresh code is made of: random, and marked with the key that it belongs to."""
        return f"{_mark_of(self._every[0])}{secrets.token_hex(16)}"

    def code(self, nonce: str) -> str:
        """The six digits that `nonce` stands for, made with the key that was current when it was drawn."""
        key = next((key for key in self._every if nonce.startswith(_mark_of(key))), self._every[0])
        number = int.from_bytes(_hmac(key, "code", (nonce,)))
        return f"{number % 10**_DIGITS:0{_DIGITS}}"

    def code_digest(self, conversation_id: str, digits: str) -> str:
        """What is kept of a code: it can be compared, and is good in this conversation only."""
        return self.digest(_CODE, conversation_id, digits)

    def typed_digest(self, conversation_id: str, digits: str, kept: str) -> str:
        """What `digits` that somebody typed are compared as: `kept` where an old key made it of the same digits."""
        digests = self.digests(_CODE, conversation_id, digits)
        return next((digest for digest in digests if hmac.compare_digest(digest, kept)), digests[0])

    def message_id(self, outbox_id: str, conversation_id: str, host: str) -> str:
        """A signed Message-ID, the same each time it is made; in lower case, for servers that fold it."""
        local = f"{_MARK}.{_to_base32(_pack(outbox_id))}.{_to_base32(_pack(conversation_id))}"
        signature = _sign(self._every[0], outbox_id, conversation_id, host.lower())
        return f"<{local}.{_to_base32(signature)}@{host.lower()}>"

    def read_message_id(self, message_id: str) -> Reference | None:
        """What a Message-ID of ours names; None for anything that we did not sign."""
        if len(message_id) > _LONGEST_MESSAGE_ID:
            return None
        local, _, host = message_id.strip().removeprefix("<").removesuffix(">").lower().partition("@")
        match local.split("."):
            case [mark, outbox, conversation, signature] if mark == _MARK:
                return self._read(outbox, conversation, signature, host)
            case _:
                return None

    def return_tag(self, outbox_id: str) -> str:
        """A signed name of a mail of ours for the mailbox that its bounces come to; 41 letters for ids of ours."""
        return _to_base32(_pack(outbox_id)) + _to_base32(_sign_return(self._every[0], outbox_id))

    def read_return_tag(self, tag: str) -> str:
        """The mail that a tag names; "" for anything that we did not sign."""
        named, given = tag.lower()[:-_RETURN_LETTERS], tag.lower()[-_RETURN_LETTERS:]
        try:
            outbox_id, signature = _unpack(_from_base32(named)), _from_base32(given)
        except ValueError:
            return ""
        good = [hmac.compare_digest(signature, _sign_return(key, outbox_id)) for key in self._every]
        return outbox_id if any(good) else ""

    def _read(self, outbox: str, conversation: str, signature: str, host: str) -> Reference | None:
        try:
            outbox_id, conversation_id = _unpack(_from_base32(outbox)), _unpack(_from_base32(conversation))
            given = _from_base32(signature)
        except ValueError:
            return None
        good = [hmac.compare_digest(given, _sign(key, outbox_id, conversation_id, host)) for key in self._every]
        return Reference(outbox_id=outbox_id, conversation_id=conversation_id) if any(good) else None

    @property
    def _every(self) -> tuple[bytes, ...]:
        """As they stand in their file now: a key that is put there is taken up without a stop."""
        given = (self.current, *self.old)
        return _as_they_stand(self.file, given) if self.file else given


def load_keys(path: Path, environment: Mapping[str, str]) -> Keys:
    """The keys of the environment, else those of the file at `path`, which is made if there is none.

    Raises `BadSetting` where keys cannot be read, or are short, or others can read the file.
    """
    given = environment.get(VARIABLE, "").strip()
    if given:
        return _keys_of(given.split(","), f"the variable {VARIABLE}")
    try:
        if not path.exists():
            _make(path)
        if path.stat().st_mode & 0o077:
            raise BadSetting(f"The key file {path} can be read by others; run: chmod 600 {path}")
        lines = path.read_text("ascii").split()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"The key file {path} cannot be used ({error}); mend it or set {VARIABLE}.") from error
    return replace(_keys_of(lines, f"the key file {path}"), file=path)


def replace_key(path: Path) -> None:
    """Put a new key before the others in the file at `path`; whoever has it open takes it up. Raises `BadSetting`."""
    load_keys(path, {})
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write(draft, secrets.token_hex(_KEY_BYTES) + "\n" + path.read_text("ascii"))
        draft.replace(path)
    except OSError as error:
        raise BadSetting(
            f"The key file {path} cannot be replaced ({error.strerror}); its folder must be yours."
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def _as_they_stand(path: Path, otherwise: tuple[bytes, ...]) -> tuple[bytes, ...]:
    try:
        now = path.stat()
        return _read_file(path, (now.st_mtime_ns, now.st_ino, now.st_size))
    except (OSError, BadSetting):
        return otherwise


@lru_cache(maxsize=64)
def _read_file(path: Path, _stamp: tuple[int, int, int]) -> tuple[bytes, ...]:
    keys = _keys_of(path.read_text("ascii").split(), f"the key file {path}")
    return (keys.current, *keys.old)


def _keys_of(words: Iterable[str], place: str) -> Keys:
    try:
        keys = [bytes.fromhex(word) for word in words]
    except ValueError as error:
        raise BadSetting(f"A key in {place} is not hexadecimal; make one with: openssl rand -hex 32") from error
    if not keys or min(map(len, keys)) < _KEY_BYTES:
        raise BadSetting(
            f"A key in {place} is missing or shorter than 64 hex digits; make one with: openssl rand -hex 32"
        )
    return Keys(current=keys[0], old=tuple(keys[1:]))


def _make(path: Path) -> None:
    """Write a new key whole or not at all; where another process was faster, its file stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write(draft, secrets.token_hex(_KEY_BYTES) + "\n")
        _link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _write(draft: Path, text: str) -> None:
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _link(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _hmac(key: bytes, purpose: str, values: Iterable[str]) -> bytes:
    return _begun(key, (purpose, *values)).digest()


@lru_cache(maxsize=64)
def _for_sealing(every: tuple[bytes, ...], purpose: str) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((_name_of(key), _hmac(key, "seal", (purpose,))) for key in every)


def _begun(key: bytes, parts: Iterable[str]) -> hmac.HMAC:
    """Each part goes in with its length before it, so that ("ab", "c") and ("a", "bc") differ."""
    mac = hmac.new(key, b"privacy-desk", sha256)
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        mac.update(len(encoded).to_bytes(8))
        mac.update(encoded)
    return mac


def _name_of(key: bytes) -> bytes:
    """By which sealed content names its key; it tells nothing about the key."""
    return _hmac(key, "name of a key", ())[:_NAME_BYTES]


def _mark_of(key: bytes) -> str:
    """Names a key and tells nothing of it."""
    return _hmac(key, "mark of a key", ()).hex()[:8]


def _sign(key: bytes, outbox_id: str, conversation_id: str, host: str) -> bytes:
    return _hmac(key, "message id", (outbox_id, conversation_id, host))[:_SIGNATURE_BYTES]


def _sign_return(key: bytes, outbox_id: str) -> bytes:
    """Short, for the room is little: what a forger could win is that one mailbox of our mail is muted."""
    return _hmac(key, "return path", (outbox_id,))[:_RETURN_BYTES]


def _pack(name: str) -> bytes:
    """An id in few bytes, since some servers cut long Message-IDs: hexadecimal ones take half."""
    return b"h" + bytes.fromhex(name) if _HEXADECIMAL.fullmatch(name) else b"t" + name.encode("utf-8", "surrogatepass")


def _unpack(packed: bytes) -> str:
    """Raises ValueError for anything that `_pack` does not make."""
    name = packed[1:].hex() if packed[:1] == b"h" else packed[1:].decode("utf-8", "surrogatepass")
    if _pack(name) != packed:
        raise ValueError("not the one way to write it")
    return name


def _to_base32(value: bytes) -> str:
    return b32encode(value).decode("ascii").rstrip("=").lower()


def _from_base32(text: str) -> bytes:
    """Raises ValueError for anything that `_to_base32` does not make."""
    value = b32decode(text.upper().encode("ascii") + b"=" * (-len(text) % 8))
    if _to_base32(value) != text:
        raise ValueError("not the one way to write it")
    return value
