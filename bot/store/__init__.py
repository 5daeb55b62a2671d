"""The database: what came in, what is remembered, what goes out, and who did what."""

from bot.store.acts import Act, ByHand
from bot.store.letters import Letter, Posted
from bot.store.rows import Handled, MessageRow, OutgoingRow, Overview, RequestDetail, RequestRow, StaffRow
from bot.store.saved import Decided
from bot.store.store import Store
from bot.store.sweeping import Telling
from bot.store.values import (
    Accepted,
    CitedLines,
    Claim,
    ClaimLost,
    Cursor,
    HeldLease,
    LeaseLost,
    New,
    NotAllowed,
    Queued,
    Shunted,
    SilentTopic,
    StoredPolicy,
    Which,
)

__all__ = [
    "Accepted",
    "Act",
    "ByHand",
    "CitedLines",
    "Claim",
    "ClaimLost",
    "Cursor",
    "Decided",
    "Handled",
    "HeldLease",
    "LeaseLost",
    "Letter",
    "MessageRow",
    "New",
    "NotAllowed",
    "OutgoingRow",
    "Overview",
    "Posted",
    "Queued",
    "RequestDetail",
    "RequestRow",
    "Shunted",
    "SilentTopic",
    "StaffRow",
    "Store",
    "StoredPolicy",
    "Telling",
    "Which",
]
