"""The staff's desk has tables, and a request carries its due date, so that lists of a million stay quick."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    _make_due_dates()
    _make_clerks()
    _make_records()


def _make_due_dates() -> None:
    op.add_column(
        "request",
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False, server_default="9999-12-31 00:00:00+00:00"),
    )
    first = (
        "(SELECT MIN(deadline.due_at) FROM deadline"
        " WHERE deadline.reference = request.reference AND deadline.step = 'answer')"
    )
    op.execute(f"UPDATE request SET due_at = {first} WHERE {first} IS NOT NULL")
    under_way = sa.text("closed_at IS NULL")
    for columns in (["due_at", "reference"], ["brand", "due_at", "reference"]):
        name = op.f(f"ix_request_{'_'.join(columns)}")
        op.create_index(name, "request", columns, sqlite_where=under_way, postgresql_where=under_way)
    for columns in (["closed_at", "reference"], ["received_at", "reference"], ["subject"]):
        op.create_index(op.f(f"ix_request_{'_'.join(columns)}"), "request", columns)


def _make_clerks() -> None:
    op.create_table(
        "clerk",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("totp_nonce", sa.Text(), nullable=False),
        sa.Column("totp_step", sa.Integer(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_clerk")),
    )
    op.create_table(
        "clerk_role",
        sa.Column("clerk", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.CheckConstraint("role IN ('admin', 'agent', 'auditor', 'lead')", name=op.f("ck_clerk_role_role")),
        sa.ForeignKeyConstraint(["clerk"], ["clerk.name"], name=op.f("fk_clerk_role_clerk")),
        sa.PrimaryKeyConstraint("clerk", "brand", name=op.f("pk_clerk_role")),
    )
    op.create_table(
        "clerk_session",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("clerk", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["clerk"], ["clerk.name"], name=op.f("fk_clerk_session_clerk")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_clerk_session")),
    )
    op.create_index(op.f("ix_clerk_session_clerk"), "clerk_session", ["clerk"])
    op.create_table(
        "sign_in_failure",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failure")),
    )
    op.create_index(op.f("ix_sign_in_failure_who_at"), "sign_in_failure", ["who", "at"])
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("clerk", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["clerk"], ["clerk.name"], name=op.f("fk_saved_view_clerk")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    op.create_index(op.f("ix_saved_view_clerk"), "saved_view", ["clerk"])
    op.create_table(
        "api_key",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_api_key")),
    )
    op.create_index(op.f("ix_api_key_digest"), "api_key", ["digest"], unique=True)


def _make_records() -> None:
    op.create_table(
        "presence",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("clerk", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("reference", "clerk", name=op.f("pk_presence")),
    )
    op.create_table(
        "viewing",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clerk", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_viewing")),
    )
    op.create_index(op.f("ix_viewing_reference_at"), "viewing", ["reference", "at"])
    op.create_table(
        "correction",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("clerk", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("was", sa.JSON(), nullable=False),
        sa.Column("intents", sa.JSON(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_correction_inbox")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    op.create_index(op.f("ix_correction_inbox_id"), "correction", ["inbox_id"])
    op.create_table(
        "staff_act",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("clerk", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("outbox_id", sa.Text(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["reference"], ["request.reference"], name=op.f("fk_staff_act_request")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_act")),
    )
    op.create_index(op.f("ix_staff_act_reference_id"), "staff_act", ["reference", "id"])
