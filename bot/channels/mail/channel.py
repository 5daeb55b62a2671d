"""Mail as a channel: bytes to a message, our words to bytes, and off they go."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.channels.mail.dedupe import content_key
from bot.channels.mail.parsing_child import ParsingChild
from bot.channels.mail.rendering import render_mail
from bot.channels.mail.smtp_out import Submission, submit
from bot.channels.mail.understanding import Ourselves, understand
from bot.channels.protocol import Arrival, Outgoing, Receipt, Rendered
from bot.core.messages import InboundMessage
from bot.core.playbook import Playbook
from bot.errors import BadMessage, Refused
from bot.keys import Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class MailChannel:
    """Protocol `Channel` for mail."""

    #: Brand -> the address that its mails come from.
    addresses: Mapping[str, str]
    #: Every further address that is ours (aliases, the VERP mailbox).
    aliases: frozenset[str] = frozenset()
    #: The host of our own Message-IDs.
    host: str
    #: The name under which our own mail server writes Authentication-Results, "" where it writes none.
    authserv_id: str = ""
    keys: Keys = field(repr=False)
    submission: Submission
    #: Parses in a process that can be killed; without one, parsing happens in this process.
    child: ParsingChild | None = None
    name: str = "email"

    def key(self, arrival: Arrival) -> str:
        """The brand and the content: one mail in two mailboxes of a brand is one message."""
        return f"{arrival.brand}:{content_key(arrival.raw)}"

    def parse(self, arrival: Arrival) -> InboundMessage:
        """Understand a mail; raises `BadMessage` with the reason."""
        ourselves = Ourselves.of(
            [*self.addresses.values(), *self.aliases], host=self.host, authserv_id=self.authserv_id
        )
        if self.child is not None:
            return self.child.parse(arrival, ourselves)
        return understand(arrival, ourselves)

    def render(self, outgoing: Outgoing, playbook: Playbook) -> Rendered:
        """Text and HTML in the shop's name; raises `Refused` for what could break out of a header."""
        loop_mark = self.keys.digest("loop header", outgoing.message_id)
        try:
            payload = render_mail(outgoing, playbook, sender=self.addresses[outgoing.brand], loop_mark=loop_mark)
        except BadMessage as fault:
            raise Refused(str(fault)) from fault
        return Rendered(recipient=outgoing.recipient, payload=payload)

    async def send(self, rendered: Rendered) -> Receipt:
        """Submit it; raises `NotNow`, `Refused` or `Uncertain`."""
        return Receipt(said=await submit(self.submission, rendered.recipient, rendered.payload))
