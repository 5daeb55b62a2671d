"""The TXT records of a name, from the system's own DNS servers, kept for as long as they say."""

from collections.abc import Sequence

from dns.asyncresolver import Resolver
from dns.exception import DNSException
from dns.resolver import NXDOMAIN, LRUCache, NoAnswer

_SECONDS = 5.0
_MOST_KEPT = 2_000


class SystemDns:
    """Asks the servers of /etc/resolv.conf."""

    def __init__(self) -> None:
        self._resolver: Resolver | None = None

    async def txt(self, name: str) -> Sequence[str]:
        """Each record as one text, none where the name has none. Raises `OSError` where nobody answers."""
        try:
            answer = await self._asked().resolve(name, "TXT", lifetime=_SECONDS)
        except (NXDOMAIN, NoAnswer):
            return ()
        except DNSException as error:
            raise OSError(f"the DNS gives no answer for {name}") from error
        return tuple(b"".join(record.strings).decode("latin-1") for record in answer)

    def _asked(self) -> Resolver:
        if self._resolver is None:
            self._resolver = Resolver()
            self._resolver.cache = LRUCache(_MOST_KEPT)
        return self._resolver
