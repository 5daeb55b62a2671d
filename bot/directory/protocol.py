"""What a customer directory is to the rest of the bot."""

from collections.abc import Mapping
from typing import Protocol

from bot.errors import OurFault

#: Name of a detail -> keyed hash of its value, of one order or one customer.
Record = Mapping[str, str]


class DirectoryUnavailable(OurFault):
    """The directory cannot be read now."""


class CustomerDirectory(Protocol):
    """Looks up what the shop knows about a mailbox."""

    async def records(self, address: str) -> tuple[Record, ...]:
        """Every record of exactly this mailbox, none where it is unknown. Raises `DirectoryUnavailable`."""
        ...
