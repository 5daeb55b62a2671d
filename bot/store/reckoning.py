"""Reckoning up: what the rows say, to be held against what a mail server and a sink say.

Law: nothing is changed; what is compared are keys, Message-IDs and counts, never text.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, func, select

from bot.keys import Keys
from bot.store import audit
from bot.store.database import Database
from bot.store.schema import Inbox, Outbox, Request

_AT_ONCE = 500


class Reckoning:
    """What the rows of one database say."""

    def __init__(self, database: Database, keys: Keys, clock: Callable[[], datetime]) -> None:
        self._database, self._keys, self._clock = database, keys, clock

    async def became(self, keys: Sequence[str]) -> Mapping[str, str]:
        """What became of the messages of these keys, "waiting", "shunted" or the outcome; unknown ones are left out."""
        digests = {digest: key for key in keys for digest in self._keys.digests("inbox", key)}
        found: dict[str, str] = {}
        for some in _in_parts(list(digests)):
            async with self._database.reading() as connection:
                rows = await connection.execute(
                    select(Inbox.key_digest, Inbox.state, Inbox.outcome).where(Inbox.key_digest.in_(some))
                )
                found |= {digests[row.key_digest]: row.outcome if row.state == "done" else row.state for row in rows}
        return found

    async def mails(self) -> Mapping[str, str]:
        """Each mail of ours that has left or may have: the Message-ID without brackets, and its state."""
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(Outbox.message_id, Outbox.state).where(
                    Outbox.channel == "email", Outbox.state.in_(("sending", "sent", "uncertain"))
                )
            )
            return {row.message_id.strip("<>"): row.state for row in rows}

    async def what_must_not_be(self) -> Mapping[str, int]:
        """How often a law of ours is broken; 0 each where all is well."""
        now = self._clock()
        doubled = select(Request.inbox_id).group_by(
            Request.inbox_id, Request.right_name, Request.kind, Request.claimed_address
        )
        unproved = select(Request.reference).where(
            Request.state.in_(("open", "in_progress", "completed")), Request.verification_id.is_(None)
        )
        twice = select(Outbox.inbox_id).group_by(Outbox.inbox_id, Outbox.ordinal)
        async with self._database.reading() as connection:

            async def count(rows: Select[str]) -> int:
                return await connection.scalar(select(func.count()).select_from(rows.subquery())) or 0

            return {
                "requests made twice by one message": await count(doubled.having(func.count() > 1)),
                "replies written twice to one message": await count(twice.having(func.count() > 1)),
                "open requests without a proof": await count(unproved),
                "messages in work beyond their lease": await count(
                    select(Inbox.id).where(Inbox.state == "waiting", Inbox.claimed_until <= now)
                ),
                "mails in sending beyond their lease": await count(
                    select(Outbox.id).where(Outbox.state == "sending", Outbox.claimed_until <= now)
                ),
                "broken audit chains": len(await audit.broken_chains(connection, self._keys)),
            }


def _in_parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[first : first + _AT_ONCE] for first in range(0, len(values), _AT_ONCE))
