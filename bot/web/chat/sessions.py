"""Who a browser is, without a table: a signed session that the browser carries.

Law (RELIABILITY T15): a session has 128 random bits; it rests for at most 30 minutes and lives for at most 12 hours;
once an address was proved, only the browser that typed the code goes on, and every older session of the chat is dead.
"""

import hmac
import re
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.keys import Keys

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)

_PURPOSE = "web chat session"
_TOKEN = re.compile(r"([0-9a-f]{32})\.([0-9a-f]{32})\.([a-z0-9-]{1,40})\.(\d{1,11})\.(\d{1,11})\.([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser in one chat."""

    #: Known to this browser only; a proof binds the chat to it.
    id: str
    #: The talk; it stays the same when the session's id changes.
    chat: str
    brand: str
    started_at: datetime
    #: When its person last did something.
    active_at: datetime

    def active(self, now: datetime) -> "Session":
        return replace(self, active_at=now.replace(microsecond=0))


def new_session(brand: str, now: datetime) -> Session:
    moment = now.replace(microsecond=0)
    return Session(
        id=secrets.token_hex(16), chat=secrets.token_hex(16), brand=brand, started_at=moment, active_at=moment
    )


def to_token(session: Session, keys: Keys) -> str:
    """What the browser carries."""
    fields = _fields(session)
    return ".".join((*fields, keys.digest(_PURPOSE, *fields)))


def read_token(token: str, keys: Keys, now: datetime) -> Session | None:
    """The session of a token of ours; None for any other, and for one that rested or lived too long."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        return None
    *fields, given = found.groups()
    if not any(hmac.compare_digest(given, good) for good in keys.digests(_PURPOSE, *fields)):
        return None
    session = Session(
        id=fields[0], chat=fields[1], brand=fields[2], started_at=_moment(fields[3]), active_at=_moment(fields[4])
    )
    return session if now - session.active_at < IDLE and now - session.started_at < ABSOLUTE else None


def successor(session: Session, message_id: str, keys: Keys) -> Session:
    """The session that goes on if message `message_id` of this session turns out to hold the right code.

    The same for a repeated message, so that an answer that was lost on its way can be had again; to anybody who does
    not know the browser's own id of the message it is as good as random.
    """
    return replace(session, id=keys.digest("web chat successor", session.id, message_id)[:32])


def mark(session: Session, keys: Keys) -> str:
    """What is kept of a session beside a message: it can be compared, and nobody can become it."""
    return keys.digest("web chat session mark", session.id)


def is_marked(session: Session, given: str, keys: Keys) -> bool:
    return any(hmac.compare_digest(given, known) for known in keys.digests("web chat session mark", session.id))


def _fields(session: Session) -> tuple[str, str, str, str, str]:
    started, active = (str(int(moment.timestamp())) for moment in (session.started_at, session.active_at))
    return session.id, session.chat, session.brand, started, active


def _moment(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
