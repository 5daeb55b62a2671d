"""The tables of what lasts: anchors of the audit, events for other programs, packages for their owners.

Law: no event holds text or an address; what a package holds is gone when it expires.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.schema.base import Table, one_of
from bot.store.schema.sealed import SealedBytes, SealedWords

DELIVERY_STATES = ("waiting", "delivered", "failed")
PACKAGE_STATES = ("draft", "offered", "withdrawn", "expired")


class Anchor(Table):
    """The heads of all audit chains on one day, in one digest: what is cut off a chain's end is missed by it."""

    __tablename__ = "anchor"

    #: UTC, ISO 8601.
    day: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    #: How many chains have moved since the anchor before it.
    heads: Mapped[int]
    #: Keyed digest of the anchor before it and of those heads.
    digest: Mapped[str]


class AnchoredHead(Table):
    """The last row of one chain when the anchor was made."""

    __tablename__ = "anchored_head"

    day: Mapped[str] = mapped_column(ForeignKey("anchor.day"), primary_key=True)
    chain: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
    digest: Mapped[str]


class Event(Table):
    """Something that other programs are told, written in the transaction in which it happened."""

    __tablename__ = "event"
    __table_args__ = (Index(None, "spread", "id"),)

    #: Sorts by time; the `webhook-id`.
    id: Mapped[str] = mapped_column(primary_key=True)
    #: e.g. "request.open".
    kind: Mapped[str]
    brand: Mapped[str]
    #: The request, "" where it is about none.
    reference: Mapped[str]
    #: Of a suppression; its address is looked up when the event leaves.
    digest: Mapped[str]
    #: Names out of closed lists only.
    details: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    #: Each of its receivers has a row of `EventDelivery`.
    spread: Mapped[bool] = mapped_column(server_default=false())


class EventDelivery(Table):
    """One event on its way to one receiver."""

    __tablename__ = "event_delivery"
    __table_args__ = (
        CheckConstraint(one_of("state", DELIVERY_STATES), name="state"),
        Index(None, "state", "not_before"),
    )

    event_id: Mapped[str] = mapped_column(ForeignKey("event.id"), primary_key=True)
    #: Its name in the settings.
    receiver: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    attempts: Mapped[int]
    not_before: Mapped[datetime]
    #: Why the last attempt failed.
    reason: Mapped[str]
    finished_at: Mapped[datetime | None]


class Package(Table):
    """What staff have put together for the owner of one request."""

    __tablename__ = "package"
    __table_args__ = (CheckConstraint(one_of("state", PACKAGE_STATES), name="state"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(ForeignKey("request.reference"), index=True)
    state: Mapped[str]
    #: Keyed digest of the word in its link, "" before it is offered.
    token_digest: Mapped[str] = mapped_column(index=True)
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    #: Keyed digest of (package, code) while one is under way.
    code_digest: Mapped[str | None]
    code_until: Mapped[datetime | None]
    #: Wrong ones since the last code was sent.
    code_tries: Mapped[int]
    codes_sent: Mapped[int]
    opened: Mapped[int]
    downloads: Mapped[int]
    last_opened_at: Mapped[datetime | None]


class PackageItem(Table):
    """One file or text of a package."""

    __tablename__ = "package_item"

    id: Mapped[str] = mapped_column(primary_key=True)
    package_id: Mapped[str] = mapped_column(ForeignKey("package.id"), index=True)
    name: Mapped[str] = mapped_column(SealedWords)
    media_type: Mapped[str]
    size: Mapped[int]
    #: Gone when the package is withdrawn or has expired.
    content: Mapped[bytes | None] = mapped_column(SealedBytes)
