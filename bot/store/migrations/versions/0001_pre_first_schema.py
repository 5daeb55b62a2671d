"""The first schema: inbox, conversations, requests with their proof and clocks, outbox, audit, policies, mailboxes."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

#: For the shop's staff and programs; the tables below may change, these columns stay.
OPEN_REQUESTS = """
CREATE VIEW open_requests AS
SELECT
    request.reference AS reference,
    request.brand AS brand,
    request.right_name AS right_name,
    request.state AS state,
    request.subject AS subject,
    request.verification_level AS verification_level,
    verification.method AS verification_method,
    verification.at AS verified_at,
    request.received_at AS received_at,
    MIN(deadline.due_on) AS due_on,
    MIN(deadline.due_at) AS due_at,
    request.taken_by AS taken_by
FROM request
JOIN verification ON verification.id = request.verification_id
LEFT JOIN deadline ON deadline.reference = request.reference
WHERE request.state IN ('open', 'in_progress', 'on_hold')
GROUP BY request.reference, verification.id
"""

#: An erased address is still found by its digest.
SUPPRESSIONS = """
CREATE VIEW suppressions AS
SELECT brand, purpose, address, digest, created_at AS since
FROM suppression
"""


def upgrade() -> None:
    _make_audit()
    _make_conversation()
    _make_inbox()
    _make_mailbox()
    _make_policy()
    _make_outbox()
    _make_suppression()
    _make_verification()
    _make_request()
    _make_staff_item()
    _make_deadline()

    op.execute(OPEN_REQUESTS)
    op.execute(SUPPRESSIONS)


def _make_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "number", name=op.f("pk_audit")),
    )


def _make_conversation() -> None:
    op.create_table(
        "conversation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("proof_kind", sa.Text(), nullable=False),
        sa.Column("proof_digest", sa.Text(), nullable=True),
        sa.Column("proof_address", sa.Text(), nullable=True),
        sa.Column("proof_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proof_wrong_tries", sa.Integer(), nullable=False),
        sa.Column("proof_level", sa.Integer(), nullable=True),
        sa.Column("proof_method", sa.Text(), nullable=True),
        sa.Column("proof_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wanted", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("asked", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("greeted", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "proof_kind <> 'proved' OR (proof_level IS NOT NULL AND proof_method IS NOT NULL AND proof_at IS"
            " NOT NULL AND proof_until IS NOT NULL)",
            name=op.f("ck_conversation_proved"),
        ),
        sa.CheckConstraint(
            "proof_kind <> 'waiting_for_code' OR (proof_digest IS NOT NULL AND proof_until IS NOT NULL)",
            name=op.f("ck_conversation_waiting"),
        ),
        sa.CheckConstraint(
            "proof_kind IN ('proved', 'unproved', 'waiting_for_code')", name=op.f("ck_conversation_proof_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
    )
    op.create_index(
        op.f("ix_conversation_proof_address_proof_kind"), "conversation", ["proof_address", "proof_kind"], unique=False
    )


def _make_inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key_digest", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("origin", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("envelope", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim_token", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("rules", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("intents", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "state = 'done' OR (raw IS NOT NULL AND conversation_id IS NOT NULL)", name=op.f("ck_inbox_nothing_lost")
        ),
        sa.CheckConstraint("state IN ('done', 'shunted', 'waiting')", name=op.f("ck_inbox_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("key_digest", name=op.f("uq_inbox_key_digest")),
    )
    op.create_index(op.f("ix_inbox_conversation_id_state"), "inbox", ["conversation_id", "state"], unique=False)
    op.create_index(op.f("ix_inbox_state_id"), "inbox", ["state", "id"], unique=False)
    op.create_index(op.f("ix_inbox_state_outcome"), "inbox", ["state", "outcome"], unique=False)


def _make_mailbox() -> None:
    op.create_table(
        "mailbox",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "folder", name=op.f("pk_mailbox")),
    )


def _make_policy() -> None:
    op.create_table(
        "policy",
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "sha256", name=op.f("pk_policy")),
    )
    op.create_index(
        "uq_policy_in_force",
        "policy",
        ["brand"],
        unique=True,
        sqlite_where=sa.text("in_force"),
        postgresql_where=sa.text("in_force"),
    )


def _make_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("parts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("in_reply_to", sa.Text(), nullable=False),
        sa.Column("thread_references", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("proves", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("intents", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind <> 'code' OR channel = 'email'", name=op.f("ck_outbox_codes_go_by_mail")),
        sa.CheckConstraint("kind IN ('code', 'reply')", name=op.f("ck_outbox_kind")),
        sa.CheckConstraint(
            "state IN ('failed', 'held', 'queued', 'sending', 'sent', 'shadow', 'stopped', 'uncertain')",
            name=op.f("ck_outbox_state"),
        ),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_outbox_conversation")),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_outbox_inbox")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("inbox_id", "ordinal", name=op.f("uq_outbox_inbox_id_ordinal")),
    )
    op.create_index(op.f("ix_outbox_conversation_id"), "outbox", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_outbox_message_id"), "outbox", ["message_id"], unique=False)
    op.create_index(op.f("ix_outbox_recipient_created_at"), "outbox", ["recipient", "created_at"], unique=False)
    op.create_index(op.f("ix_outbox_state_not_before"), "outbox", ["state", "not_before"], unique=False)


def _make_suppression() -> None:
    op.create_table(
        "suppression",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("purpose IN ('marketing', 'sale')", name=op.f("ck_suppression_purpose")),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_suppression_inbox")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_suppression")),
    )


def _make_verification() -> None:
    op.create_table(
        "verification",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "level = 0 OR (method <> 'none' AND method <> '' AND subject <> '')", name=op.f("ck_verification_method")
        ),
        sa.CheckConstraint("level BETWEEN 0 AND 3", name=op.f("ck_verification_level")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_verification_conversation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification")),
        sa.UniqueConstraint(
            "conversation_id",
            "level",
            "method",
            "subject",
            "at",
            name=op.f("uq_verification_conversation_id_level_method_subject_at"),
        ),
        sa.UniqueConstraint(
            "id", "level", "subject", "conversation_id", name=op.f("uq_verification_id_level_subject_conversation_id")
        ),
    )


def _make_request() -> None:
    op.create_table(
        "request",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("right_name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("level_needed", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_address", sa.Text(), nullable=False),
        sa.Column("verification_id", sa.Text(), nullable=True),
        sa.Column("verification_level", sa.Integer(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("denial_reason", sa.Text(), nullable=True),
        sa.Column("denial_words", sa.Text(), nullable=True),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(right_name IN ('child_data', 'complaint', 'opt_out_of_sale', 'security_report', 'unsubscribe')"
            " AND level_needed >= 0) OR (right_name IN ('access', 'automated_decision', 'correction',"
            " 'deletion', 'objection', 'portability', 'restriction', 'withdraw_consent') AND level_needed >="
            " 1)",
            name=op.f("ck_request_right_and_level"),
        ),
        sa.CheckConstraint(
            "NOT (state IN ('completed', 'in_progress', 'on_hold', 'open')) OR (verification_id IS NOT NULL"
            " AND subject IS NOT NULL AND verification_level IS NOT NULL AND verification_level >="
            " level_needed)",
            name=op.f("ck_request_law_1"),
        ),
        sa.CheckConstraint(
            "denial_reason IS NULL OR denial_reason IN ('claim_not_covered', 'insufficient_verification',"
            " 'legal_exemption', 'no_match', 'other', 'outside_jurisdiction', 'suspected_fraud',"
            " 'too_many_requests')",
            name=op.f("ck_request_denial_reason"),
        ),
        sa.CheckConstraint(
            "state <> 'denied' OR (denial_reason IS NOT NULL AND denial_words IS NOT NULL AND denial_words <> '')",
            name=op.f("ck_request_denial_says_why"),
        ),
        sa.CheckConstraint(
            "state IN ('awaiting_verification', 'cancelled', 'completed', 'denied', 'expired', 'in_progress',"
            " 'on_hold', 'open')",
            name=op.f("ck_request_state"),
        ),
        sa.CheckConstraint(
            "(verification_id IS NULL AND verification_level IS NULL AND subject IS NULL) OR (verification_id"
            " IS NOT NULL AND verification_level IS NOT NULL AND subject IS NOT NULL)",
            name=op.f("ck_request_proof_is_whole"),
        ),
        sa.CheckConstraint("level_needed <= 3", name=op.f("ck_request_level")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_request_conversation")),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_request_inbox")),
        sa.ForeignKeyConstraint(
            ["verification_id", "verification_level", "subject", "conversation_id"],
            ["verification.id", "verification.level", "verification.subject", "verification.conversation_id"],
            name=op.f("fk_request_verification"),
        ),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_request")),
        sa.UniqueConstraint("inbox_id", "ordinal", name=op.f("uq_request_inbox_id_ordinal")),
    )
    op.create_index(op.f("ix_request_conversation_id"), "request", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_request_state_brand"), "request", ["state", "brand"], unique=False)


def _make_staff_item() -> None:
    op.create_table(
        "staff_item",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=True),
        sa.Column("outbox_id", sa.Text(), nullable=True),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('closed', 'open')", name=op.f("ck_staff_item_state")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_staff_item_conversation")),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_staff_item_inbox")),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_staff_item_outbox")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_item")),
        sa.UniqueConstraint("inbox_id", "ordinal", name=op.f("uq_staff_item_inbox_id_ordinal")),
    )
    op.create_index(op.f("ix_staff_item_conversation_id"), "staff_item", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_staff_item_state_id"), "staff_item", ["state", "id"], unique=False)


def _make_deadline() -> None:
    op.create_table(
        "deadline",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("regime", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sum", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["reference"], ["request.reference"], name=op.f("fk_deadline_request")),
        sa.PrimaryKeyConstraint("reference", "place", name=op.f("pk_deadline")),
    )
    op.create_index(op.f("ix_deadline_due_at"), "deadline", ["due_at"], unique=False)
    # ### end Alembic commands ###
