"""The tables of a request: its proof, its state, its clocks; and the suppression list.

Law 1 stands in `Request`: a foreign key ties its level, subject and conversation to one row of `verification`, and a
check refuses every proved state without it. No trigger and nothing that only one database knows.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.kinds import FREE_KINDS
from bot.core.tickets import DENIAL_REASONS, LEVELS, MATCH_METHODS, PROVED_STATES, State
from bot.store.schema.base import Table, one_of
from bot.store.schema.sealed import SealedAddress, SealedWords

#: A due date that sorts behind every other one.
END_OF_TIME = "9999-12-31 00:00:00+00:00"
_UNDER_WAY, _CLOSED = text("closed_at IS NULL"), text("closed_at IS NOT NULL")


def _minimum_levels() -> str:
    """Rights that need proof never need less than level 1, but for their free kinds; the others are listed too."""
    free = frozenset(right for right, level in LEVELS.items() if level == 0)
    proved = frozenset(LEVELS) - free
    free_kinds = frozenset(f"{right}/{kind}" for right, kind in FREE_KINDS)
    right_and_kind = "right_name || '/' || kind"
    return (
        f"({one_of('right_name', free)} AND level_needed >= 0) OR"
        f" ({one_of(right_and_kind, free_kinds)} AND level_needed >= 0) OR"
        f" ({one_of('right_name', proved)} AND level_needed >= 1)"
    )


class Verification(Table):
    """One proof that was given in one conversation. Rows are never changed."""

    __tablename__ = "verification"
    __table_args__ = (
        CheckConstraint("level BETWEEN 0 AND 3", name="level"),
        CheckConstraint("level = 0 OR (method <> 'none' AND method <> '' AND subject <> '')", name="method"),
        CheckConstraint(f"level <> 2 OR {one_of('method', MATCH_METHODS)}", name="match"),
        # What requests point at: a request cannot claim another level, subject or conversation than its proof has.
        UniqueConstraint("id", "level", "subject", "conversation_id"),
        UniqueConstraint("conversation_id", "level", "method", "subject", "at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    level: Mapped[int]
    method: Mapped[str]
    subject: Mapped[str] = mapped_column(SealedAddress)
    at: Mapped[datetime]


class Request(Table):
    """A request of a data subject. Law 1: no proved state without a verification of the level that its right needs."""

    __tablename__ = "request"
    __table_args__ = (
        ForeignKeyConstraint(
            ["verification_id", "verification_level", "subject", "conversation_id"],
            ["verification.id", "verification.level", "verification.subject", "verification.conversation_id"],
        ),
        CheckConstraint(one_of("state", frozenset(State)), name="state"),
        CheckConstraint(_minimum_levels(), name="right_and_level"),
        CheckConstraint("level_needed <= 3", name="level"),
        CheckConstraint("kind <> 'specific_pieces' OR level_needed >= 3", name="specific_pieces"),
        CheckConstraint(
            "(verification_id IS NULL AND verification_level IS NULL AND subject IS NULL) OR"
            " (verification_id IS NOT NULL AND verification_level IS NOT NULL AND subject IS NOT NULL)",
            name="proof_is_whole",
        ),
        CheckConstraint(
            f"NOT ({one_of('state', PROVED_STATES)}) OR (verification_id IS NOT NULL AND subject IS NOT NULL"
            " AND verification_level IS NOT NULL AND verification_level >= level_needed)",
            name="law_1",
        ),
        CheckConstraint(f"denial_reason IS NULL OR {one_of('denial_reason', DENIAL_REASONS)}", name="denial_reason"),
        CheckConstraint(
            "state <> 'denied' OR (denial_reason IS NOT NULL AND denial_words IS NOT NULL AND denial_words <> '')",
            name="denial_says_why",
        ),
        UniqueConstraint("inbox_id", "ordinal"),
        Index(None, "state", "brand"),
        # The staff's lists: what is under way by its due date, what is closed by its end.
        Index(None, "due_at", "reference", sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY),
        Index(None, "brand", "due_at", "reference", sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY),
        Index(None, "state", "due_at", "reference", sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY),
        Index(None, "right_name", "due_at", "reference", sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY),
        Index(None, "taken_by", "due_at", "reference", sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY),
        Index(None, "closed_at", "reference", sqlite_where=_CLOSED, postgresql_where=_CLOSED),
        Index("ix_request_due_at_reference_every", "due_at", "reference"),
        Index(None, "received_at", "reference"),
        Index(None, "subject"),
    )

    #: What the person may quote.
    reference: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    #: The message that made it.
    inbox_id: Mapped[str] = mapped_column(ForeignKey("inbox.id"))
    #: The effect's place in the decision.
    ordinal: Mapped[int]
    brand: Mapped[str]
    right_name: Mapped[str]
    state: Mapped[str]
    level_needed: Mapped[int]
    received_at: Mapped[datetime]
    #: The mailbox that the request names; a claim, whatever the subject is.
    claimed_address: Mapped[str] = mapped_column(SealedAddress, index=True)
    verification_id: Mapped[str | None]
    verification_level: Mapped[int | None]
    #: The proved identity.
    subject: Mapped[str | None] = mapped_column(SealedAddress)
    denial_reason: Mapped[str | None]
    denial_words: Mapped[str | None] = mapped_column(SealedWords)
    #: Who of the staff has it.
    taken_by: Mapped[str]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    #: What the law or a policy calls it more closely, "" where nothing does.
    kind: Mapped[str] = mapped_column(server_default="")
    #: Since when its clock stands still.
    held_at: Mapped[datetime | None]
    #: Whose it was is no longer known here; what was asked and done, and when, is.
    erased_at: Mapped[datetime | None]
    #: The strictest clock of its answer, as in its deadlines; the end of time where none runs.
    due_at: Mapped[datetime] = mapped_column(server_default=END_OF_TIME)


class Deadline(Table):
    """When one clock of one request runs out."""

    __tablename__ = "deadline"
    __table_args__ = (Index(None, "due_at"),)

    reference: Mapped[str] = mapped_column(ForeignKey("request.reference"), primary_key=True)
    #: 0 is the strictest.
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    regime: Mapped[str]
    step: Mapped[str]
    #: The last day in the brand's time zone, ISO 8601.
    due_on: Mapped[str]
    due_at: Mapped[datetime]
    #: How it was counted.
    sum: Mapped[str]
    source: Mapped[str] = mapped_column(server_default="")
    extended: Mapped[bool] = mapped_column(server_default=false())


class Notice(Table):
    """Something that was told about a request, to the person or to staff: the row is why it is never told twice."""

    __tablename__ = "notice"

    reference: Mapped[str] = mapped_column(ForeignKey("request.reference"), primary_key=True)
    #: "reminder", "unproved", "due 2026-04-02 in 7 days", ...
    what: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class Note(Table):
    """Words of a clerk about a request; may be erased, the audit only knows that there was one."""

    __tablename__ = "note"

    id: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(ForeignKey("request.reference"), index=True)
    at: Mapped[datetime]
    written_by: Mapped[str]
    words: Mapped[str] = mapped_column(SealedWords)


class Suppression(Table):
    """An address that gets no more marketing, or whose data is not sold."""

    __tablename__ = "suppression"
    __table_args__ = (CheckConstraint("purpose IN ('marketing', 'sale')", name="purpose"),)

    #: Keyed digest of (brand, channel, purpose, address); stays when the address is erased.
    digest: Mapped[str] = mapped_column(primary_key=True)
    brand: Mapped[str]
    purpose: Mapped[str]
    #: For the shop's own programs until they have confirmed it; then only the digest stays.
    address: Mapped[str | None] = mapped_column(SealedAddress)
    inbox_id: Mapped[str] = mapped_column(ForeignKey("inbox.id"))
    created_at: Mapped[datetime]
    #: By which way it is not to be written to, e.g. "email".
    channel: Mapped[str] = mapped_column(server_default="email")
    #: The shop's own lists know of it since.
    confirmed_at: Mapped[datetime | None]
