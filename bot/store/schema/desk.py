"""The tables of the staff's desk: who may come in, what they have open, whom they looked at, what they corrected.

Law: no password, secret or session can be read out of them: a password is an argon2 hash, the secret of a one-time
password is made of its nonce with the installation's key, sessions and keys of programs are keyed digests.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.schema.base import Table, one_of
from bot.store.schema.sealed import SealedJson, SealedWords

ROLES = ("admin", "agent", "auditor", "lead")
PROPOSAL_STATES = ("approved", "declined", "overtaken", "waiting", "withdrawn")
_WAITING = text("state = 'waiting'")


class Clerk(Table):
    """Somebody of the staff."""

    __tablename__ = "clerk"

    name: Mapped[str] = mapped_column(primary_key=True)
    password: Mapped[str]
    #: A password that somebody else knows: the next sign-in must choose another.
    must_change: Mapped[bool]
    totp_nonce: Mapped[str]
    #: The last time step whose one-time password was used; none is good twice.
    totp_step: Mapped[int]
    disabled: Mapped[bool]
    #: ISO 639-1, "" as the browser says.
    language: Mapped[str]
    #: IANA name, "" as the brand's.
    time_zone: Mapped[str]
    created_at: Mapped[datetime]
    #: By which a provider of sign-in may know them, in lower case, "" for none.
    mailbox: Mapped[str] = mapped_column(server_default="")
    #: Issuer and subject of the provider that they have come in by, "" for none.
    subject: Mapped[str] = mapped_column(server_default="")


class ClerkRole(Table):
    """What a clerk may do for one brand, "*" for all."""

    __tablename__ = "clerk_role"
    __table_args__ = (CheckConstraint(one_of("role", ROLES), name="role"),)

    clerk: Mapped[str] = mapped_column(ForeignKey("clerk.name"), primary_key=True)
    brand: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]


class ClerkSession(Table):
    """A browser in which a clerk is signed in."""

    __tablename__ = "clerk_session"

    digest: Mapped[str] = mapped_column(primary_key=True)
    clerk: Mapped[str] = mapped_column(ForeignKey("clerk.name"), index=True)
    started_at: Mapped[datetime]
    active_at: Mapped[datetime]


class SignInFailure(Table):
    """A sign-in that failed, under the keyed digest of its name and place."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (Index(None, "who", "at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    who: Mapped[str]
    at: Mapped[datetime]


class SavedView(Table):
    """A list as a clerk likes to see it."""

    __tablename__ = "saved_view"

    id: Mapped[str] = mapped_column(primary_key=True)
    clerk: Mapped[str] = mapped_column(ForeignKey("clerk.name"), index=True)
    name: Mapped[str]
    #: The part of the address behind "?".
    query: Mapped[str]


class Presence(Table):
    """A clerk has this case open."""

    __tablename__ = "presence"

    reference: Mapped[str] = mapped_column(primary_key=True)
    clerk: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class Viewing(Table):
    """Somebody looked at personal data."""

    __tablename__ = "viewing"
    __table_args__ = (Index(None, "reference", "at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    #: A clerk, or the name of a program's key.
    clerk: Mapped[str]
    #: "case", "list", "export", "suppression", ...
    what: Mapped[str]
    #: The request, "" where it was no single one.
    reference: Mapped[str]


class Correction(Table):
    """A clerk says that a message was read wrongly."""

    __tablename__ = "correction"

    id: Mapped[str] = mapped_column(primary_key=True)
    inbox_id: Mapped[str] = mapped_column(ForeignKey("inbox.id"), index=True)
    reference: Mapped[str]
    brand: Mapped[str]
    clerk: Mapped[str]
    at: Mapped[datetime]
    #: What was read, and what should have been.
    was: Mapped[list[Any]]
    intents: Mapped[list[Any]]
    words: Mapped[str] = mapped_column(SealedWords)


class StaffAct(Table):
    """How a request stood before an act, for as long as the act can be undone."""

    __tablename__ = "staff_act"
    __table_args__ = (Index(None, "reference", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(ForeignKey("request.reference"))
    clerk: Mapped[str]
    at: Mapped[datetime]
    event: Mapped[str]
    #: The letter that it queued, "" for none.
    outbox_id: Mapped[str]
    #: The columns and the clocks that it changed, as they were.
    before: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    undone_at: Mapped[datetime | None]


class Proposal(Table):
    """An act that waits for the leave of a second person, or has had it."""

    __tablename__ = "proposal"
    __table_args__ = (
        CheckConstraint(one_of("state", PROPOSAL_STATES), name="state"),
        CheckConstraint("state <> 'approved' OR decided_by <> clerk", name="second_person"),
        Index("uq_proposal_waiting", "reference", unique=True, sqlite_where=_WAITING, postgresql_where=_WAITING),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(ForeignKey("request.reference"), index=True)
    #: Who proposed it.
    clerk: Mapped[str]
    at: Mapped[datetime]
    #: "complete", "deny", ...
    act: Mapped[str]
    #: Its words, reason and lines.
    content: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    state: Mapped[str]
    decided_by: Mapped[str] = mapped_column(server_default="")
    decided_at: Mapped[datetime | None]
    #: Why it was declined.
    words: Mapped[str] = mapped_column(SealedWords, server_default="")


class Joined(Table):
    """A request that is handled together with another one of the same proved person."""

    __tablename__ = "joined"
    __table_args__ = (CheckConstraint("reference <> lead", name="two"),)

    #: The duplicate.
    reference: Mapped[str] = mapped_column(ForeignKey("request.reference"), primary_key=True)
    #: The one that is worked on.
    lead: Mapped[str] = mapped_column(ForeignKey("request.reference", name="fk_joined_lead"), index=True)
    clerk: Mapped[str]
    at: Mapped[datetime]
    #: The clocks of the lead as they were before.
    before: Mapped[list[Any]]


class ApiKey(Table):
    """A program of the shop's that may ask."""

    __tablename__ = "api_key"
    __table_args__ = (Index(None, "digest", unique=True),)

    name: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    #: "*" for all.
    brand: Mapped[str]
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    disabled: Mapped[bool]
