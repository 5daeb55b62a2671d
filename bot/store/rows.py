"""What people are shown: rows for the command line, the status page and the console."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core.clocks import Deadline
from bot.core.tickets import FINAL_STATES, State, Verification
from bot.store.audit import AuditRow


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """A request as a list shows it."""

    reference: str
    brand: str
    right: str
    state: State
    level: int
    received_at: datetime
    #: The strictest clock of the answer, None where none runs.
    due_at: datetime | None
    #: Its last day in the brand's time zone, "" where none runs.
    due_on: str
    #: The mailbox that the request names: a claim.
    claimed_address: str
    #: The proved mailbox, "" before it is proved.
    subject: str
    taken_by: str
    conversation: str
    #: What the law or a policy calls it more closely, "" where nothing does.
    kind: str = ""
    #: Since when its clock stands still, None while it runs.
    held_at: datetime | None = None

    @property
    def is_closed(self) -> bool:
        return self.state in FINAL_STATES


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """What became of one message."""

    inbox_id: str
    received_at: datetime | None
    state: str
    outcome: str
    intents: tuple[str, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingRow:
    """What became of one message of ours."""

    outbox_id: str
    kind: str
    state: str
    channel: str
    recipient: str
    reason: str
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRow:
    """Something that a person must look at."""

    item_id: str
    brand: str
    reason: str
    urgent: bool
    #: The request that it is about, "" where none.
    reference: str
    inbox_id: str
    conversation: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRow:
    """What a clerk wrote down about a request."""

    at: datetime
    written_by: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDetail:
    """Everything about one request."""

    request: RequestRow
    deadlines: tuple[Deadline, ...]
    verification: Verification | None
    denial_reason: str
    denial_words: str
    #: The messages of its conversation, and ours, oldest first.
    messages: tuple[MessageRow, ...]
    outgoing: tuple[OutgoingRow, ...]
    audit: tuple[AuditRow, ...]
    notes: tuple[NoteRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """What followed from one message."""

    message: MessageRow
    #: The requests that it made, as they stand now.
    requests: tuple[RequestRow, ...]
    outgoing: tuple[OutgoingRow, ...]
    staff_items: tuple[StaffRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Counts for the status page; no person in it."""

    #: Handled messages by outcome.
    messages: Mapping[str, int]
    #: Requests by state.
    requests: Mapping[str, int]
    #: Outgoing messages by state.
    outgoing: Mapping[str, int]
    #: Open items.
    staff_items: int
    shunted: int
    #: Messages that wait to be handled, and since when the oldest does.
    unhandled: int
    oldest_unhandled: datetime | None
    #: Messages of ours that are queued or being sent.
    undelivered: int
