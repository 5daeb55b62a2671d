"""All that a brand's operator may choose, as `decide` is given it.

A playbook is made once per brand from the brand's file, the intent catalogue, the clock tables and the settings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from bot.core.clocks import Clock
from bot.core.phrases import Phrases
from bot.core.tickets import LEVELS


class Mode(StrEnum):
    """How much the bot does by itself."""

    #: Decides and records, sends nothing.
    SHADOW = "shadow"
    #: Puts each reply before staff.
    APPROVE = "approve"
    #: Sends.
    AUTOMATIC = "automatic"


#: From the most careful to the least.
CAREFUL_FIRST = (Mode.SHADOW, Mode.APPROVE, Mode.AUTOMATIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    """One brand's rules of the house."""

    brand: str
    #: The shop's name as customers know it.
    shop: str
    #: How to reach a person there, for the footer; "" where the operator has said nothing.
    contact: str = ""
    #: Languages of `bot/words`; the first is spoken where the writer's is unknown.
    languages: tuple[str, ...] = ("en",)
    #: IANA name; deadlines end at midnight there.
    time_zone: str = "UTC"
    #: Intent -> "answer" | "request" | "opt_out" | "urgent" | "status" | "human".
    handling: Mapping[str, str] = field(default_factory=dict)
    #: Mode of every intent that `modes` does not name.
    mode: Mode = Mode.SHADOW
    modes: Mapping[str, Mode] = field(default_factory=dict)
    #: Right -> the acts of staff for which a second person must give leave.
    four_eyes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    clocks: tuple[Clock, ...] = ()
    #: How people say what no intent names.
    phrases: Phrases
    #: The authority that its policy names for complaints, "" where it names none or none that has a name.
    regulator: str = ""
    #: A customer directory can match order numbers and the like.
    has_directory: bool = False
    #: The details that it knows (`bot.core.proving.POINTS`), in the order in which they are asked for.
    points: tuple[str, ...] = ("order_number", "postcode")
    #: Where customers reach our pages, "" where they cannot: then no mail names a page.
    public_url: str = ""
    #: Where the shop shows its policy, named below what is quoted from it; "" where the operator has said nothing.
    policy_url: str = ""
    code_valid_in_mail: timedelta = timedelta(hours=24)
    code_valid_in_chat: timedelta = timedelta(minutes=10)
    #: How long a proof carries further requests of the same conversation.
    proof_valid_in_mail: timedelta = timedelta(hours=24)
    proof_valid_in_chat: timedelta = timedelta(minutes=30)

    def __post_init__(self) -> None:
        """Every right needs a clock: a request without a due date could be forgotten. Raises `ValueError`."""
        timed = {right for clock in self.clocks if clock.step == "answer" for right in clock.rights}
        if untimed := sorted(set(LEVELS) - timed):
            raise ValueError(f"no clock sets the answer to {', '.join(untimed)}")

    def is_under(self, regime: str) -> bool:
        """Whether clocks of `regime` run here, be it assumed."""
        return any(clock.regime.partition(" ")[0] == regime for clock in self.clocks)

    def needs_two(self, right: str, act: str) -> bool:
        """Whether a second person must give leave to this act of staff."""
        return act in self.four_eyes.get(right, frozenset())

    def mode_of(self, intents: frozenset[str]) -> Mode:
        """The most careful mode among `intents`; the brand's own mode for a message with none."""
        chosen = {self.modes.get(name, self.mode) for name in intents} or {self.mode}
        return min(chosen, key=CAREFUL_FIRST.index)
