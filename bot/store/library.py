"""Imported policy versions, what people ask and they do not say, and how far each mail folder has been read."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.effects import Quotation
from bot.core.tickets import FINAL_STATES
from bot.store import leases, serialise
from bot.store.schema import Mailbox, Outbox, Policy, Request, Silence
from bot.store.values import CitedLines, Cursor, HeldLease, SilentTopic, StoredPolicy


async def import_policy(
    connection: AsyncConnection, *, brand: str, sha256: str, name: str, raw: bytes, now: datetime
) -> bool:
    """Put this version in force; True where it had not been imported before."""
    await connection.execute(update(Policy).where(Policy.brand == brand, Policy.in_force).values(in_force=False))
    known = await connection.execute(
        update(Policy).where(Policy.brand == brand, Policy.sha256 == sha256).values(in_force=True)
    )
    if known.rowcount:
        return False
    await connection.execute(
        insert(Policy).values(brand=brand, sha256=sha256, name=name, raw=raw, imported_at=now, in_force=True)
    )
    return True


async def policy_in_force(connection: AsyncConnection, brand: str) -> StoredPolicy | None:
    found = await connection.execute(select(*Policy.__table__.columns).where(Policy.brand == brand, Policy.in_force))
    row = found.mappings().one_or_none()
    return StoredPolicy(**row) if row else None


async def policies(connection: AsyncConnection) -> list[StoredPolicy]:
    """Every version of every brand, newest first."""
    found = await connection.execute(
        select(*Policy.__table__.columns).order_by(Policy.brand, Policy.imported_at.desc())
    )
    return [StoredPolicy(**row) for row in found.mappings()]


async def count_silences(connection: AsyncConnection, brand: str, topics: Sequence[str], *, now: datetime) -> None:
    """Each topic was asked about once more; in the order of their names, so that no two transactions wait in a ring."""
    insert_here = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    for topic, times in sorted(Counter(topics).items()):
        row = insert_here(Silence).values(brand=brand, topic=topic, times=times, last_at=now)
        await connection.execute(
            row.on_conflict_do_update(
                index_elements=["brand", "topic"],
                set_={"times": Silence.times + row.excluded.times, "last_at": row.excluded.last_at},
            )
        )


async def silences(connection: AsyncConnection, brand: str) -> list[SilentTopic]:
    """What the brand's policy was asked and did not say, the most frequent first."""
    found = await connection.execute(
        select(Silence.topic, Silence.times, Silence.last_at)
        .where(Silence.brand == brand)
        .order_by(Silence.times.desc(), Silence.topic)
    )
    return [SilentTopic(**row) for row in found.mappings()]


async def cited_lines(connection: AsyncConnection, brand: str) -> list[CitedLines]:
    """The policy's lines that were quoted in the talks of the brand's open requests, by reference."""
    found = await connection.execute(
        select(Request.reference, Outbox.parts)
        .join(Outbox, Outbox.conversation_id == Request.conversation_id)
        .where(Request.brand == brand, Request.state.not_in(sorted(FINAL_STATES)))
        .order_by(Request.reference)
    )
    quoted = [
        CitedLines(reference=reference, sha256=part.policy_sha256, first_line=part.first_line, last_line=part.last_line)
        for reference, parts in found
        for part in serialise.parts_from_json(parts)
        if isinstance(part, Quotation)
    ]
    return list(dict.fromkeys(quoted))


async def cursor(connection: AsyncConnection, account: str, folder: str) -> Cursor | None:
    found = await connection.execute(
        select(Mailbox.uidvalidity, Mailbox.last_uid).where(Mailbox.account == account, Mailbox.folder == folder)
    )
    row = found.mappings().one_or_none()
    return Cursor(**row) if row else None


async def set_cursor(
    connection: AsyncConnection, account: str, folder: str, cursor: Cursor, *, under: HeldLease | None
) -> None:
    if under is not None:
        await leases.insist(connection, under)
    values = {"uidvalidity": cursor.uidvalidity, "last_uid": cursor.last_uid}
    changed = await connection.execute(
        update(Mailbox).where(Mailbox.account == account, Mailbox.folder == folder).values(**values)
    )
    if not changed.rowcount:
        await connection.execute(insert(Mailbox).values(account=account, folder=folder, **values))
