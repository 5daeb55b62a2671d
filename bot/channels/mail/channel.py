"""Mail as a channel: bytes to a message, our words to bytes, and off they go."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.channels.mail.addresses import without_tag
from bot.channels.mail.authentication import is_authenticated
from bot.channels.mail.bounces import bounce_of
from bot.channels.mail.dedupe import content_key
from bot.channels.mail.reading import read_mail
from bot.channels.mail.rendering import render_mail
from bot.channels.mail.sending_rules import Case, mail_from_of, why_silent
from bot.channels.mail.smtp_out import Submission, submit
from bot.channels.protocol import Arrival, Outgoing, Receipt, Rendered
from bot.core.messages import InboundMessage
from bot.core.playbook import Playbook
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
    name: str = "email"

    def key(self, arrival: Arrival) -> str:
        """The brand and the content: one mail in two mailboxes of a brand is one message."""
        return f"{arrival.brand}:{content_key(arrival.raw)}"

    def parse(self, arrival: Arrival) -> InboundMessage:
        """Understand a mail; raises `BadMessage` with the reason."""
        mail = read_mail(arrival.raw)
        case = Case(
            mail=mail, mail_from=mail_from_of(mail.headers, arrival.envelope), ours=self._ours(), host=self.host
        )
        address = mail.writer.address
        return InboundMessage(
            channel=self.name,
            brand=arrival.brand,
            external_id=arrival.external_id,
            thread=mail.thread or self.key(arrival),
            sender=mail.writer.name,
            address=address,
            subject=mail.subject,
            text=mail.text,
            received_at=arrival.received_at,
            message_id=mail.message_id,
            references=mail.references,
            authenticated=is_authenticated(mail.headers, address, self.authserv_id),
            silence=why_silent(case),
            bounce=bounce_of(mail),
            attachments=mail.body.attachments,
        )

    def render(self, outgoing: Outgoing, playbook: Playbook) -> Rendered:
        """Text and HTML in the shop's name; raises `BadMessage` for what could break out of a header."""
        loop_mark = self.keys.digest("loop header", outgoing.message_id)
        payload = render_mail(outgoing, playbook, sender=self.addresses[outgoing.brand], loop_mark=loop_mark)
        return Rendered(recipient=outgoing.recipient, payload=payload)

    async def send(self, rendered: Rendered) -> Receipt:
        """Submit it; raises `NotNow`, `Refused` or `Uncertain`."""
        return Receipt(said=await submit(self.submission, rendered.recipient, rendered.payload))

    def _ours(self) -> frozenset[str]:
        return frozenset(map(without_tag, (*self.addresses.values(), *self.aliases)))
