"""The tables of a talk: what came in, what is remembered, what goes out, what is left to people.

Law: a message that is not done keeps its bytes; one effect has one row.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.schema.base import Table, one_of
from bot.store.schema.sealed import SealedAddress, SealedBytes, SealedJson, SealedWords

INBOX_STATES = ("waiting", "done", "shunted")
OUTBOX_STATES = ("shadow", "held", "queued", "sending", "sent", "uncertain", "failed", "stopped")
PROOF_KINDS = ("unproved", "waiting_for_code", "proved")


class Inbox(Table):
    """One message that arrived. Of ordinary mail only the keyed digest and the verdict stay."""

    __tablename__ = "inbox"
    __table_args__ = (
        CheckConstraint(one_of("state", INBOX_STATES), name="state"),
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
    envelope: Mapped[dict[str, Any] | None] = mapped_column(SealedJson)
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
    #: How often it was claimed since it came or was put back: it may be what ends the program.
    claims: Mapped[int] = mapped_column(server_default="0")
    #: Keyed digest of a mail's Message-ID, by which a person's answer to it is recognised.
    message_digest: Mapped[str | None] = mapped_column(index=True)
    #: How many of its attachments are still in `raw`; set when it is done.
    attachments: Mapped[int] = mapped_column(server_default="0")
    outcome: Mapped[str]
    rules: Mapped[list[Any]]
    intents: Mapped[list[Any]]
    done_at: Mapped[datetime | None]
    # The last column, since SQLite reads through everything that stands before a column.
    raw: Mapped[bytes | None] = mapped_column(SealedBytes)


class Conversation(Table):
    """What is remembered of one talk; its requests lie in their own table."""

    __tablename__ = "conversation"
    __table_args__ = (
        CheckConstraint(one_of("proof_kind", PROOF_KINDS), name="proof_kind"),
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
    address: Mapped[str] = mapped_column(SealedAddress)
    language: Mapped[str]
    proof_kind: Mapped[str]
    #: Keyed digest of (conversation, code) while one is under way.
    proof_digest: Mapped[str | None]
    proof_address: Mapped[str | None] = mapped_column(SealedAddress)
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
    #: Since when a person of the shop answers here, and the bot is silent.
    taken_over_at: Mapped[datetime | None]
    #: The topic of the last question that the policy was asked here, "" for none.
    asked_about: Mapped[str] = mapped_column(server_default="")
    #: Nothing that was said in it, and nobody's address, is kept any more.
    erased_at: Mapped[datetime | None]


class Outbox(Table):
    """One message of ours: exactly one row for each effect that says something."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("inbox_id", "ordinal"),
        CheckConstraint(one_of("state", OUTBOX_STATES), name="state"),
        CheckConstraint("kind IN ('code', 'reply')", name="kind"),
        CheckConstraint("kind <> 'code' OR channel = 'email'", name="codes_go_by_mail"),
        Index(None, "state", "not_before"),
        Index(None, "recipient", "created_at"),
        Index(None, "kind", "created_at"),
        Index(None, "channel", "finished_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    inbox_id: Mapped[str] = mapped_column(ForeignKey("inbox.id"))
    #: The effect's place in the decision.
    ordinal: Mapped[int]
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    brand: Mapped[str]
    channel: Mapped[str]
    kind: Mapped[str]
    recipient: Mapped[str] = mapped_column(SealedAddress)
    language: Mapped[str]
    parts: Mapped[list[Any]] = mapped_column(SealedJson)
    subject: Mapped[str] = mapped_column(SealedWords)
    in_reply_to: Mapped[str] = mapped_column(SealedWords)
    #: Message-IDs, oldest first.
    thread_references: Mapped[list[Any]] = mapped_column(SealedJson)
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
    said: Mapped[str] = mapped_column(SealedWords)
    reason: Mapped[str]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    #: A delivery report spoke of it, and whether it failed for good.
    bounced_at: Mapped[datetime | None]
    bounced_for_good: Mapped[bool] = mapped_column(server_default=false())


class Mute(Table):
    """A mailbox that automatic mail does not reach (RELIABILITY L17); staff may undo it."""

    __tablename__ = "mute"

    #: Keyed digest of the address.
    digest: Mapped[str] = mapped_column(primary_key=True)
    #: The mail of ours that came back last.
    outbox_id: Mapped[str] = mapped_column(ForeignKey("outbox.id"))
    muted_at: Mapped[datetime]
    muted_until: Mapped[datetime]


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
    #: Who of the staff closed it, and when.
    done_by: Mapped[str] = mapped_column(server_default="")
    done_at: Mapped[datetime | None]
