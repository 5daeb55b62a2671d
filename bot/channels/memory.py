"""A chat without a network: the terminal's own, and the tests'.

What is sent waits in `sent` until somebody takes it.
"""

import asyncio
import json
from collections.abc import Sequence

from bot import words
from bot.channels.protocol import Arrival, Outgoing, Receipt, Rendered
from bot.core.effects import Part, Quotation
from bot.core.messages import InboundMessage
from bot.core.playbook import Playbook
from bot.errors import BadMessage


class MemoryChannel:
    """Messages are JSON objects `{"id", "chat", "text"}`."""

    def __init__(self, name: str = "terminal") -> None:
        self.name = name
        self.sent: asyncio.Queue[Rendered] = asyncio.Queue()

    def key(self, arrival: Arrival) -> str:
        return f"{self.name}:{arrival.brand}:{arrival.external_id}"

    def parse(self, arrival: Arrival) -> InboundMessage:
        try:
            said = json.loads(arrival.raw)
            return InboundMessage(
                channel=self.name,
                brand=arrival.brand,
                external_id=arrival.external_id,
                thread=str(said["chat"]),
                text=str(said["text"]),
                received_at=arrival.received_at,
            )
        except (ValueError, KeyError, TypeError) as error:
            raise BadMessage(f"not a message of this channel: {error}") from error

    def render(self, outgoing: Outgoing, playbook: Playbook) -> Rendered:
        text = chat_text(outgoing.parts, outgoing.language, policy_url=playbook.policy_url)
        return Rendered(recipient=outgoing.recipient, payload=text.encode())

    async def send(self, rendered: Rendered) -> Receipt:
        self.sent.put_nowait(rendered)
        return Receipt(said="shown")


def chat_text(parts: Sequence[Part], language: str, *, policy_url: str = "") -> str:
    """A reply as plain text: each quotation verbatim, below it where it stands, and at the end where the rest is."""
    said = [_one(part, language) for part in parts]
    if policy_url and any(isinstance(part, Quotation) for part in parts):
        said.append(words.phrase("policy_whole", language, link=policy_url))
    return "\n\n".join(said)


def _one(part: Part, language: str) -> str:
    if isinstance(part, Quotation):
        return f"{part.text}\n({words.caption(part, language)})"
    return words.render(part, language)
