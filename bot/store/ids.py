"""Ids of rows: made here, unguessable, and sorted by the time they were made."""

import secrets
from time import time_ns

#: Letters and digits that are not mistaken for one another when read out.
_REFERENCE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_reference() -> str:
    """What a person may quote of a request, e.g. "PD-7K3Q-9M2X"; unguessable."""
    letters = "".join(secrets.choice(_REFERENCE_ALPHABET) for _ in range(8))
    return f"PD-{letters[:4]}-{letters[4:]}"


def new_id() -> str:
    """32 hex digits: nanoseconds first, then 64 random bits."""
    return f"{time_ns():016x}{secrets.token_hex(8)}"
