"""The tables of what only one process may do at a time, and of what all of them together may do only so often.

Law: a lease ends by the clock, so that nobody waits for a process that is dead.
"""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from bot.store.schema.base import Table


class Lease(Table):
    """Something that one process does, until then."""

    __tablename__ = "lease"

    #: e.g. "imap: sales@mail.shop.example INBOX".
    name: Mapped[str] = mapped_column(primary_key=True)
    #: The process.
    owner: Mapped[str]
    #: Fencing: raised whenever it changes hands.
    token: Mapped[int]
    until: Mapped[datetime]


class Turn(Table):
    """When something may be done the next time, by whichever process."""

    __tablename__ = "turn"

    #: e.g. "telegram 55", a bot, or a digest of a bot and a chat.
    name: Mapped[str] = mapped_column(primary_key=True)
    free_at: Mapped[datetime] = mapped_column(index=True)


class Milestone(Table):
    """A moment in the life of this database."""

    __tablename__ = "milestone"

    #: e.g. "restored".
    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
