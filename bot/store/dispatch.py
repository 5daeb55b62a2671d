"""Tells whoever runs the work that there is some, in the transaction that makes it: neither is there without the other.

Law: the rows are the truth; what is told holds ids only, and may be lost or told twice.
"""

from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

#: Execution option of every connection: who is told.
OPTION = "privacy_desk_dispatch"


class Dispatch(Protocol):
    """Whoever runs the work."""

    async def handle(self, connection: AsyncConnection, inbox_id: str, conversation: str) -> None:
        """A message waits; those of one conversation are handled one by one."""
        ...

    async def deliver(self, connection: AsyncConnection, outbox_id: str, conversation: str, at: datetime) -> None:
        """A message of ours is due at that time."""
        ...

    async def sent(self, connection: AsyncConnection, channel: str, recipient: str) -> None:
        """A message of ours has left: who shows it may look for it now."""
        ...


async def handle(connection: AsyncConnection, inbox_id: str, conversation: str) -> None:
    if (told := _who(connection)) is not None:
        await told.handle(connection, inbox_id, conversation)


async def deliver(connection: AsyncConnection, outbox_id: str, conversation: str, at: datetime) -> None:
    if (told := _who(connection)) is not None:
        await told.deliver(connection, outbox_id, conversation, at)


async def sent(connection: AsyncConnection, channel: str, recipient: str) -> None:
    if (told := _who(connection)) is not None:
        await told.sent(connection, channel, recipient)


def _who(connection: AsyncConnection) -> Dispatch | None:
    """None where one process does everything and looks for itself."""
    begun = connection.sync_connection
    told: Dispatch | None = begun.get_execution_options().get(OPTION) if begun is not None else None
    return told
