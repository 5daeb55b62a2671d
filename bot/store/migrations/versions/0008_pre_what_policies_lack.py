"""What people ask and a policy does not say, counted by topic; a talk remembers what its last question was about."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "silence",
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand", "topic", name=op.f("pk_silence")),
    )
    op.add_column("conversation", sa.Column("asked_about", sa.Text(), nullable=False, server_default=""))
