"""Links to the customers' pages: each is a signed token for one mail of ours, made as the mail leaves, kept nowhere.

Law: a token names no person; it is good for one purpose and for a while, and whoever holds it holds the mail.
"""

import hmac
import re
from datetime import UTC, datetime, timedelta

from bot.keys import Keys

DENY, CONFIRM = "deny", "confirm"
#: "It was not me" must work long after the code is dead.
LIVES = {DENY: timedelta(days=30), CONFIRM: timedelta(hours=24)}

_TOKEN = re.compile(r"([0-9a-f]{8,64})\.(\d{1,12})\.([0-9a-f]{40})")
_SIGNS = 40


def page_link(keys: Keys, public_url: str, purpose: str, outbox_id: str, now: datetime) -> str:
    return f"{public_url}/{purpose}/{page_token(keys, purpose, outbox_id, now + LIVES[purpose])}"


def page_token(keys: Keys, purpose: str, name: str, until: datetime) -> str:
    """A token for `name`, an id in hexadecimal, that runs out at `until`."""
    ends = str(int(until.timestamp()))
    return f"{name}.{ends}.{keys.digest('page', purpose, name, ends)[:_SIGNS]}"


def read_page_token(keys: Keys, purpose: str, token: str, now: datetime) -> str:
    """The id that a token of ours names, "" for any other, and for one that has run out."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        return ""
    name, ends, given = found.groups()
    good = [hmac.compare_digest(given, digest[:_SIGNS]) for digest in keys.digests("page", purpose, name, ends)]
    return name if any(good) and now < datetime.fromtimestamp(int(ends), UTC) else ""
