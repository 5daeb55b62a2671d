"""A recorded conversation as it was written down: values only.

The same script is played at every depth and on every channel that it names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.channels.meta.events import PLATFORMS
from bot.core.playbook import Mode
from bot.core.tickets import State
from bot.replay.places import Place

DEPTHS = ("core", "road")
#: One for mail, the others chats.
CHANNELS = ("email", "terminal", "webchat", "telegram", "messenger", "instagram", "whatsapp")

#: A Monday morning.
START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
WRITER = "ada@customers.example"
BRAND = "marigold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that must follow."""

    #: A name of `bot.replay.checks`.
    name: str
    value: Any
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """Everything that must follow from one message."""

    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the reader and the policy are taken to have found, at core depth."""

    intents: tuple[str, ...] = ()
    #: Why the reader abstained: "ambiguous", "unsure", "language"; "" it did not.
    doubt: str = ""
    candidates: tuple[str, ...] = ()
    #: "" the brand's first, or none where nothing but digits was written.
    language: str = ""
    #: How details that the shop knows are compared, a name of `bot.core.turn.Match`.
    match: str = "not_tried"
    #: Policy lines that answer, (first, last) for each question; an empty one means that the policy does not say.
    answers: tuple[tuple[tuple[int, int], ...], ...] = ((),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A person writes."""

    place: Place
    text: str = ""
    #: `text` is the label of a button that our newest line in the chat offers.
    pressed: bool = False
    html: str = ""
    subject: str | None = None
    #: A whole mail instead of all that.
    eml: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[str, ...] = ()
    #: "" who wrote before; "nobody": the mail names no writer.
    sender: str = ""
    name: str = ""
    #: "reply" in the thread of our newest mail to the writer, or "new"; in a chat nothing.
    thread: str = "reply"
    #: What the platform of the chat hands on for this person: "deletion", "" nothing.
    platform: str = ""
    #: How long it lay unread before it came to us.
    delayed: timedelta = timedelta(0)
    #: The same text in other languages, by their codes.
    translations: Mapping[str, str] = field(default_factory=dict)
    given: Given = Given()


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMove:
    """Staff move a request."""

    place: Place
    right: str
    to: State
    reason_code: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One step of a talk: time passes, somebody acts, and this must follow."""

    place: Place
    after: timedelta = timedelta(0)
    act: Said | StaffMove | None = None
    expect: Expectation = Expectation()


@dataclass(frozen=True, slots=True, kw_only=True)
class Existing:
    """A request that is there before the conversation begins."""

    place: Place
    right: str
    to: State = State.OPEN
    #: The mailbox that asked for it, "" the writer's.
    sender: str = ""
    #: When it came in; None a day before the conversation.
    received: datetime | None = None
    text: str = "Please."
    reason_code: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One recorded conversation."""

    place: Place
    title: str
    brand: str = BRAND
    #: "" the brand's own, "none" none, or the path of a file.
    policy: str = ""
    channel: str = "email"
    channels: tuple[str, ...] = ("email",)
    depths: tuple[str, ...] = DEPTHS
    mode: Mode = Mode.AUTOMATIC
    modes: Mapping[str, Mode] = field(default_factory=dict)
    has_directory: bool = False
    #: What the shop knows of its customers: "address" and details, a row for each order.
    customers: tuple[Mapping[str, str], ...] = ()
    existing: tuple[Existing, ...] = ()
    #: Who writes, unless a turn says otherwise.
    sender: str = WRITER
    starts: datetime = START
    tags: tuple[str, ...] = ()
    turns: tuple[Turn, ...]

    @property
    def playable_on(self) -> tuple[str, ...]:
        """Every channel that it can be played on: those that it names, and with one chat all the others."""
        chats = CHANNELS[1:] if any(name != "email" for name in self.channels) else ()
        if any(isinstance(turn.act, Said) and turn.act.platform for turn in self.turns):
            return PLATFORMS
        return tuple(dict.fromkeys((*self.channels, *chats)))
