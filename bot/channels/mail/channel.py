"""Mail as a channel: bytes to a message, our words to bytes, and off they go."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from bot.channels.mail.addresses import without_tag
from bot.channels.mail.dedupe import content_key
from bot.channels.mail.parsing_child import ParsingChild
from bot.channels.mail.rendering import render_mail
from bot.channels.mail.sending_rules import why_never_to
from bot.channels.mail.signatures import OwnKey, signed
from bot.channels.mail.smtp_out import Submission, submit
from bot.channels.mail.understanding import Ourselves, understand
from bot.channels.protocol import Arrival, Outgoing, Receipt, Rendered
from bot.core.messages import Bounce, InboundMessage
from bot.core.playbook import Playbook
from bot.errors import BadMessage, Refused
from bot.keys import Keys

#: Octets of a local part (RFC 5321 section 4.5.3.1.1).
_LONGEST_LOCAL = 64


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
    #: Addresses and domains of the shop's own people.
    colleagues: frozenset[str] = frozenset()
    #: Bounces come back to a mailbox with a tag that names the mail.
    verp: bool = True
    keys: Keys = field(repr=False)
    submission: Submission
    #: Signs our mail, where no server on its way does.
    own_key: OwnKey | None = field(default=None, repr=False)
    #: Puts a copy of a sent mail where the brand's people look for it; must not fail.
    keep_copy: Callable[[str, bytes], Awaitable[None]] | None = field(default=None, repr=False)
    #: Parses in a process that can be killed; without one, parsing happens in this process.
    child: ParsingChild | None = None
    name: str = "email"

    def key(self, arrival: Arrival) -> str:
        """The brand and the content: one mail in two mailboxes of a brand is one message."""
        return f"{arrival.brand}:{content_key(arrival.raw)}"

    @property
    def ourselves(self) -> Ourselves:
        """By what a mail is seen to be our own, or of our own people."""
        return Ourselves.of(
            [*self.addresses.values(), *self.aliases],
            host=self.host,
            authserv_id=self.authserv_id,
            colleagues=self.colleagues,
        )

    def parse(self, arrival: Arrival) -> InboundMessage:
        """Understand a mail; raises `BadMessage` with the reason."""
        ourselves = self.ourselves
        message = self.child.parse(arrival, ourselves) if self.child else understand(arrival, ourselves)
        return replace(message, bounce=self._linked(message.bounce)) if message.bounce else message

    def render(self, outgoing: Outgoing, playbook: Playbook) -> Rendered:
        """Text and HTML in the shop's name; raises `Refused` for what could break out of a header."""
        loop_mark = self.keys.digest("loop header", outgoing.message_id)
        try:
            payload = render_mail(outgoing, playbook, sender=self.addresses[outgoing.brand], loop_mark=loop_mark)
        except BadMessage as fault:
            raise Refused(str(fault)) from fault
        if self.own_key is not None:
            payload = signed(payload, self.own_key, domain=self.addresses[outgoing.brand].rpartition("@")[2])
        copy_for = outgoing.brand if outgoing.kind == "reply" else ""
        return Rendered(
            recipient=outgoing.recipient, payload=payload, sender=self._return_path(outgoing.id), copy_for=copy_for
        )

    async def send(self, rendered: Rendered) -> Receipt:
        """Submit it; raises `NotNow`, `Refused` or `Uncertain`."""
        said = await submit(self.submission, rendered.recipient, rendered.payload, sender=rendered.sender)
        if rendered.copy_for and self.keep_copy is not None:
            await self.keep_copy(rendered.copy_for, rendered.payload)
        return Receipt(said=said)

    def barred(self, address: str) -> str:
        """The row that forbids mail of ours to `address` whoever wrote it: our own, or one that nobody reads."""
        return why_never_to(address, frozenset(map(without_tag, (*self.addresses.values(), *self.aliases))))

    def _return_path(self, outbox_id: str) -> str:
        """The envelope sender: with a tag of this very mail, where there is a mailbox and room for it."""
        local, at, domain = self.submission.envelope_sender.rpartition("@")
        tagged = f"{local}+{self.keys.return_tag(outbox_id)}"
        return f"{tagged}@{domain}" if self.verp and at and len(tagged) <= _LONGEST_LOCAL else local + at + domain

    def _linked(self, bounce: Bounce) -> Bounce:
        """With the row that our own signature names: by the mailbox that it came to, or by the Message-ID it cites."""
        named = self.keys.read_message_id(bounce.original_message_id)
        outbox_id = self.keys.read_return_tag(bounce.tag) or (named.outbox_id if named else "")
        return replace(bounce, outbox_id=outbox_id)
