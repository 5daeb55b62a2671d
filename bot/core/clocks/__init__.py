"""Statutory deadlines as data: when a request is due, by which rule, and how that was counted.

Law: a clock starts at receipt, never at the `Date` header. Dates are counted in the brand's time zone; a deadline is
the end of its last day there, kept in UTC. The tables are data that operators can lay over; they are not legal advice.
"""

from bot.core.clocks.counting import due_at, end_of, extended, paused
from bot.core.clocks.tables import of_regimes, read_clocks
from bot.core.clocks.values import Clock, Deadline, Unit

__all__ = ["Clock", "Deadline", "Unit", "due_at", "end_of", "extended", "of_regimes", "paused", "read_clocks"]
