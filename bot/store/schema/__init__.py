"""The tables, and the laws that the database itself keeps."""

from bot.store.schema.base import Table
from bot.store.schema.records import Audit, Mailbox, Policy
from bot.store.schema.requests import Deadline, Note, Notice, Request, Suppression, Verification
from bot.store.schema.talks import Conversation, Inbox, Outbox, StaffItem

__all__ = [
    "Audit",
    "Conversation",
    "Deadline",
    "Inbox",
    "Mailbox",
    "Note",
    "Notice",
    "Outbox",
    "Policy",
    "Request",
    "StaffItem",
    "Suppression",
    "Table",
    "Verification",
]
