"""Ask the DNS whether a mail's own signature proves its From address, once, when it comes in.

The answer is kept with the envelope: keys are replaced and withdrawn, and the message may be handled much later. The
DNS is asked here, within a time limit; the signature is checked where it can be killed. Whatever fails proves nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from bot.channels.mail.authentication import is_judged_by
from bot.channels.mail.parsing_child import ParsingChild
from bot.channels.mail.signatures import domain_to_prove, headers_of, names_to_ask
from bot.channels.mail.understanding import PROVED, SENT_FOLDER
from bot.channels.protocol import Arrival

#: The TXT records of a name; none where there are none. May raise `OSError`.
Lookup = Callable[[str], Awaitable[Sequence[str]]]

_SECONDS = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Voucher:
    """Judges arrivals by their own signatures."""

    lookup: Lookup
    child: ParsingChild
    #: The name under which our own mail server writes Authentication-Results: where it has spoken, it is believed.
    authserv_id: str = ""

    async def __call__(self, arrival: Arrival) -> Arrival:
        """`arrival`, with the proved domain in its envelope."""
        if arrival.channel != "email" or SENT_FOLDER in arrival.envelope:
            return arrival
        names = await asyncio.to_thread(self._names_to_ask, arrival.raw)
        if not names or not await self._is_proved(arrival.raw, names):
            return arrival
        return replace(arrival, envelope={**arrival.envelope, PROVED: domain_to_prove(arrival.raw)})

    def _names_to_ask(self, raw: bytes) -> Sequence[str]:
        return () if is_judged_by(headers_of(raw), self.authserv_id) else names_to_ask(raw)

    async def _is_proved(self, raw: bytes, names: Sequence[str]) -> bool:
        try:
            async with asyncio.timeout(_SECONDS):
                found = await asyncio.gather(*map(self.lookup, names))
        except OSError:
            return False
        records = {name: list(texts) for name, texts in zip(names, found, strict=True)}
        return await asyncio.to_thread(self.child.proves, raw, records)
