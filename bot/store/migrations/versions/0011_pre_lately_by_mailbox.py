"""What went to a mailbox lately is found by when it went, however much lies in the database."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_index(op.f("ix_outbox_kind_created_at"), "outbox", ["kind", "created_at"], unique=False)
    op.create_index(op.f("ix_outbox_channel_finished_at"), "outbox", ["channel", "finished_at"], unique=False)
