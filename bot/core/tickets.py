"""A request of a data subject: its rights, states and the proof that it needs.

Law 1: a request is open only with a verification of at least the level its right needs.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.clocks import Deadline
from bot.core.kinds import FREE_KINDS, STAFF_KINDS


class State(StrEnum):
    """Where a request stands."""

    AWAITING_VERIFICATION = "awaiting_verification"
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    DENIED = "denied"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


#: The states that nobody may reach without proof.
PROVED_STATES = frozenset({State.OPEN, State.IN_PROGRESS, State.ON_HOLD, State.COMPLETED})

#: The states that a request does not leave, but for an expired one that is proved late.
FINAL_STATES = frozenset({State.COMPLETED, State.DENIED, State.CANCELLED, State.EXPIRED})

#: The states from which a request may go on, and whereto.
TRANSITIONS: dict[State, frozenset[State]] = {
    State.AWAITING_VERIFICATION: frozenset({State.OPEN, State.DENIED, State.CANCELLED, State.EXPIRED}),
    State.OPEN: frozenset({State.IN_PROGRESS, State.ON_HOLD, State.COMPLETED, State.DENIED, State.CANCELLED}),
    State.IN_PROGRESS: frozenset({State.ON_HOLD, State.COMPLETED, State.DENIED, State.CANCELLED}),
    State.ON_HOLD: frozenset({State.IN_PROGRESS, State.COMPLETED, State.DENIED, State.CANCELLED}),
    State.COMPLETED: frozenset(),
    State.DENIED: frozenset(),
    State.CANCELLED: frozenset(),
    # Revived at the original receipt date if proof comes later.
    State.EXPIRED: frozenset({State.OPEN}),
}

#: Why a request may be denied; source: DESIGN section 3.
DENIAL_REASONS = (
    "suspected_fraud",
    "insufficient_verification",
    "no_match",
    "claim_not_covered",
    "outside_jurisdiction",
    "too_many_requests",
    "legal_exemption",
    "other",
)

#: The least proof for each right (DESIGN section 3): 0 none, 1 control of the mailbox, 2 level 1 and a match with the
#: shop's own records.
LEVELS: dict[str, int] = {
    "unsubscribe": 0,
    "opt_out_of_sale": 0,
    "complaint": 0,
    "child_data": 0,
    "security_report": 0,
    "correction": 1,
    "restriction": 1,
    "objection": 1,
    "withdraw_consent": 1,
    "automated_decision": 1,
    "deletion": 1,
    "access": 2,
    "portability": 2,
}


#: How level 2 is proved: control of the mailbox by a code or by an answer, and details that the shop knows.
MATCH_METHODS = frozenset({"code_and_match", "reply_and_match"})


def level_needed(right: str, kind: str = "", *, has_directory: bool) -> int:
    """The least verification level of `right`; access and portability need 2 only where a directory can match.

    Source: DESIGN section 3, the table of levels.
    """
    if (right, kind) in FREE_KINDS:
        return 0
    if kind in STAFF_KINDS:
        return 3
    level = LEVELS[right]
    return min(level, 1) if not has_directory else level


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """How somebody proved to be the owner of an address."""

    level: int
    #: "none", "code", "reply", one of `MATCH_METHODS`, or "staff".
    method: str
    #: The proved mailbox; for level 0 the claimed one. The subject of every request that it carries.
    subject: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as a conversation knows it."""

    #: What the person may quote, e.g. "PD-7K3Q-9M2X"; unguessable.
    reference: str
    #: An intent with the handling request, opt_out or urgent.
    right: str
    state: State
    level: int
    received_at: datetime
    #: The mailbox that it was made for: a claim until a code sent there proves it.
    address: str = ""
    #: Strictest first.
    deadlines: tuple[Deadline, ...] = ()
    #: What the law or a policy calls it more closely (`bot.core.kinds`), "" where nothing does.
    kind: str = ""

    @property
    def due_on(self) -> str:
        """The day, ISO 8601, by which the person must have an answer: the strictest clock that says so."""
        return next(deadline.due_on for deadline in self.deadlines if deadline.step == "answer")

    @property
    def is_closed(self) -> bool:
        return self.state in FINAL_STATES
