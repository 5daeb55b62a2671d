"""Turns: what all processes of one database together may do only so often, such as sending with one bot.

Law: two of them never get the same moment. Moments are those of the machines' clocks, which must agree to within
seconds; where they do not, somebody waits longer, and nobody goes too early.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.schema import Turn

#: A name that nobody has used for so long is forgotten.
_QUIET = timedelta(minutes=10)


class Turns:
    """The turns of one database."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock

    async def take(self, steps: Mapping[str, float], *, patience: float) -> float:
        """Seconds until the next moment that is free under every name; then each is taken for its step of seconds.

        Where that is more than `patience`, nothing is taken. Raises `StoreUnavailable`.
        """
        while True:
            try:
                async with self._database.writing() as connection:
                    return await _take(connection, steps, patience=patience, now=self._clock())
            except IntegrityError:
                # Another process made one of the names in this very moment.
                continue

    async def close(self, name: str, seconds: float) -> None:
        """Nothing is free under this name for so long."""
        await self.take({name: 0.0}, patience=-1.0)
        until = self._clock() + timedelta(seconds=seconds)
        async with self._database.writing() as connection:
            await connection.execute(update(Turn).where(Turn.name == name, Turn.free_at < until).values(free_at=until))


async def _take(connection: AsyncConnection, steps: Mapping[str, float], *, patience: float, now: datetime) -> float:
    found = await connection.execute(
        # In one order for all, so that two processes do not wait for each other.
        select(Turn.name, Turn.free_at).where(Turn.name.in_(steps)).order_by(Turn.name).with_for_update()
    )
    known = {row.name: row.free_at for row in found}
    if new := [name for name in steps if name not in known]:
        await connection.execute(delete(Turn).where(Turn.free_at < now - _QUIET))
        await connection.execute(insert(Turn), [{"name": name, "free_at": now} for name in new])
    start = max(now, *known.values()) if known else now
    wait = (start - now).total_seconds()
    if wait <= patience:
        for name, step in steps.items():
            free_at = start + timedelta(seconds=step)
            await connection.execute(update(Turn).where(Turn.name == name).values(free_at=free_at))
    return wait
