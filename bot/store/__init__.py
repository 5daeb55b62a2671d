"""The database: what came in, what is remembered, what goes out, and who did what."""

from bot.store.rows import Handled, MessageRow, OutgoingRow, Overview, RequestDetail, RequestRow, StaffRow
from bot.store.store import Store
from bot.store.values import Accepted, Claim, ClaimLost, Cursor, NotAllowed, Queued, Shunted, StoredPolicy

__all__ = [
    "Accepted",
    "Claim",
    "ClaimLost",
    "Cursor",
    "Handled",
    "MessageRow",
    "NotAllowed",
    "OutgoingRow",
    "Overview",
    "Queued",
    "RequestDetail",
    "RequestRow",
    "Shunted",
    "StaffRow",
    "Store",
    "StoredPolicy",
]
