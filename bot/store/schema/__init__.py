"""The tables, and the laws that the database itself keeps."""

from bot.store.schema.base import Table
from bot.store.schema.desk import (
    ApiKey,
    Clerk,
    ClerkRole,
    ClerkSession,
    Correction,
    Joined,
    Presence,
    Proposal,
    SavedView,
    SignInFailure,
    StaffAct,
    Viewing,
)
from bot.store.schema.lasting import Anchor, AnchoredHead, Event, EventDelivery, Package, PackageItem
from bot.store.schema.leases import Lease, Milestone, Turn
from bot.store.schema.proving import Link, Tried
from bot.store.schema.records import Audit, Mailbox, Policy, Silence
from bot.store.schema.requests import Deadline, Note, Notice, Request, Suppression, Verification
from bot.store.schema.talks import Conversation, Inbox, Mute, Outbox, StaffItem

__all__ = [
    "Anchor",
    "AnchoredHead",
    "ApiKey",
    "Audit",
    "Clerk",
    "ClerkRole",
    "ClerkSession",
    "Conversation",
    "Correction",
    "Deadline",
    "Event",
    "EventDelivery",
    "Inbox",
    "Joined",
    "Lease",
    "Link",
    "Mailbox",
    "Milestone",
    "Mute",
    "Note",
    "Notice",
    "Outbox",
    "Package",
    "PackageItem",
    "Policy",
    "Presence",
    "Proposal",
    "Request",
    "SavedView",
    "SignInFailure",
    "Silence",
    "StaffAct",
    "StaffItem",
    "Suppression",
    "Table",
    "Tried",
    "Turn",
    "Verification",
    "Viewing",
]
