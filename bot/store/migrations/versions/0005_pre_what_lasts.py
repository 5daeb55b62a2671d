"""Suppressions know their channel and whether the shop has confirmed them; anchors, events and packages have tables."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_SUPPRESSIONS = """
CREATE VIEW suppressions AS
SELECT brand, purpose, address, digest, created_at AS since, channel, confirmed_at
FROM suppression
"""


def upgrade() -> None:
    op.add_column("suppression", sa.Column("channel", sa.Text(), nullable=False, server_default="email"))
    op.add_column("suppression", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("DROP VIEW suppressions")
    op.execute(_SUPPRESSIONS)
    op.add_column("inbox", sa.Column("attachments", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("conversation", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("request", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    _make_anchors()
    _make_events()
    _make_packages()


def _make_anchors() -> None:
    op.create_table(
        "anchor",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_anchor")),
    )
    op.create_table(
        "anchored_head",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["day"], ["anchor.day"], name=op.f("fk_anchored_head_anchor")),
        sa.PrimaryKeyConstraint("day", "chain", name=op.f("pk_anchored_head")),
    )


def _make_events() -> None:
    op.create_table(
        "event",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spread", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index(op.f("ix_event_spread_id"), "event", ["spread", "id"], unique=False)
    op.create_table(
        "event_delivery",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('delivered', 'failed', 'waiting')", name=op.f("ck_event_delivery_state")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_delivery_event")),
        sa.PrimaryKeyConstraint("event_id", "receiver", name=op.f("pk_event_delivery")),
    )
    op.create_index(op.f("ix_event_delivery_state_not_before"), "event_delivery", ["state", "not_before"], unique=False)


def _make_packages() -> None:
    op.create_table(
        "package",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code_digest", sa.Text(), nullable=True),
        sa.Column("code_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.Column("codes_sent", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("downloads", sa.Integer(), nullable=False),
        sa.Column("last_opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('draft', 'expired', 'offered', 'withdrawn')", name=op.f("ck_package_state")),
        sa.ForeignKeyConstraint(["reference"], ["request.reference"], name=op.f("fk_package_request")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package")),
    )
    op.create_index(op.f("ix_package_reference"), "package", ["reference"], unique=False)
    op.create_index(op.f("ix_package_token_digest"), "package", ["token_digest"], unique=False)
    op.create_table(
        "package_item",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("package_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["package_id"], ["package.id"], name=op.f("fk_package_item_package")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_item")),
    )
    op.create_index(op.f("ix_package_item_package_id"), "package_item", ["package_id"], unique=False)
