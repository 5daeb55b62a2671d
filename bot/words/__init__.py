"""Everything that the bot says in its own words: fixed sentences, one file for each language.

No sentence of anybody else's goes in: a template's values are names of rights and states, references, dates, the shop.
What a clerk writes to a person (`$words`) is marked as a person's own.
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from string import Template

from babel.dates import format_date

from bot.core.effects import Line, Part, Quotation

#: Values that are names out of a closed list and have their own word in each language.
_NAMED = {
    "right": "rights",
    "first": "rights",
    "second": "rights",
    "state": "states",
    "kind": "kinds",
    "how": "proofs",
    "reason": "reasons",
}
#: Values that are days, ISO 8601.
_DAYS = frozenset({"due", "received"})


def languages() -> tuple[str, ...]:
    """The languages that the bot speaks, ISO 639-1."""
    return tuple(
        sorted(entry.name.removesuffix(".toml") for entry in files(__name__).iterdir() if _is_words(entry.name))
    )


def render(part: Part, language: str) -> str:
    """One part of a reply as plain text."""
    match part:
        case Line(key=key, values=values):
            return phrase(key, language, **values)
        case Quotation(text=text):
            return text


def caption(quotation: Quotation, language: str) -> str:
    """Where a quotation stands: section and lines, and of which version of the policy."""
    lines = f"{quotation.first_line}"
    key = "quote_caption" if quotation.section else "quote_caption_no_section"
    if quotation.last_line != quotation.first_line:
        key, lines = f"{key}_lines", f"{lines}-{quotation.last_line}"
    where = phrase(key, language, section=quotation.section, lines=lines)
    version_key = "policy_version_dated" if quotation.policy_date else "policy_version"
    version = phrase(version_key, language, policy_date=quotation.policy_date, version=quotation.policy_sha256[:12])
    return f"{where} ({version})"


def phrase(key: str, language: str, **values: str) -> str:
    """The sentence `key` with its values. Raises `KeyError` for a key or value that the language's file lacks."""
    words = _words(language)
    sentence = words["sentences"][key]
    return Template(sentence).substitute({name: _say(words, language, name, value) for name, value in values.items()})


def named(table: str, name: str, language: str) -> str:
    """What `name` of a closed list is called, e.g. named("right", "access", "en")."""
    return _say(_words(language), language, table, name)


def _say(words: Mapping[str, Mapping[str, str]], language: str, name: str, value: str) -> str:
    if table := _NAMED.get(name):
        # An intent that was only just added is called by its name until the language has a word for it.
        return words[table].get(value, value.replace("_", " "))
    if name == "points":
        return ", ".join(words["points"][point] for point in value.split())
    if name in _DAYS:
        return format_date(date.fromisoformat(value), format="long", locale=language)
    return value


@cache
def _words(language: str) -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files(__name__).joinpath(f"{language}.toml").read_text(encoding="utf-8"))


def _is_words(name: str) -> bool:
    return name.endswith(".toml")
