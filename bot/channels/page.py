"""What customers send from our own pages: the word or the code that they could have answered our mail with.

Law: a page only speaks for the mailbox whose mail led to it; it is answered by mail, never on the page.
"""

import json

from bot.channels.protocol import Arrival, Outgoing, Receipt, Rendered
from bot.core.messages import InboundMessage
from bot.core.playbook import Playbook
from bot.errors import BadMessage, Refused

NAME = "page"


def written(*, address: str, message_id: str, text: str) -> bytes:
    """The raw form: whose mailbox, which mail of ours, and what they say."""
    return json.dumps({"address": address, "message_id": message_id, "text": text}).encode()


class PageChannel:
    """Protocol `Channel`; comes in as mail does and goes out as mail."""

    name = NAME

    def key(self, arrival: Arrival) -> str:
        return f"{NAME}:{arrival.brand}:{arrival.external_id}"

    def parse(self, arrival: Arrival) -> InboundMessage:
        try:
            said = json.loads(arrival.raw)
            return InboundMessage(
                channel="email",
                brand=arrival.brand,
                external_id=arrival.external_id,
                address=str(said["address"]),
                text=str(said["text"]),
                received_at=arrival.received_at,
                references=(str(said["message_id"]),),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise BadMessage("not a message of our pages") from error

    def render(self, outgoing: Outgoing, playbook: Playbook) -> Rendered:
        raise Refused("Nothing is sent to a page.")

    async def send(self, rendered: Rendered) -> Receipt:
        raise Refused("Nothing is sent to a page.")
