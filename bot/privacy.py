"""Strings that must not reach a log, a traceback or a page by accident.

Law: only `reveal` gives the text; every way of printing gives a mask.
"""

from dataclasses import dataclass

MASK = "•••"


@dataclass(frozen=True, slots=True, repr=False)
class Private:
    """A secret or a personal datum, e.g. a password or an address."""

    _text: str

    def reveal(self) -> str:
        """The text itself, for the one place that needs it."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return f"Private({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, form: str) -> str:
        return MASK
