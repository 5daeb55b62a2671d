"""The tables beside the talks: the audit, imported policies, mail folders."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.schema.base import Table


class Audit(Table):
    """What happened, as a chain of keyed digests: ids, event and rule names; no text, address or code."""

    __tablename__ = "audit"

    #: "request PD-..." or "conversation ...".
    chain: Mapped[str] = mapped_column(primary_key=True)
    #: From 1, without a gap.
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    event: Mapped[str]
    #: "bot", or the name of who did it.
    actor: Mapped[str]
    details: Mapped[dict[str, Any]]
    #: Keyed digest of this row and of the digest before it.
    digest: Mapped[str]


class Policy(Table):
    """One imported version of a brand's policy, byte for byte."""

    __tablename__ = "policy"
    __table_args__ = (
        Index(
            "uq_policy_in_force", "brand", unique=True, sqlite_where=text("in_force"), postgresql_where=text("in_force")
        ),
    )

    brand: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    raw: Mapped[bytes]
    imported_at: Mapped[datetime]
    in_force: Mapped[bool]


class Silence(Table):
    """How often a topic was asked about that the policy does not touch; nothing of who asked, or in which words."""

    __tablename__ = "silence"

    brand: Mapped[str] = mapped_column(primary_key=True)
    #: A topic of the policy catalogue, "" for what no topic names.
    topic: Mapped[str] = mapped_column(primary_key=True)
    times: Mapped[int]
    last_at: Mapped[datetime]


class Mailbox(Table):
    """How far one folder of one account has been read."""

    __tablename__ = "mailbox"

    account: Mapped[str] = mapped_column(primary_key=True)
    folder: Mapped[str] = mapped_column(primary_key=True)
    # Unsigned 32 bits each (RFC 3501), more than an INTEGER of PostgreSQL holds.
    uidvalidity: Mapped[int] = mapped_column(BigInteger)
    last_uid: Mapped[int] = mapped_column(BigInteger)
