"""The tables, and the laws that the database itself keeps.

Law 1 stands in `Request`: a foreign key ties its level, subject and conversation to one row of `verification`, and a
check refuses every proved state without it. No trigger and nothing that only one database knows.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bot.core.tickets import LEVELS, PROVED_STATES, State

#: Why a request may be denied; source: DESIGN section 3.
DENIAL_REASONS = (
    "suspected_fraud",
    "insufficient_verification",
    "no_match",
    "claim_not_covered",
    "outside_jurisdiction",
    "too_many_requests",
    "legal_exemption",
    "other",
)
INBOX_STATES = ("waiting", "done", "shunted")
OUTBOX_STATES = ("shadow", "held", "queued", "sending", "sent", "uncertain", "failed", "stopped")
PROOF_KINDS = ("unproved", "waiting_for_code", "proved")


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text from anywhere: what a database refuses (NUL, lone surrogates) is replaced on the way in."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        if value is None:
            return None
        return value.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def _one_of(column: str, values: tuple[str, ...] | frozenset[str]) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in sorted(values))})"


def _minimum_levels() -> str:
    """Rights that need proof never need less than level 1; the other rights of the list are listed too."""
    free = frozenset(right for right, level in LEVELS.items() if level == 0)
    proved = frozenset(LEVELS) - free
    return (
        f"({_one_of('right_name', free)} AND level_needed >= 0) OR"
        f" ({_one_of('right_name', proved)} AND level_needed >= 1)"
    )


class Table(DeclarativeBase):
    """All tables of Privacy Desk."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012
        str: Words,
        datetime: Moment,
        dict[str, Any]: JSON(none_as_null=True),
        list[Any]: JSON(none_as_null=True),
    }


class Inbox(Table):
    """One message that arrived. Of ordinary mail only the keyed digest and the verdict stay."""

    __tablename__ = "inbox"
    __table_args__ = (
        CheckConstraint(_one_of("state", INBOX_STATES), name="state"),
        CheckConstraint("state = 'done' OR (raw IS NOT NULL AND conversation_id IS NOT NULL)", name="nothing_lost"),
        Index(None, "state", "id"),
        Index(None, "state", "outcome"),
        Index(None, "conversation_id", "state"),
    )

    #: Sorts by time of arrival.
    id: Mapped[str] = mapped_column(primary_key=True)
    #: Keyed digest of what makes a message the same message.
    key_digest: Mapped[str] = mapped_column(unique=True)
    brand: Mapped[str]
    channel: Mapped[str]
    #: Not a foreign key: the conversation may begin with this message, and ordinary mail begins none.
    conversation_id: Mapped[str | None]
    external_id: Mapped[str | None]
    origin: Mapped[dict[str, Any] | None]
    envelope: Mapped[dict[str, Any] | None]
    received_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime]
    state: Mapped[str]
    attempts: Mapped[int]
    #: Why the last attempt failed: a clause of ours, never text of the message.
    reason: Mapped[str]
    failed_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None]
    claimed_until: Mapped[datetime | None]
    claim_token: Mapped[int]
    outcome: Mapped[str]
    rules: Mapped[list[Any]]
    intents: Mapped[list[Any]]
    done_at: Mapped[datetime | None]
    # The last column, since SQLite reads through everything that stands before a column.
    raw: Mapped[bytes | None]


