"""Tries at codes and matches are counted by mailbox; a chat is linked with a mailbox; level 2 needs a match.

SQLite cannot add a check: each table is copied into one that has it, views and indexes after it.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_CHECKS = {
    "request": ("ck_request_specific_pieces", "kind <> 'specific_pieces' OR level_needed >= 3"),
    "verification": (
        "ck_verification_match",
        "level <> 2 OR method IN ('code_and_match', 'reply_and_match')",
    ),
}


def upgrade() -> None:
    op.create_table(
        "tried",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("tries", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_tried")),
    )
    op.create_table(
        "link",
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("verification_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_link_conversation")),
        sa.ForeignKeyConstraint(["verification_id"], ["verification.id"], name=op.f("fk_link_verification")),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_link")),
    )
    op.create_index(op.f("ix_link_address"), "link", ["address"], unique=False)
    for table, (name, check) in _CHECKS.items():
        _add_check(table, name, check)


def _add_check(table: str, name: str, check: str) -> None:
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.create_check_constraint(op.f(name), table, check)
        return
    told = connection.exec_driver_sql("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
    views = [row for row in told if row.type == "view"]
    indexes = [row for row in told if row.type == "index" and row.tbl_name == table]
    (made,) = [row.sql for row in told if row.type == "table" and row.name == table]
    head, _, tail = made.rpartition(")")
    changed = f"{head}, CONSTRAINT {name} CHECK ({check})){tail}"
    changed = re.sub(rf'^CREATE TABLE "?{table}"?', f"CREATE TABLE {table}_copied", changed)
    assert changed.startswith(f"CREATE TABLE {table}_copied")
    for view in views:
        connection.exec_driver_sql(f"DROP VIEW {view.name}")
    for statement in (
        changed,
        f"INSERT INTO {table}_copied SELECT * FROM {table}",
        f"DROP TABLE {table}",
        f"ALTER TABLE {table}_copied RENAME TO {table}",
        *(row.sql for row in (*indexes, *views)),
    ):
        connection.exec_driver_sql(statement)
