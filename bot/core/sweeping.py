"""What is due about a request because time has passed: pure, from the request and what was told before.

Law: one thing at a time, each once; nobody is expired who was never asked, nor after the law's own date.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.clocks import Deadline
from bot.core.tickets import Request, State

REMIND_AFTER = timedelta(hours=24)
NOTICE_AFTER = timedelta(days=7)
#: A request that nobody proves is closed this long before its strictest answer, so that they hear of it in time.
EXPIRE_BEFORE = timedelta(days=2)
#: Staff are warned this long before a deadline; a week ahead only of clocks that run for two.
_WEEK = timedelta(days=7)
_TWO_DAYS = timedelta(days=2)


class Step(StrEnum):
    """What is to be done about a request that lacks proof."""

    #: No proof has come at all.
    REMIND = "reminder"
    #: The mailbox is proved, and the details that the shop knows are still to come.
    REMIND_DETAILS = "reminder_details"
    #: All but the signed declaration is there.
    REMIND_DECLARATION = "reminder_declaration"
    NOTICE = "unproved"
    EXPIRE = "expired"


_REMINDERS = frozenset({Step.REMIND, Step.REMIND_DETAILS, Step.REMIND_DECLARATION})
#: Reasons for which staff, and not the person, have to do the next step of a proof.
_WITH_STAFF = frozenset({"stronger_proof_needed", "directory_unavailable", "declaration_to_confirm", "it_was_not_me"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A request under way, with what the sweeps must know of it."""

    request: Request
    conversation: str
    brand: str
    #: Of the conversation that made it.
    channel: str
    #: Names of what was told about it, to the person or to staff.
    told: frozenset[str] = frozenset()
    #: When the newest code for it left, None where none did.
    coded_at: datetime | None = None
    #: What its mailbox has proved in the conversation, which is not enough for it; 0 nothing.
    proof_level: int = 0
    #: When it was proved, and until when that holds.
    proved_at: datetime | None = None
    proved_until: datetime | None = None
    #: Why staff were called to it.
    handed: frozenset[str] = frozenset()
    #: A reply of ours has left since it was made.
    acknowledged: bool = False
    #: A person has answered since it was made.
    answered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Warning:
    """A deadline that staff must hear of."""

    #: What keeps it from being said twice, e.g. "due 2026-04-02 in_7_days".
    name: str
    #: Why, for the staff's list: "due_in_7_days", "due_in_2_days" or "deadline_over".
    reason: str
    urgent: bool


def step_for(watched: Watched, now: datetime, *, has_directory: bool = False) -> Step | None:
    """What the person must be told now about a request that lacks proof; None where it is too early, or told."""
    if watched.request.state is not State.AWAITING_VERIFICATION or _is_with_staff(watched, has_directory):
        return None
    if _is_expiring(watched, now):
        return Step.EXPIRE
    if now - watched.request.received_at >= NOTICE_AFTER:
        return Step.NOTICE if Step.NOTICE not in watched.told else None
    step, asked_at = _awaited(watched, has_directory)
    if asked_at is not None and now - asked_at >= REMIND_AFTER and step not in watched.told:
        return step
    return None


def _is_with_staff(watched: Watched, has_directory: bool) -> bool:
    """Nothing is awaited from the person; without a directory a declaration is, while staff compare (11 CCR 7062)."""
    declares = watched.request.level > 2 and not has_directory
    return bool(watched.handed & _WITH_STAFF - ({"stronger_proof_needed"} if declares else set()))


def _awaited(watched: Watched, has_directory: bool) -> tuple[Step, datetime | None]:
    """What the person is reminded of, and since when it is asked for."""
    if not watched.proof_level:
        return Step.REMIND, watched.coded_at
    details = watched.proof_level == 1 and has_directory
    return (Step.REMIND_DETAILS if details else Step.REMIND_DECLARATION), watched.proved_at


def _is_expiring(watched: Watched, now: datetime) -> bool:
    """They were reminded, and the law's own date is near but not over."""
    due_at = min(d.due_at for d in watched.request.deadlines if d.step == "answer")
    return bool(_REMINDERS & watched.told) and due_at - EXPIRE_BEFORE <= now < due_at


def warnings_for(watched: Watched, now: datetime) -> tuple[Warning, ...]:
    """One for each day on which something is due soon or was due, the nearest mark only, unless it was given."""
    if watched.request.is_closed:
        return ()
    days = {d.due_on: d for d in reversed(watched.request.deadlines) if not _is_met(watched, d)}
    found = (_warning(deadline, watched.request.received_at, now) for deadline in days.values())
    return tuple(warning for warning in found if warning is not None and warning.name not in watched.told)


def _is_met(watched: Watched, deadline: Deadline) -> bool:
    match deadline.step:
        case "acknowledge":
            return watched.acknowledged
        case "first_answer":
            return watched.answered or watched.request.state in (State.IN_PROGRESS, State.ON_HOLD)
        case _:
            return False


def _warning(deadline: Deadline, received_at: datetime, now: datetime) -> Warning | None:
    left = deadline.due_at - now
    if left <= timedelta(0):
        return Warning(name=f"due {deadline.due_on} over", reason="deadline_over", urgent=True)
    if left <= _TWO_DAYS:
        return Warning(name=f"due {deadline.due_on} in_2_days", reason="due_in_2_days", urgent=True)
    if left <= _WEEK and deadline.due_at - received_at >= 2 * _WEEK:
        return Warning(name=f"due {deadline.due_on} in_7_days", reason="due_in_7_days", urgent=False)
    return None
