"""Passwords and one-time passwords: how they are made, kept and checked.

Law: argon2id for passwords; a one-time password (RFC 6238) is good once, and its secret is made with the
installation's key, so that a stolen database opens nothing. Blocking: call it in a thread.
"""

import hmac
import secrets
from base64 import b32encode
from collections.abc import Mapping
from datetime import datetime
from functools import cache

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.keys import Keys
from bot.store.accounts import Account

SHORTEST_PASSWORD = 12
_PURPOSE = "one-time passwords of a clerk"
_SECRET_BYTES = 20
_STEP_SECONDS = 30
#: Clocks of telephones are a little off: the step before and the one after are good as well.
_DRIFT = (0, -1, 1)
_HASHER = PasswordHasher()


def new_password() -> str:
    """One that can be read out: 100 random bits in groups of four letters."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(5))


def new_nonce() -> str:
    return secrets.token_hex(16)


def new_account(name: str, roles: Mapping[str, str]) -> tuple[Account, str]:
    """An account, and the password that its owner must change when they first come in."""
    password = new_password()
    account = Account(
        name=name,
        password=hash_password(password),
        must_change=True,
        totp_nonce=new_nonce(),
        totp_step=0,
        disabled=False,
        language="",
        time_zone="",
        roles=roles,
    )
    return account, password


def hash_password(password: str) -> str:
    return _HASHER.hash(password)


def is_password(kept: str, given: str) -> bool:
    """Whether `given` is the password of the hash `kept`; as slow for "" as for any other."""
    try:
        _HASHER.verify(kept or _nobody(), given)
    except (VerificationError, InvalidHashError):
        return False
    return bool(kept)


@cache
def _nobody() -> str:
    """The hash of nobody's password, so that an unknown name takes as long as a known one."""
    return _HASHER.hash(secrets.token_hex(16))


def secret_of(keys: Keys, nonce: str) -> str:
    """What the clerk's authenticator is given, in base 32."""
    return _secrets(keys, nonce)[0]


def setup_link(keys: Keys, nonce: str, name: str) -> str:
    """The same as an `otpauth://` link."""
    return pyotp.TOTP(secret_of(keys, nonce)).provisioning_uri(name=name, issuer_name="Privacy Desk")


def code_of(keys: Keys, nonce: str, now: datetime) -> str:
    """The one-time password of now."""
    return pyotp.TOTP(secret_of(keys, nonce)).at(int(now.timestamp()))


def step_of(keys: Keys, nonce: str, code: str, now: datetime) -> int:
    """The time step of which `code` is the one-time password, 0 where it is none of now."""
    digits = "".join(code.split())
    current = int(now.timestamp()) // _STEP_SECONDS
    good = 0
    for secret in _secrets(keys, nonce):
        clock = pyotp.TOTP(secret)
        for drift in _DRIFT:
            wanted = clock.generate_otp(current + drift)
            good = current + drift if hmac.compare_digest(wanted.encode(), digits.encode()) else good
    return good


def _secrets(keys: Keys, nonce: str) -> list[str]:
    """With every key: one that was replaced does not lock anybody out."""
    return [
        b32encode(bytes.fromhex(digest)[:_SECRET_BYTES]).decode("ascii") for digest in keys.digests(_PURPOSE, nonce)
    ]
