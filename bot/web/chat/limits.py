"""How much one browser may ask of us: a bucket of turns for each name that refills with time."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_NAMES_KEPT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most `burst` at once, and `per_minute` in the long run."""

    burst: int
    per_minute: float


class Limit:
    """Counts by name; the names least heard of are forgotten first."""

    def __init__(self, rate: Rate, seconds: Callable[[], float]) -> None:
        self._rate = rate
        self._seconds = seconds
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, name: str) -> int:
        """Take a turn: 0, or without one the seconds until the next."""
        now = self._seconds()
        left, at = self._left.pop(name, (float(self._rate.burst), now))
        left = min(float(self._rate.burst), left + (now - at) * self._rate.per_minute / 60)
        taken = left >= 1
        self._left[name] = (left - 1 if taken else left, now)
        while len(self._left) > _NAMES_KEPT:
            self._left.popitem(last=False)
        return 0 if taken else int((1 - left) * 60 / self._rate.per_minute) + 1
