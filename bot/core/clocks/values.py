"""A clock and a deadline: values only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Unit(StrEnum):
    """What a clock counts."""

    DAYS = "days"
    BUSINESS_DAYS = "business_days"
    MONTHS = "months"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One row of a regime's table: what must happen how long after receipt."""

    #: "eu", "uk", "california", ... or "policy" for a promise of the shop's own.
    regime: str
    #: "answer" or "acknowledge".
    step: str
    count: int
    unit: Unit
    #: The rights that it applies to.
    rights: frozenset[str]
    #: The article or policy line that sets it, e.g. "GDPR Art. 12(3)".
    source: str
    #: A due date on a weekend or holiday rolls to the next working day.
    rolls: bool = False
    #: Country (and subdivision) whose holidays count, e.g. "GB-ENG"; "" none but weekends.
    calendar: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """When one clock of one request runs out."""

    regime: str
    step: str
    #: UTC; the last moment of the last day in the brand's time zone.
    due_at: datetime
    #: That day there, ISO 8601, as people are told it.
    due_on: str
    #: How it was counted, for staff: "received 2026-01-31, + 1 month = 2026-02-28 (GDPR Art. 12(3))".
    sum: str
