"""A mail knows its own id, a mail of ours how it came back, a talk since when a person answers; muted mailboxes."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("inbox", sa.Column("message_digest", sa.Text(), nullable=True))
    op.create_index(op.f("ix_inbox_message_digest"), "inbox", ["message_digest"], unique=False)
    op.add_column("conversation", sa.Column("taken_over_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("outbox", sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("outbox", sa.Column("bounced_for_good", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "mute",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("outbox_id", sa.Text(), nullable=False),
        sa.Column("muted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("muted_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_mute_outbox")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_mute")),
    )
