"""Everything that `decide` is given about one message, all of it made before it is asked; and what it returns."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto

from bot.core.conversation import Conversation
from bot.core.effects import Effect, LeaveUntouched
from bot.core.messages import InboundMessage
from intents.reading import Reading
from policy_faq import PolicyAnswer

#: A message that waited longer than this gets no automatic answer but a person (RELIABILITY, downtime of days).
STALE = timedelta(hours=72)


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshCode:
    """A code that may be sent in this turn."""

    #: Random; the digits are made of it with a key when the mail leaves.
    nonce: str
    #: Keyed digest of (conversation, digits).
    digest: str


class Match(Enum):
    """How the details that somebody has given compare with what the shop knows."""

    #: None were given, or none asked for.
    NOT_TRIED = auto()
    #: Too few of them: they were not compared.
    INCOMPLETE = auto()
    MATCHED = auto()
    #: Which one is wrong, or whether the mailbox is known at all, is told to nobody.
    FAILED = auto()
    #: There were too many tries before: they were not compared.
    SPENT = auto()
    #: The directory did not answer.
    UNAVAILABLE = auto()
    #: The proof of the mailbox has run out meanwhile.
    TOO_LATE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Whose newsletter a mail program unsubscribes from."""

    address: str
    #: "marketing" or "sale", and the right that it is.
    purpose: str
    right: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How much of one chat is kept."""

    messages: int
    replies: int
    #: The day of the first, ISO 8601.
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message with all that is known about it."""

    message: InboundMessage
    #: Empty where it was not read: a robot wrote it.
    reading: Reading
    #: One for each question found, in the order of the text.
    answers: tuple[PolicyAnswer, ...] = ()
    #: What the policy says of chats that are kept, where this message begins one; None where it says nothing.
    kept_of_chats: PolicyAnswer | None = None
    #: Digests of the six-digit numbers that the writer typed, bound to this conversation; at most three.
    typed_codes: tuple[str, ...] = ()
    #: The text above a code mail of ours that is quoted without a mark; "" where that is all of it, or nobody looked.
    own_words: str = ""
    #: It names a mail of ours that was sent to somebody else's mailbox.
    answers_anothers_mail: bool = False
    #: Wrong codes were typed for that mailbox so often today that none was looked at.
    codes_are_spent: bool = False
    #: They came in a mail that nothing shows to be its owner's, of which enough have failed: in an answer to the code
    #: mail one would be looked at.
    codes_are_strays: bool = False
    #: References that a code mail of ours named, where this mail answers it, signed, from an authenticated mailbox.
    answers_code_for: tuple[str, ...] = ()
    #: It answers a mail of ours in this talk, which its mailbox alone has got.
    answers_our_mail: bool = False
    match: Match = Match.NOT_TRIED
    #: Tries at a match that are left to the mailbox today.
    match_tries_left: int = 0
    #: An address that the writer typed, "" where none or several: only asked for in chats.
    typed_address: str = ""
    fresh_code: FreshCode
    #: Unguessable references for requests that may be opened, as many as there are rights.
    fresh_references: tuple[str, ...] = ()
    #: The sealed word of a newsletter's own address, in the subject.
    listed: Listed | None = None
    #: Looked up only where the message is a command that asks for it.
    held: Held | None = None
    #: Codes sent in the last hour to the address that a code would go to.
    codes_last_hour: int = 0
    #: Kinds of requests that this mailbox has made in this calendar year, e.g. "shine_the_light".
    kinds_this_year: frozenset[str] = frozenset()
    now: datetime

    @property
    def unanswerable(self) -> str:
        """Why nothing may be sent for this message, a reason for staff; "" where it may be answered."""
        if self.message.silence is not None:
            return "may_not_be_answered"
        if not self.message.is_chat and not self.message.address:
            return "no_clear_sender"
        if self.message.two_faced:
            return "text_and_html_differ"
        return "came_in_late" if self.now - self.message.received_at > STALE else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What follows from one message."""

    conversation: Conversation
    effects: tuple[Effect, ...]
    #: Names of the rules that spoke, in order; shown to staff and kept in the audit.
    rules: tuple[str, ...]
    #: Intents that were acted on or answered, for the mode of what is sent.
    intents: frozenset[str] = frozenset()
    #: What was read, for the record.
    reading: Reading = field(default_factory=Reading)

    #: The message told what only its writer and the shop know: its text is not kept.
    confidential: bool = False

    @property
    def untouched(self) -> bool:
        """Nothing of ours: the message stays exactly as it was and nothing of it is kept."""
        return self.effects == (LeaveUntouched(),)
