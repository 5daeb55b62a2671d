"""What the bot remembers of one talk with one person on one channel.

A conversation is a value: `decide` returns the next one, the store keeps it. Its proof belongs to it alone.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.core.tickets import Request, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Unproved:
    """Nobody has proved anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingForCode:
    """A code is under way to `address`; typed back here, it proves control of that mailbox."""

    #: Keyed digest of (conversation, code); the digits themselves are kept nowhere.
    digest: str
    address: str
    expires_at: datetime
    wrong_tries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """Control of `address` was proved in this conversation."""

    level: int
    method: str
    address: str
    at: datetime
    until: datetime


Proof = Unproved | WaitingForCode | Proved


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """The state of one talk."""

    id: str
    brand: str
    channel: str
    #: The mailbox that codes and replies go to: the From address, or the one typed in a chat; "" unknown.
    address: str = ""
    #: ISO 639-1 code of the person's language, "" before it is known.
    language: str = ""
    proof: Proof = Unproved()
    #: Every request made in this talk, oldest first.
    requests: tuple[Request, ...] = ()
    #: Rights named in a chat before an address was typed, with their kinds ("access/transfers"); requests are made of
    #: them when it is.
    wanted: tuple[str, ...] = ()
    #: Intents that the bot asked to choose from ("A or B?"), empty when it asked nothing.
    asked: tuple[str, ...] = ()
    #: The first line (automated assistant, what is stored) was said.
    greeted: bool = False
    #: Since when a person of the shop answers here, and the bot is silent; None while it speaks.
    taken_over_at: datetime | None = None
    #: A chat: the mailbox that was proved in it and that it belongs to; "" for none.
    linked: str = ""
    #: The topic of the last question that the policy was asked here, for "and for how long?"; "" for none.
    asked_about: str = ""

    def awaiting(self, address: str) -> tuple[Request, ...]:
        """The requests made for `address` that still lack proof; late proof revives what expired without it."""
        unproved = (State.AWAITING_VERIFICATION, State.EXPIRED)
        return tuple(r for r in self.requests if r.state in unproved and r.address == address)
