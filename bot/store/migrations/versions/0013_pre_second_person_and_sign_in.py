"""What waits for a second person, requests that are handled together, and clerks whom a provider of sign-in knows."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    for column in ("mailbox", "subject"):
        op.add_column("clerk", sa.Column(column, sa.Text(), server_default="", nullable=False))
    op.create_table(
        "proposal",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("clerk", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "state IN ('approved', 'declined', 'overtaken', 'waiting', 'withdrawn')", name=op.f("ck_proposal_state")
        ),
        sa.CheckConstraint("state <> 'approved' OR decided_by <> clerk", name=op.f("ck_proposal_second_person")),
        sa.ForeignKeyConstraint(["reference"], ["request.reference"], name=op.f("fk_proposal_request")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "uq_proposal_waiting", "proposal", ["reference"], unique=True, sqlite_where=waiting, postgresql_where=waiting
    )
    op.create_index(op.f("ix_proposal_reference"), "proposal", ["reference"], unique=False)
    op.create_table(
        "joined",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("lead", sa.Text(), nullable=False),
        sa.Column("clerk", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["reference"], ["request.reference"], name=op.f("fk_joined_request")),
        sa.ForeignKeyConstraint(["lead"], ["request.reference"], name="fk_joined_lead"),
        sa.CheckConstraint("reference <> lead", name=op.f("ck_joined_two")),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_joined")),
    )
    op.create_index(op.f("ix_joined_lead"), "joined", ["lead"], unique=False)
