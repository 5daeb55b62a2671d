"""A request keeps its kind and when it was held; notices and notes have tables; a staff item says who closed it.

SQLite cannot change a check: the table `request` is copied into one with the new check, views and indexes after it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_OLD = (
    "(right_name IN ('child_data', 'complaint', 'opt_out_of_sale', 'security_report', 'unsubscribe')"
    " AND level_needed >= 0) OR (right_name IN ('access', 'automated_decision', 'correction',"
    " 'deletion', 'objection', 'portability', 'restriction', 'withdraw_consent') AND level_needed >="
    " 1)"
)
_NEW = (
    "(right_name IN ('child_data', 'complaint', 'opt_out_of_sale', 'security_report', 'unsubscribe')"
    " AND level_needed >= 0) OR (right_name || '/' || kind IN ('objection/marketing', 'withdraw_consent/marketing')"
    " AND level_needed >= 0) OR (right_name IN ('access', 'automated_decision', 'correction', 'deletion',"
    " 'objection', 'portability', 'restriction', 'withdraw_consent') AND level_needed >= 1)"
)
_CHECK = "ck_request_right_and_level"


def upgrade() -> None:
    op.add_column("request", sa.Column("kind", sa.Text(), nullable=False, server_default=""))
    op.add_column("request", sa.Column("held_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("deadline", sa.Column("source", sa.Text(), nullable=False, server_default=""))
    op.add_column("deadline", sa.Column("extended", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("staff_item", sa.Column("done_by", sa.Text(), nullable=False, server_default=""))
    op.add_column("staff_item", sa.Column("done_at", sa.DateTime(timezone=True), nullable=True))
    _allow_free_kinds()
    op.create_table(
        "notice",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["reference"], ["request.reference"], name=op.f("fk_notice_request")),
        sa.PrimaryKeyConstraint("reference", "what", name=op.f("pk_notice")),
    )
    op.create_table(
        "note",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["reference"], ["request.reference"], name=op.f("fk_note_request")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index(op.f("ix_request_claimed_address"), "request", ["claimed_address"], unique=False)
    op.create_index(op.f("ix_note_reference"), "note", ["reference"], unique=False)


def _allow_free_kinds() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.drop_constraint(op.f(_CHECK), "request", type_="check")
        op.create_check_constraint(op.f(_CHECK), "request", _NEW)
        return
    told = connection.exec_driver_sql("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
    views = [row for row in told if row.type == "view"]
    indexes = [row for row in told if row.type == "index" and row.tbl_name == "request"]
    (table,) = [row.sql for row in told if row.type == "table" and row.name == "request"]
    changed = table.replace(_OLD, _NEW).replace("CREATE TABLE request", "CREATE TABLE request_copied", 1)
    assert _NEW in changed
    for view in views:
        connection.exec_driver_sql(f"DROP VIEW {view.name}")
    for statement in (
        changed,
        "INSERT INTO request_copied SELECT * FROM request",
        "DROP TABLE request",
        "ALTER TABLE request_copied RENAME TO request",
        *(row.sql for row in (*indexes, *views)),
    ):
        connection.exec_driver_sql(statement)
