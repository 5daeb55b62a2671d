"""What may follow from a message: a closed union, carried out by the store and the outbox and nobody else."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.core.tickets import Request, State, Verification


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A fixed sentence of `bot/words`, by its key, with values that are never message text."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotation:
    """Policy bytes: `text` equals a span of the stored text of the policy that `policy_sha256` names."""

    text: str
    section: str
    first_line: int
    last_line: int
    policy_sha256: str
    #: The date that the policy gives itself, in its own words, "" where it gives none.
    policy_date: str = ""


Part = Line | Quotation


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Say something in the conversation."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendCode:
    """Mail a code to `address`, as a new mail of its own."""

    address: str
    #: The digits are made of it with a key when the mail leaves, for the line "the_code"; they are kept nowhere.
    nonce: str
    parts: tuple[Part, ...]
    #: The requests that the code will prove.
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRequest:
    """Put a new request on the staff's list."""

    request: Request
    #: The mailbox that the request names; a claim unless `verification` says otherwise.
    claimed_address: str
    #: Present exactly when the request starts `open`.
    verification: Verification | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendRequest:
    """Change a request of this conversation, or add this message to it (`to` None)."""

    reference: str
    to: State | None = None
    verification: Verification | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppress:
    """No more marketing to `address`; at once, without proof."""

    address: str
    #: "marketing" or "sale".
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """The owner of `address` takes their opt-out back."""

    address: str
    #: "marketing" or "sale".
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteBounce:
    """A mail of ours came back; for good, and its mailbox gets no more automatic mail (RELIABILITY L17)."""

    outbox_id: str
    permanent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSilence:
    """The policy did not say: counted for the shop, as a to-do list for its policy; nothing of the person is kept."""

    #: Topics of the policy catalogue, "" for what no topic names.
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandToStaff:
    """A person must look at this message."""

    #: Key of a closed list of reasons, e.g. "asked_for_a_human".
    reason: str
    urgent: bool = False
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChat:
    """This chat belongs to a mailbox from now on: the code that came out of the mailbox was typed here."""

    verification: Verification


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlinkChat:
    """This chat belongs to no mailbox any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """What was said in this chat is erased, on both sides; requests under way keep what they need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveUntouched:
    """Ordinary mail: no reply, no flag, no move, no ticket, and nothing of it is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """A robot wrote it: nothing follows."""

    #: The row of the sending rules, e.g. "L01".
    rule: str


Effect = (
    Reply
    | SendCode
    | OpenRequest
    | AmendRequest
    | Suppress
    | Resume
    | NoteBounce
    | NoteSilence
    | HandToStaff
    | LinkChat
    | UnlinkChat
    | Forget
    | LeaveUntouched
    | Drop
)
