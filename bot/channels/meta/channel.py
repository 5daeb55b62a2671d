"""Protocol `Channel` for one of Meta's platforms: several accounts, one for each brand.

The windows (Meta, "Messaging windows"): any answer within 24 hours of the person's last message; on Messenger and
Instagram what a person of the shop wrote within 7 days (tag HUMAN_AGENT).
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from bot.channels.meta.events import WHATSAPP, read_event
from bot.channels.meta.graph import GraphApi
from bot.channels.meta.rendering import Wire, body_of, render_meta
from bot.channels.protocol import Arrival, Outgoing, Receipt, Rendered
from bot.core.messages import InboundMessage
from bot.core.playbook import Playbook
from bot.errors import NotNow, OutOfReach, Refused

WINDOW = timedelta(hours=24)
WINDOW_OF_A_PERSON = timedelta(days=7)
#: Messages of which some pieces were taken and the next was put off; beyond so many, the oldest is forgotten.
_MOST_BEGUN = 1000


def utc_now() -> datetime:
    return datetime.now(UTC)


class MetaChannel:
    """Speaks on one platform for each brand with its own account."""

    def __init__(
        self, platform: str, accounts: Mapping[str, GraphApi], *, now: Callable[[], datetime] = utc_now
    ) -> None:
        self.name = platform
        self._accounts = accounts
        self._now = now
        #: Id of the outbox row -> how many of its pieces were taken.
        self._begun: dict[str, int] = {}

    def key(self, arrival: Arrival) -> str:
        """The account and Meta's id of the message: a repeated or late post is the same message."""
        return f"{self.name}:{arrival.origin.get('account', '')}:{arrival.external_id}"

    def parse(self, arrival: Arrival) -> InboundMessage:
        """Understand an event; raises `BadMessage`."""
        return read_event(arrival)

    def render(self, outgoing: Outgoing, playbook: Playbook) -> Rendered:
        """Plain text; raises `Refused` where the recipient is no chat."""
        return render_meta(self.name, outgoing, playbook)

    async def send(self, rendered: Rendered) -> Receipt:
        """Send what has not been taken of it; raises `NotNow`, `OutOfReach`, `Refused` or `Uncertain`."""
        wire = Wire.from_bytes(rendered.payload)
        account = self._accounts.get(wire.brand)
        if account is None:
            raise Refused(f"no account of {self.name} speaks for {wire.brand}")
        as_a_person = self._needs_a_person(wire)
        said = ""
        for number in range(self._begun.pop(wire.id, 0), len(wire.texts)):
            try:
                said = await account.send(body_of(self.name, wire, number, as_a_person=as_a_person))
            except NotNow:
                self._remember(wire.id, number)
                raise
        return Receipt(said=said)

    def _needs_a_person(self, wire: Wire) -> bool:
        """Whether only a person's answer is still carried; raises `OutOfReach` where none is."""
        if wire.heard_at is None or self._now() - wire.heard_at < WINDOW:
            return False
        if self.name == WHATSAPP or not wire.by_a_person or self._now() - wire.heard_at >= WINDOW_OF_A_PERSON:
            raise OutOfReach("the platform's time to answer is over")
        return True

    def _remember(self, outbox_id: str, taken: int) -> None:
        if taken:
            self._begun[outbox_id] = taken
        if len(self._begun) > _MOST_BEGUN:
            del self._begun[next(iter(self._begun))]
