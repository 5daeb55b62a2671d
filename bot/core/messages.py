"""What arrives: one message, as its channel parsed it.

Everything in it is a claim of whoever wrote it, except `received_at` and `authentication`, which are ours.
"""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Why no automatic reply may follow (a row L01-L24 of the sending rules)."""

    #: The row, e.g. "L01".
    rule: str
    #: One clause for staff, e.g. "Auto-Submitted: auto-replied".
    reason: str
    #: Nobody wrote it (auto-reply, bounce, our own mail): it is not even read.
    robot: bool = True

    @property
    def is_our_own_address(self) -> bool:
        """It came from an address of the shop's."""
        return self.rule == "L08"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """A delivery report about a mail of ours."""

    #: Message-ID of the mail that it speaks of, "" where the report does not say.
    original_message_id: str
    recipient: str
    #: True: failed for good (5.x.x); False: delayed or unknown.
    permanent: bool
    #: What stood behind the plus of the mailbox that it came to, "" for nothing like ours.
    tag: str = ""
    #: The message of ours that our own signature names, "" where nothing proves that it was ours.
    outbox_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarded:
    """Somebody else's mail that was handed on inside a message: the word of whoever handed it on."""

    #: The mailbox that it names as its writer's, "" where none or ambiguous.
    address: str
    subject: str
    #: Only what its writer wrote.
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMessage:
    """One message of one person on one channel."""

    #: "email", or the name of a chat channel.
    channel: str
    brand: str
    #: The channel's own id, unique within channel and account; "" where it has none.
    external_id: str = ""
    #: Key of the talk on the channel: chat id; for mail the first Message-ID of the thread.
    thread: str = ""
    #: Display name as claimed; decoration, never identity.
    sender: str = ""
    #: The mailbox that the message names as its writer's, "" where none or ambiguous. A claim.
    address: str = ""
    subject: str = ""
    #: Only what the writer wrote now: no quotes, no history, no signature.
    text: str = ""
    #: Chat: what their app or page speaks, ISO 639-1; "" where nobody says. Their own words count before it.
    language: str = ""
    #: UTC; the earlier of the server's date and our first sight, never the `Date` header.
    received_at: datetime
    message_id: str = ""
    #: Message-IDs that it answers, newest first (In-Reply-To, then References backwards).
    references: tuple[str, ...] = ()
    #: The address is authenticated by our own mail server or by us (aligned DMARC pass).
    authenticated: bool = False
    #: The mail says one thing as text and another as HTML (T41): whichever was read, a person must look.
    two_faced: bool = False
    #: It held the number of a payment card, which is hidden in all that is kept of it.
    cards_hidden: bool = False
    #: The mailboxes in To and Cc.
    recipients: tuple[str, ...] = ()
    #: How it is known to be by one of the shop's own people: "sent_folder", "own_domain" (authenticated), "" not.
    by_colleague: str = ""
    forwarded: Forwarded | None = None
    silence: Silence | None = None
    bounce: Bounce | None = None
    #: What the platform of a chat hands on for one of its users, whom it vouches for: "deletion", "" for nothing.
    platform_asks_for: str = ""
    #: Names of attachments; their contents are never opened.
    attachments: tuple[str, ...] = field(default=())

    @property
    def is_from_a_colleague(self) -> bool:
        """One of the shop's own people typed it, and no program of theirs."""
        silence = self.silence
        typed = silence is None or not silence.robot or silence.is_our_own_address
        return bool(self.by_colleague) and typed

    @property
    def is_chat(self) -> bool:
        return self.channel != "email"
