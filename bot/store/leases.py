"""Leases: what only one of several processes does at a time, until its time is over.

Law: at any moment a lease has at most one owner; whoever has lost it writes nothing more under it. Moments are those
of the machines' clocks, which must agree to within seconds.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.schema import Lease
from bot.store.values import HeldLease, LeaseLost


class Leases:
    """The leases of one database."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock

    async def take(self, name: str, owner: str, *, length: timedelta) -> HeldLease | None:
        """The lease, new or for longer; None while it is another's."""
        now = self._clock()
        try:
            async with self._database.writing() as connection:
                token = await _take(connection, name, owner, now=now, until=now + length)
        except IntegrityError:
            # Another process made it in this very moment.
            return None
        return None if token is None else HeldLease(name=name, token=token)

    async def give_back(self, held: HeldLease) -> None:
        """Somebody else may have it at once."""
        async with self._database.writing() as connection:
            await connection.execute(update(Lease).where(*_is(held)).values(until=self._clock()))


async def insist(connection: AsyncConnection, held: HeldLease) -> None:
    """Keep the lease for the rest of the transaction; raises `LeaseLost` where it has changed hands."""
    if await connection.scalar(select(Lease.name).where(*_is(held)).with_for_update()) is None:
        raise LeaseLost(f"The lease of {held.name} went to another process; nothing was written.")


def _is(held: HeldLease) -> tuple[ColumnElement[bool], ...]:
    return Lease.name == held.name, Lease.token == held.token


async def _take(connection: AsyncConnection, name: str, owner: str, *, now: datetime, until: datetime) -> int | None:
    row = (
        await connection.execute(
            select(Lease.owner, Lease.token, Lease.until).where(Lease.name == name).with_for_update()
        )
    ).one_or_none()
    if row is None:
        await connection.execute(insert(Lease).values(name=name, owner=owner, token=1, until=until))
        return 1
    if row.owner != owner and row.until > now:
        return None
    token: int = row.token if row.owner == owner and row.until > now else row.token + 1
    await connection.execute(update(Lease).where(Lease.name == name).values(owner=owner, token=token, until=until))
    return token
