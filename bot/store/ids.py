"""Ids of rows: made here, unguessable, and sorted by the time they were made."""

import secrets
from time import time_ns


def new_id() -> str:
    """32 hex digits: nanoseconds first, then 64 random bits."""
    return f"{time_ns():016x}{secrets.token_hex(8)}"
