"""When the next message of a bot, and to a chat, may go out: several processes speak for one bot."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "turn",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_turn")),
    )
    op.create_index(op.f("ix_turn_free_at"), "turn", ["free_at"])
