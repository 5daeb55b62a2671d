"""The audit: one chain of keyed digests for each conversation and each request.

Law: ids, event names, rule names and keyed digests only. Whoever writes to a chain holds the lock of its conversation.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.keys import Keys
from bot.store.schema import Audit


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One thing that happened."""

    chain: str
    number: int
    at: datetime
    event: str
    actor: str
    details: Mapping[str, Any]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A place at which the record is not what was written."""

    chain: str
    number: int
    #: One of the clauses below.
    what: str


CHANGED = "was changed, put elsewhere or made without the key"
MISSING = "is missing"
CUT_OFF = "was there on the day of its anchor and is not there as it was"
ANCHOR = "is an anchor that was changed or left out"


def of_conversation(conversation_id: str) -> str:
    return f"conversation {conversation_id}"


def of_request(reference: str) -> str:
    return f"request {reference}"


async def note(
    connection: AsyncConnection,
    keys: Keys,
    chain: str,
    event: str,
    *,
    at: datetime,
    actor: str = "bot",
    details: Mapping[str, str | list[str]],
) -> None:
    """Add a row to `chain`."""
    last = (
        await connection.execute(
            select(Audit.number, Audit.digest).where(Audit.chain == chain).order_by(Audit.number.desc()).limit(1)
        )
    ).one_or_none()
    number, before = (last.number + 1, last.digest) if last else (1, "")
    digest = keys.digest("audit", before, *_what(chain, number, at, event, actor, details))
    await connection.execute(
        insert(Audit).values(
            chain=chain, number=number, at=at, event=event, actor=actor, details=dict(details), digest=digest
        )
    )


async def rows_of(connection: AsyncConnection, chain: str) -> tuple[AuditRow, ...]:
    """The rows of `chain`, oldest first."""
    found = await connection.execute(
        select(*Audit.__table__.columns).where(Audit.chain == chain).order_by(Audit.number)
    )
    return tuple(AuditRow(**row) for row in found.mappings())


async def faults(connection: AsyncConnection, keys: Keys, only: Sequence[str] = ()) -> AsyncIterator[Fault]:
    """Every place at which a chain, or one of `only`, is not what was written, in the order of chains and numbers."""
    which = [Audit.chain.in_(only)] if only else []
    rows = select(*Audit.__table__.columns).where(*which).order_by(Audit.chain, Audit.number)
    found = await connection.stream(rows)
    chain, number, before = "", 0, ""
    async for row in found:
        if row.chain != chain:
            chain, number, before = row.chain, 0, ""
        what = _what(row.chain, row.number, row.at, row.event, row.actor, row.details)
        if row.number != number + 1:
            yield Fault(chain=row.chain, number=number + 1, what=MISSING)
        elif not keys.made("audit", row.digest, before, *what):
            yield Fault(chain=row.chain, number=row.number, what=CHANGED)
        number, before = row.number, row.digest


async def broken_chains(connection: AsyncConnection, keys: Keys) -> tuple[str, ...]:
    """The chains in which a row was changed, removed from the middle, or made without the key."""
    return tuple(dict.fromkeys([fault.chain async for fault in faults(connection, keys)]))


def _what(chain: str, number: int, at: datetime, event: str, actor: str, details: Mapping[str, Any]) -> tuple[str, ...]:
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return chain, str(number), moment, event, actor, json.dumps(details, sort_keys=True)
