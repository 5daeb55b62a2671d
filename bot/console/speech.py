"""The console's words in a clerk's language, and days and moments in a clerk's zone."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from bot.errors import TheirFault
from bot.store import NotAllowed
from bot.store.worklist import END_OF_LIST

LANGUAGES = ("en", "de", "fr")
#: Of a refusal: the value and the section of its words.
_NAMED = {"state": "states", "to": "states", "right": "rights", "rights": "rights", "reasons": "reasons"}


@cache
def refusals(language: str) -> Mapping[str, str]:
    """What `bot.staff` and `bot.store` refuse with, by their English sentence; English itself needs none."""
    file = files("bot.console.words").joinpath(f"refusals.{language}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))["refusals"] if file.is_file() else {}


@cache
def table(language: str) -> Mapping[str, Mapping[str, str]]:
    """Sections of words by their keys."""
    text = files("bot.console.words").joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def language_of(chosen: str, accepted: str) -> str:
    """The clerk's own choice, else the first that the browser names and we speak, else English."""
    wanted = [chosen, *(part.partition(";")[0].strip().partition("-")[0].lower() for part in accepted.split(","))]
    return next((language for language in wanted if language in LANGUAGES), LANGUAGES[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """How near a due date is: a word for the class, and the sentence."""

    #: "over", "soon", "calm" or "none".
    tone: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """One language and one time zone."""

    language: str
    zone: ZoneInfo
    now: datetime

    def say(self, key: str, **values: object) -> str:
        """A sentence of the section "ui". Raises `KeyError` for one that is not there."""
        return Template(table(self.language)["ui"][key]).substitute(
            {name: str(value) for name, value in values.items()}
        )

    def name(self, section: str, key: str) -> str:
        """What staff call a right, a state, an event, ...; the key itself where it has no word yet."""
        return table(self.language).get(section, {}).get(key, key.replace("_", " "))

    def refusal(self, fault: TheirFault) -> str:
        """Why an act was refused, in the clerk's language where the sentence is known there."""
        if not isinstance(fault, NotAllowed) or not fault.values:
            return refusals(self.language).get(str(fault), str(fault))
        sentence = refusals(self.language).get(fault.sentence, fault.sentence)
        return Template(sentence).safe_substitute({name: self._named(name, to) for name, to in fault.values.items()})

    def _named(self, name: str, value: str) -> str:
        """What staff call the value of a refusal."""
        section = _NAMED.get(name, "")
        return ", ".join(self.name(section, one) for one in value.split(", ")) if section else value

    def has(self, section: str, key: str) -> bool:
        return key in table(self.language).get(section, {})

    def moment(self, at: datetime | None) -> str:
        """A day and a time in the clerk's zone."""
        if at is None:
            return ""
        return str(format_datetime(at.astimezone(self.zone), "d MMM y, HH:mm", locale=self.language))

    def day(self, when: datetime | date | str | None) -> str:
        if not when:
            return ""
        found: Any = date.fromisoformat(when) if isinstance(when, str) else when
        found = found.astimezone(self.zone).date() if isinstance(found, datetime) else found
        return str(format_date(found, "d MMM y", locale=self.language))

    def due(self, at: datetime | None, brand_zone: str) -> Due:
        """How long is left until the end of a day in the brand's zone."""
        if at is None or at >= END_OF_LIST:
            return Due(tone="none", text=self.say("due_none"))
        zone = ZoneInfo(brand_zone)
        days = (at.astimezone(zone).date() - self.now.astimezone(zone).date()).days
        if at < self.now:
            return Due(tone="over", text=self.say("due_over", days=max(-days, 1)))
        if days < 2:
            return Due(tone="soon", text=self.say("due_today" if days == 0 else "due_tomorrow"))
        return Due(tone="soon" if days <= 7 else "calm", text=self.say("due_in", days=days))

    def span(self, length: timedelta | None) -> str:
        """A length of time in its largest fitting unit."""
        if length is None:
            return "–"
        seconds = length.total_seconds()
        if seconds < 60:
            return self.say("less_than_a_minute")
        if seconds < 3600:
            return self.say("minutes", count=round(seconds / 60))
        if seconds < 2 * 86400:
            return self.say("hours", count=round(seconds / 3600, 1))
        return self.say("days", count=round(seconds / 86400, 1))
