"""Events as other programs fetch them: in order, from where they left off."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.store.database import Database
from bot.store.schema import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One event."""

    id: str
    kind: str
    brand: str
    reference: str
    digest: str
    details: Mapping[str, Any]
    at: datetime


class Feed:
    """The events of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, *, brand: str | None, after: str, limit: int) -> list[Happened]:
        """The next events behind the id `after`, of one brand or (None) all."""
        among = [] if brand is None else [Event.brand == brand]
        columns = (Event.id, Event.kind, Event.brand, Event.reference, Event.digest, Event.details, Event.at)
        async with self._database.reading() as connection:
            found = await connection.execute(
                select(*columns).where(Event.id > after, *among).order_by(Event.id).limit(limit)
            )
            return [Happened(**row) for row in found.mappings()]
