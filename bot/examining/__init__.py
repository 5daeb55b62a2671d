"""Examines a set-up: what is wrong, how to mend it, and what is missing before going live."""

from bot.examining.finding import Finding
from bot.examining.setup import examine, missing_before_live

__all__ = ["Finding", "examine", "missing_before_live"]