class Conversation(Table):
    """What is remembered of one talk; its requests lie in their own table."""

    __tablename__ = "conversation"
    __table_args__ = (
        CheckConstraint(_one_of("proof_kind", PROOF_KINDS), name="proof_kind"),
        CheckConstraint(
            "proof_kind <> 'waiting_for_code' OR (proof_digest IS NOT NULL AND proof_until IS NOT NULL)", name="waiting"
        ),
        CheckConstraint(
            "proof_kind <> 'proved' OR (proof_level IS NOT NULL AND proof_method IS NOT NULL"
            " AND proof_at IS NOT NULL AND proof_until IS NOT NULL)",
            name="proved",
        ),
        Index(None, "proof_address", "proof_kind"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    brand: Mapped[str]
    channel: Mapped[str]
    address: Mapped[str]
    language: Mapped[str]
    proof_kind: Mapped[str]
    #: Keyed digest of (conversation, code) while one is under way.
    proof_digest: Mapped[str | None]
    proof_address: Mapped[str | None]
    proof_until: Mapped[datetime | None]
    proof_wrong_tries: Mapped[int]
    proof_level: Mapped[int | None]
    proof_method: Mapped[str | None]
    proof_at: Mapped[datetime | None]
    wanted: Mapped[list[Any]]
    asked: Mapped[list[Any]]
    greeted: Mapped[bool]
    #: Raised with every save; a save that expects another version is refused.
    version: Mapped[int]
    changed_at: Mapped[datetime]


class Verification(Table):
    """One proof that was given in one conversation. Rows are never changed."""

    __tablename__ = "verification"
    __table_args__ = (
        CheckConstraint("level BETWEEN 0 AND 3", name="level"),
        CheckConstraint("level = 0 OR (method <> 'none' AND method <> '' AND subject <> '')", name="method"),
        # What requests point at: a request cannot claim another level, subject or conversation than its proof has.
        UniqueConstraint("id", "level", "subject", "conversation_id"),
        UniqueConstraint("conversation_id", "level", "method", "subject", "at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    level: Mapped[int]
    method: Mapped[str]
    subject: Mapped[str]
    at: Mapped[datetime]


class Request(Table):
    """A request of a data subject. Law 1: no proved state without a verification of the level that its right needs."""

    __tablename__ = "request"
    __table_args__ = (
        ForeignKeyConstraint(
            ["verification_id", "verification_level", "subject", "conversation_id"],
            ["verification.id", "verification.level", "verification.subject", "verification.conversation_id"],
        ),
        CheckConstraint(_one_of("state", frozenset(State)), name="state"),
        CheckConstraint(_minimum_levels(), name="right_and_level"),
        CheckConstraint("level_needed <= 3", name="level"),
        CheckConstraint(
            "(verification_id IS NULL AND verification_level IS NULL AND subject IS NULL) OR"
            " (verification_id IS NOT NULL AND verification_level IS NOT NULL AND subject IS NOT NULL)",
            name="proof_is_whole",
        ),
        CheckConstraint(
            f"NOT ({_one_of('state', PROVED_STATES)}) OR (verification_id IS NOT NULL AND subject IS NOT NULL"
            " AND verification_level IS NOT NULL AND verification_level >= level_needed)",
            name="law_1",
        ),
        CheckConstraint(f"denial_reason IS NULL OR {_one_of('denial_reason', DENIAL_REASONS)}", name="denial_reason"),
        CheckConstraint(
            "state <> 'denied' OR (denial_reason IS NOT NULL AND denial_words IS NOT NULL AND denial_words <> '')",
            name="denial_says_why",
        ),
        UniqueConstraint("inbox_id", "ordinal"),
        Index(None, "state", "brand"),
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
    claimed_address: Mapped[str]
    verification_id: Mapped[str | None]
    verification_level: Mapped[int | None]
    #: The proved identity.
    subject: Mapped[str | None]
    denial_reason: Mapped[str | None]
    denial_words: Mapped[str | None]
    #: Who of the staff has it.
    taken_by: Mapped[str]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]


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


class Outbox(Table):
    """One message of ours: exactly one row for each effect that says something."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("inbox_id", "ordinal"),
        CheckConstraint(_one_of("state", OUTBOX_STATES), name="state"),
        CheckConstraint("kind IN ('code', 'reply')", name="kind"),
        CheckConstraint("kind <> 'code' OR channel = 'email'", name="codes_go_by_mail"),
        Index(None, "state", "not_before"),
        Index(None, "recipient", "created_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    inbox_id: Mapped[str] = mapped_column(ForeignKey("inbox.id"))
    #: The effect's place in the decision.
    ordinal: Mapped[int]
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    brand: Mapped[str]
    channel: Mapped[str]
    kind: Mapped[str]
    recipient: Mapped[str]
    language: Mapped[str]
    parts: Mapped[list[Any]]
    subject: Mapped[str]
    in_reply_to: Mapped[str]
    #: Message-IDs, oldest first.
    thread_references: Mapped[list[Any]]
    message_id: Mapped[str] = mapped_column(index=True)
    #: Of a code: the digits are made of it with a key; emptied when the row is finished.
    nonce: Mapped[str]
    #: The requests that a code will prove.
    proves: Mapped[list[Any]]
    intents: Mapped[list[Any]]
    state: Mapped[str]
    attempts: Mapped[int]
    not_before: Mapped[datetime]
    claimed_by: Mapped[str | None]
    claimed_until: Mapped[datetime | None]
    #: Who of the staff let a held message go.
    approved_by: Mapped[str]
    #: What the other side said when it took the message.
    said: Mapped[str]
    reason: Mapped[str]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class Suppression(Table):
    """An address that gets no more marketing, or whose data is not sold."""

    __tablename__ = "suppression"
    __table_args__ = (CheckConstraint("purpose IN ('marketing', 'sale')", name="purpose"),)

    #: Keyed digest of (brand, purpose, address); stays when the address is erased.
    digest: Mapped[str] = mapped_column(primary_key=True)
    brand: Mapped[str]
    purpose: Mapped[str]
    #: For the shop's own programs; may be erased.
    address: Mapped[str | None]
    inbox_id: Mapped[str] = mapped_column(ForeignKey("inbox.id"))
    created_at: Mapped[datetime]


class StaffItem(Table):
    """Something that a person must look at."""

    __tablename__ = "staff_item"
    __table_args__ = (
        UniqueConstraint("inbox_id", "ordinal"),
        CheckConstraint("state IN ('closed', 'open')", name="state"),
        Index(None, "state", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    inbox_id: Mapped[str] = mapped_column(ForeignKey("inbox.id"))
    #: The effect's place in the decision; none where the outbox asks for help.
    ordinal: Mapped[int | None]
    outbox_id: Mapped[str | None] = mapped_column(ForeignKey("outbox.id"))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    brand: Mapped[str]
    reference: Mapped[str]
    reason: Mapped[str]
    urgent: Mapped[bool]
    state: Mapped[str]
    created_at: Mapped[datetime]


class Audit(Table):
    """What happened, as a chain of keyed digests: ids, event and rule names; no text, address or code."""

    __tablename__ = "audit"

    #: "request PD-..." or "conversation ...".
    chain: Mapped[str] = mapped_column(primary_key=True)
    #: From 1, without a gap.
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    event: Mapped[str]
    #: "bot", or the name of who did it.
    actor: Mapped[str]
    details: Mapped[dict[str, Any]]
    #: Keyed digest of this row and of the digest before it.
    digest: Mapped[str]


class Policy(Table):
    """One imported version of a brand's policy, byte for byte."""

    __tablename__ = "policy"
    __table_args__ = (
        Index(
            "uq_policy_in_force", "brand", unique=True, sqlite_where=text("in_force"), postgresql_where=text("in_force")
        ),
    )

    brand: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    raw: Mapped[bytes]
    imported_at: Mapped[datetime]
    in_force: Mapped[bool]


class Mailbox(Table):
    """How far one folder of one account has been read."""

    __tablename__ = "mailbox"

    account: Mapped[str] = mapped_column(primary_key=True)
    folder: Mapped[str] = mapped_column(primary_key=True)
    # Unsigned 32 bits each (RFC 3501), more than an INTEGER of PostgreSQL holds.
    uidvalidity: Mapped[int] = mapped_column(BigInteger)
    last_uid: Mapped[int] = mapped_column(BigInteger)
