"""Takes what points to a person out of a recorded talk: consistent within the talk, and with no way back.

Law: every datum that was known is looked for in what was written down; one that survives fails the recording. Known are
the addresses, the names that the headers or a greeting give, and every token of four digits or more. A name that stands
only in the midst of a sentence is not known: whoever records reads the file before sharing it.
"""

import re
import secrets
from collections.abc import Iterable, Mapping

from bot.errors import BadSetting

_ADDRESS = re.compile(r"[^\s@<>\"'(),;:]+@[^\s@<>\"'(),;:]+\.[^\s@<>\"'(),;:.]+")
_LINK = re.compile(r"\b(?:https?://|www\.)[^\s<>\"]+")
_DIGITS = re.compile(r"\+?\(?\d(?:[\s./()-]{0,2}\d){3,}")
_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|['’-])+")
_CLOSING = re.compile(
    r"^\W*(?:(?:with )?(?:kind|best|warm)?\s*(?:regards|wishes)|yours\b.*|thanks|thank you|cheers|sincerely|"
    r"(?:mit )?(?:freundliche[nm]?|beste[nm]?|viele[nm]?) gr(?:ü|u)(?:ß|ss)e[n]?|cordialement|bien à vous|"
    r"(?:met )?vriendelijke groet(?:en)?|(?:un )?(?:cordial )?saludos?|cordiali saluti|pozdrawiam|z poważaniem)\W*$",
    re.IGNORECASE | re.MULTILINE,
)
_GREETING = re.compile(
    r"\b(?:[Dd]ear|(?:[Mm]y|[Tt]he) name is|[Ii]ch hei(?:ß|ss)e|[Mm]ein Name ist|[Jj]e m'appelle|[Mm]e llamo|"
    r"[Mm]i chiamo|[Ii]k heet|[Nn]azywam się|Mrs?\.?|Ms\.?|Herr|Frau)\s+((?:[A-ZÀ-ÖØ-Þ][\w'’-]+\s?){1,3})"
)
#: Capitalised words side by side: where one is a known name, the others belong to it.
_PAIR = re.compile(r"[A-ZÀ-ÖØ-Þ][\w'’-]+(?: [A-ZÀ-ÖØ-Þ][\w'’-]+){1,2}")
_NAMES = ("Robin", "Alex", "Sasha", "Kim", "Noor", "Jules", "Toni", "Mika", "Luca", "Andrea", "Charlie", "Jo", "Sam")
#: Parts of names and greetings that are words of their own.
_NO_NAMES = frozenset({
    "the", "and", "von", "van", "der", "den", "del", "della", "sir",
    "madam", "team", "privacy", "support", "customer", "service", "info", "mail", "office",
    "sales", "hello", "dear", "all", "everyone", "ladies", "gentlemen", "damen", "herren",
    "ltd", "gmbh", "shop",
})  # fmt: skip


class SurvivingDatum(BadSetting):
    """Something that points to a person would have been written down; nothing was."""


class Pseudonyms:
    """The substitutes of one talk."""

    def __init__(self, names: Iterable[str], addresses: Iterable[str]) -> None:
        """`names` and `addresses` are those of the headers."""
        self._substitutes: dict[str, str] = {}
        self._people = 0
        for address in addresses:
            self._address(address)
        for name in names:
            self._learn_name(name)

    @property
    def known(self) -> Mapping[str, str]:
        """Every datum found so far, in lower case, and what stands for it."""
        return self._substitutes

    def learn(self, text: str) -> None:
        """Look for names that a greeting or the end of a message gives; before any text is written down."""
        for found in _GREETING.finditer(text):
            self._learn_name(found.group(1))
        for closing in _CLOSING.finditer(text):
            following = text[closing.end() :].strip().split("\n")[0]
            if len(following) <= 40:
                self._learn_name(following)
        for found in _PAIR.finditer(text):
            if any(word.lower() in self._substitutes for word in found.group().split()):
                self._learn_name(found.group())

    def instead(self, text: str) -> str:
        """`text` with a substitute for every datum that is known or has the form of one."""
        text = _LINK.sub("https://customers.example/page", text)
        text = _ADDRESS.sub(lambda found: self._address(found.group()), text)
        text = _DIGITS.sub(lambda found: self._digits(found.group()), text)
        return _NAME.sub(lambda found: self._substitutes.get(found.group().lower(), found.group()), text)

    def check(self, written: str) -> None:
        """Raises `SurvivingDatum` where a datum that was known stands in `written`; the datum is not repeated."""
        words = {word.lower() for word in _NAME.findall(written)}
        tokens = {re.sub(r"\D", "", token) for token in _DIGITS.findall(written)}
        ours = {substitute.lower() for substitute in self._substitutes.values()}
        addresses = {datum for datum in self._substitutes if "@" in datum and datum in written.lower()}
        survivors = (self._substitutes.keys() & (words | tokens)) | addresses
        if survivors - ours:
            raise SurvivingDatum("a datum of a person would survive in the recording, so it was not written")

    def _learn_name(self, name: str) -> None:
        for word in _NAME.findall(_ADDRESS.sub(" ", name)):
            key = word.lower()
            if len(word) >= 3 and key not in _NO_NAMES and key not in self._substitutes:
                number, place = divmod(self._people, len(_NAMES))
                self._people += 1
                self._substitutes[key] = _NAMES[place] + "x" * number

    def _address(self, address: str) -> str:
        key = address.lower().rstrip(".")
        if key not in self._substitutes:
            people = sum("@" in known for known in self._substitutes)
            self._substitutes[key] = f"person{people + 1}@customers.example"
        return self._substitutes[key]

    def _digits(self, token: str) -> str:
        key = re.sub(r"\D", "", token)
        if key not in self._substitutes:
            other = key
            while other == key:
                other = "".join(secrets.choice("123456789") for _ in key)
            self._substitutes[key] = other
        digits = iter(self._substitutes[key])
        return "".join(next(digits) if letter.isdigit() else letter for letter in token)
