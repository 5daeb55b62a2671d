"""The tables around a proof: how often was tried to give one, and which mailbox a chat belongs to."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.schema.base import Table
from bot.store.schema.sealed import SealedAddress


class Tried(Table):
    """How often somebody has tried to prove something about a mailbox lately: codes, or details that the shop knows."""

    __tablename__ = "tried"

    #: Keyed digest of what was tried and of the mailbox.
    digest: Mapped[str] = mapped_column(primary_key=True)
    #: [id of the message, when, how many, "stray" where nothing shows whose it is], oldest first; what is too old to
    #: count is dropped with the next try.
    tries: Mapped[list[Any]]
    changed_at: Mapped[datetime]


class Link(Table):
    """A chat and the mailbox that its writer has proved there; until somebody at either end undoes it."""

    __tablename__ = "link"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    address: Mapped[str] = mapped_column(SealedAddress, index=True)
    #: The code that came out of the mailbox and was typed into the chat.
    verification_id: Mapped[str] = mapped_column(ForeignKey("verification.id"))
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
