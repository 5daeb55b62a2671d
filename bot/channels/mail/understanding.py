"""From the bytes of one mail to the message that the core knows: pure, and the same in this process or in a child."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.channels.mail.addresses import without_tag
from bot.channels.mail.authentication import is_authenticated
from bot.channels.mail.bounces import bounce_of
from bot.channels.mail.dedupe import content_key
from bot.channels.mail.reading import read_mail
from bot.channels.mail.sending_rules import Case, mail_from_of, why_silent
from bot.channels.protocol import Arrival
from bot.core.messages import InboundMessage

#: Where the envelope says which domain the mail's own signature has proved.
PROVED = "dmarc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ourselves:
    """By what a mail can be seen to be our own, or vouched for by our own server."""

    #: Lower case, without +tag.
    addresses: frozenset[str]
    #: The host of our own Message-IDs.
    host: str
    #: The name under which our own mail server writes Authentication-Results, "" where it writes none.
    authserv_id: str = ""

    @classmethod
    def of(cls, addresses: Iterable[str], *, host: str, authserv_id: str) -> "Ourselves":
        return cls(addresses=frozenset(map(without_tag, addresses)), host=host, authserv_id=authserv_id)


def understand(arrival: Arrival, ourselves: Ourselves) -> InboundMessage:
    """Read, judge and name one mail; raises `BadMessage` with the reason."""
    mail = read_mail(arrival.raw)
    address = mail.writer.address
    case = Case(
        mail=mail,
        mail_from=mail_from_of(mail.headers, arrival.envelope),
        ours=ourselves.addresses,
        host=ourselves.host,
    )
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
        authenticated=is_authenticated(mail.headers, address, ourselves.authserv_id)
        or _is_proved(arrival.envelope, address),
        two_faced=mail.body.differs,
        silence=why_silent(case),
        bounce=bounce_of(mail),
        attachments=mail.body.attachments,
    )


def _is_proved(envelope: Mapping[str, str], address: str) -> bool:
    """The mail's own signature proved the domain when it came in."""
    return bool(address) and envelope.get(PROVED) == address.rpartition("@")[2]
