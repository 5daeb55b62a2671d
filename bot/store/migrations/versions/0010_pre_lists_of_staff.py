"""The staff's lists follow an index whatever they are filtered by."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.drop_index(op.f("ix_request_closed_at_reference"), "request")
    closed, under_way = sa.text("closed_at IS NOT NULL"), sa.text("closed_at IS NULL")
    op.create_index(
        op.f("ix_request_closed_at_reference"),
        "request",
        ["closed_at", "reference"],
        sqlite_where=closed,
        postgresql_where=closed,
    )
    for column in ("state", "right_name", "taken_by"):
        op.create_index(
            op.f(f"ix_request_{column}_due_at_reference"),
            "request",
            [column, "due_at", "reference"],
            sqlite_where=under_way,
            postgresql_where=under_way,
        )
