"""What was read in one message: values only.

A `Reading` never decides anything; it says what the writer seems to want, how sure that is, and where it is written.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Doubt(StrEnum):
    """Why a reader abstained."""

    NONE = ""
    #: It is about privacy, but two or more intents are equally likely: ask "A or B?".
    AMBIGUOUS = "ambiguous"
    #: It is about privacy, but nothing is likely enough: a human must look.
    UNSURE = "unsure"
    #: Written in a language that the reader does not know: a human must look.
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundIntent:
    """One intent with the words that carry it."""

    #: A name of the catalogue, e.g. "deletion".
    name: str
    #: Calibrated probability in [0, 1].
    confidence: float
    #: The words of the message that say so, verbatim from the text that was read.
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The verdict on one message: intents to act on, or candidates when abstaining, or nothing at all."""

    #: Intents to act on, most confident first. Empty with `doubt` NONE: not a privacy message.
    intents: tuple[FoundIntent, ...] = ()
    #: What it may be, when `doubt` is not NONE; most likely first.
    candidates: tuple[FoundIntent, ...] = ()
    #: ISO 639-1 code of the writer's language, "und" where unknown.
    language: str = "und"
    doubt: Doubt = Doubt.NONE

    @property
    def abstained(self) -> bool:
        return self.doubt is not Doubt.NONE

    @property
    def names(self) -> frozenset[str]:
        return frozenset(found.name for found in self.intents)


class Classifier(Protocol):
    """Anything that can read a message. Pure for its caller: same text, same reading; never raises on any text."""

    def read(self, text: str, *, subject: str = "", channel: str = "email") -> Reading: ...
