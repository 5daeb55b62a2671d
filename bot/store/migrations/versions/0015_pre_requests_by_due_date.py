"""The requests that are due first are found without a look at all of them, closed ones included."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_index(op.f("ix_request_due_at_reference_every"), "request", ["due_at", "reference"], unique=False)
