"""What the store takes and gives besides the values of the core; no I/O in here."""

from dataclasses import dataclass
from datetime import datetime
from string import Template

from bot.channels.protocol import Arrival, Outgoing
from bot.errors import OurFault, TheirFault


class ClaimLost(OurFault):
    """Somebody else handles this message by now; nothing was written."""


class LeaseLost(OurFault):
    """Another process does by now what the lease was for; nothing was written."""


class NotAllowed(TheirFault):
    """A change that the states of a request or of a reply do not permit.

    `sentence` with $placeholders is what other languages know it by (`refusals` in the console's words).
    """

    def __init__(self, sentence: str, **values: object) -> None:
        said = {name: str(value) for name, value in values.items()}
        super().__init__(Template(sentence).substitute(said) if said else sentence)
        self.sentence, self.values = sentence, said


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """A message that is to be stored."""

    arrival: Arrival
    #: What makes it the same message when it comes again.
    key: str
    conversation: str
    #: Of a mail, "" where it has none.
    message_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A message is stored."""

    inbox_id: str
    #: False where the same message had been stored before.
    fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to handle one message until the lease ends."""

    inbox_id: str
    #: Fencing: raised with every claim and release; `save` refuses an old one.
    token: int
    arrival: Arrival
    conversation: str
    #: Version of the conversation when the claim was made, 0 where it does not exist yet.
    version: int
    #: How often handling it has failed.
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shunted:
    """A message that could not be handled, kept raw."""

    inbox_id: str
    brand: str
    channel: str
    reason: str
    attempts: int
    received_at: datetime
    failed_at: datetime
    #: Bytes of the raw message.
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """One outgoing message that is now being sent by whoever claimed it."""

    outgoing: Outgoing
    #: Of a code: its digits are made of it; "" otherwise.
    nonce: str
    #: For checking the mode again.
    intents: frozenset[str]
    #: How often it has been tried before.
    attempts: int
    #: Staff have let it go: the mode does not hold it back.
    approved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Of the messages that are due, those that are asked for; all of them where nothing is said."""

    #: Those of this channel.
    channel: str = ""
    #: Those of none of these channels.
    not_by: tuple[str, ...] = ()
    #: The one of this id.
    only: str = ""


EVERY = Which()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPolicy:
    """One imported version of a brand's policy."""

    brand: str
    sha256: str
    name: str
    raw: bytes
    imported_at: datetime
    in_force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedLines:
    """Lines of a policy that an open request leans on: they were quoted in its talk."""

    reference: str
    sha256: str
    first_line: int
    last_line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentTopic:
    """A topic that people ask about and a policy does not touch."""

    #: "" for what no topic of the catalogue names.
    topic: str
    times: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLease:
    """What this process alone does, until its lease ends."""

    name: str
    #: Fencing: raised whenever the lease changes hands.
    token: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far one folder of one account has been read."""

    uidvalidity: int
    last_uid: int
