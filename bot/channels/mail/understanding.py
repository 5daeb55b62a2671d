"""From the bytes of one mail to the message that the core knows: pure, and the same in this process or in a child."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.channels.mail.addresses import mailboxes_in, without_tag
from bot.channels.mail.authentication import is_authenticated
from bot.channels.mail.bounces import bounce_of
from bot.channels.mail.dedupe import content_key
from bot.channels.mail.forwarded import forwarded_of
from bot.channels.mail.headers import Headers
from bot.channels.mail.reading import read_mail
from bot.channels.mail.sending_rules import Case, mail_from_of, why_silent
from bot.channels.protocol import Arrival
from bot.core.messages import InboundMessage

#: Where the envelope says which domain the mail's own signature has proved.
PROVED = "dmarc"
#: The envelope holds it where the mail lay in the shop's own Sent folder.
SENT_FOLDER = "sent_folder"

_DELIVERED_TO = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ourselves:
    """By what a mail can be seen to be our own, of our own people, or vouched for by our own server."""

    #: Lower case, without +tag.
    addresses: frozenset[str]
    #: The host of our own Message-IDs.
    host: str
    #: The name under which our own mail server writes Authentication-Results, "" where it writes none.
    authserv_id: str = ""
    #: Addresses and domains of the shop's own people, in lower case.
    colleagues: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, addresses: Iterable[str], *, host: str, authserv_id: str, colleagues: Iterable[str] = ()
    ) -> "Ourselves":
        return cls(
            addresses=frozenset(map(without_tag, addresses)),
            host=host,
            authserv_id=authserv_id,
            colleagues=frozenset(name.lower() for name in colleagues),
        )


def understand(arrival: Arrival, ourselves: Ourselves) -> InboundMessage:
    """Read, judge and name one mail; raises `BadMessage` with the reason."""
    mail = read_mail(arrival.raw)
    address = mail.writer.address
    authenticated = is_authenticated(mail.headers, address, ourselves.authserv_id)
    authenticated = authenticated or _is_proved(arrival.envelope, address)
    by_colleague = _by_colleague(arrival.envelope, address if authenticated else "", ourselves)
    case = Case(
        mail=mail,
        mail_from=mail_from_of(mail.headers, arrival.envelope),
        ours=ourselves.addresses,
        host=ourselves.host,
    )
    silence = why_silent(case)
    return InboundMessage(
        channel=arrival.channel,
        brand=arrival.brand,
        external_id=arrival.external_id,
        thread=mail.thread or content_key(arrival.raw),
        sender=mail.writer.name,
        address=address,
        subject=mail.subject,
        text=mail.text,
        received_at=arrival.received_at,
        message_id=mail.message_id,
        references=mail.references,
        authenticated=authenticated,
        two_faced=mail.body.differs,
        recipients=mailboxes_in(", ".join((*mail.headers.all("to"), *mail.headers.all("cc")))),
        by_colleague=by_colleague,
        forwarded=forwarded_of(mail) if by_colleague else None,
        silence=silence,
        bounce=bounce_of(mail, sent_to=_sent_to(mail.headers, arrival.envelope), silence=silence),
        attachments=mail.body.attachments,
    )


def _by_colleague(envelope: Mapping[str, str], proved: str, ourselves: Ourselves) -> str:
    """How the writer is known to be one of the shop's own people; a From line that nothing proves says nothing."""
    if SENT_FOLDER in envelope:
        return "sent_folder"
    proved = proved.lower()
    known = proved and not ourselves.colleagues.isdisjoint((proved, proved.rpartition("@")[2]))
    return "own_domain" if known else ""


def _sent_to(headers: Headers, envelope: Mapping[str, str]) -> tuple[str, ...]:
    """The mailboxes that it was delivered to, as far as anybody has written them down."""
    named = [value for name in _DELIVERED_TO for value in headers.all(name)[:20]]
    return mailboxes_in(", ".join((envelope.get("rcpt_to", ""), *named)))


def _is_proved(envelope: Mapping[str, str], address: str) -> bool:
    """The mail's own signature proved the domain when it came in."""
    return bool(address) and envelope.get(PROVED) == address.rpartition("@")[2]
