"""Claims of a message are counted, so that one which ends the program each time is put aside."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("inbox", sa.Column("claims", sa.Integer(), nullable=False, server_default="0"))
