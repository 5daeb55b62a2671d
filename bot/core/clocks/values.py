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
    #: "answer", "acknowledge", or "first_answer" (a person's first word, where a policy promises one).
    step: str
    count: int
    unit: Unit
    #: The rights that it applies to.
    rights: frozenset[str]
    #: The article or policy line that sets it, e.g. "GDPR Art. 12(3)".
    source: str
    #: A due date on a weekend or holiday rolls to the next working day.
    rolls: bool = False
    #: Country (and subdivision) whose holidays count, e.g. "GB-ENG"; "US & US-CA" those of both; "" only weekends.
    calendar: str = ""
    #: Only requests of these kinds; empty means every kind.
    kinds: frozenset[str] = frozenset()
    #: The count from receipt once it is extended, told with the reason before the first deadline; 0 = never.
    extended: int = 0
    #: A promise that names no number for an extension: it moves with the law's own extended deadline.
    extends_with_the_law: bool = False
    #: Rights for which it stands still while a needed clarification is awaited.
    pauses: frozenset[str] = frozenset()

    def applies_to(self, right: str, kind: str = "") -> bool:
        """Whether it runs for a request for `right` of that kind."""
        return right in self.rights and (not self.kinds or kind in self.kinds)


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
    #: The article or policy line that sets it, as in its clock.
    source: str = ""
    #: It was extended, and the person told.
    extended: bool = False
