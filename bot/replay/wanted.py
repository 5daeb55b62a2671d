"""Values that an expectation may hold beside plain texts."""

from dataclasses import dataclass

#: Names of sentences that hold for mail and chats alike.
ALIKE = {
    "code_sent": ("code_sent_mail", "code_sent_chat"),
    "code_for": ("code_for_mail", "code_for_chat"),
    "code_lasts": ("code_lasts_hours", "code_lasts_minutes"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedTicket:
    """A request that must be there; what is None may be anything."""

    right: str
    kind: str | None = None
    state: str | None = None
    level: int | None = None
    due: str | None = None
    reference: str | None = None
    claimed: str | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedSuppression:
    purpose: str
    address: str | None = None
