"""Takes what points to a person out of a recorded talk: consistent within the talk, and with no way back.

Law: every datum that was known is looked for in what was written down; one that survives fails the recording. Known are
the addresses, the names that headers, greetings, introductions and ends of messages give, every token of four digits or
more, words of letters and digits, postcodes, streets and dates. A name that stands only in the midst of a sentence is
not known: whoever records reads the file before sharing it.
"""

import re
import secrets
from collections.abc import Iterable, Mapping
from string import ascii_lowercase, ascii_uppercase

from bot.errors import BadSetting
from bot.replay.personal_data import (
    ADDRESS,
    CODE_WORD,
    DATE,
    DIGITS,
    LINK,
    MONTHS,
    NAME,
    PAIR,
    POSTCODE,
    STREET,
    is_code,
    names_in,
)

_NAMES = ("Robin", "Alex", "Sasha", "Kim", "Noor", "Jules", "Toni", "Mika", "Luca", "Andrea", "Charlie", "Jo", "Sam")
#: Parts of names and greetings that are words of their own.
_NO_NAMES = frozenset({
    "the", "and", "von", "van", "der", "den", "del", "della", "sir",
    "madam", "team", "privacy", "support", "customer", "service", "info", "mail", "office",
    "sales", "hello", "dear", "all", "everyone", "ladies", "gentlemen", "damen", "herren",
    "ltd", "gmbh", "shop", "thanks", "thank", "you", "danke", "merci", "gracias", "grazie",
    "bedankt", "dank", "dziękuję", "dzięki", "bye", "cheers", "please", "regards", "best", "kind", "sincerely",
    "human", "mensch", "yes", "not", "now", "today", "asap", "gdpr", "ccpa", "dsgvo", "rgpd",
})  # fmt: skip


#: English words that are months as well: with a year they are.
_WORDS_TOO = frozenset({"may", "march"})
#: Around the number of a substitute while the rest of a text is looked at; nobody writes these.
_OPEN, _CLOSE = "\ue000", "\ue001"
_ASIDE = re.compile(f"{_OPEN}(\\d+){_CLOSE}")


class SurvivingDatum(BadSetting):
    """Something that points to a person would have been written down; nothing was."""


class Pseudonyms:
    """The substitutes of one talk."""

    def __init__(self, names: Iterable[str], addresses: Iterable[str]) -> None:
        """`names` and `addresses` are those of the headers."""
        self._substitutes: dict[str, str] = {}
        #: Dates, streets, postcodes and words of letters and digits, on one line and in lower case.
        self._phrases: dict[str, str] = {}
        self._people = 0
        for address in addresses:
            self._address(address)
        for name in names:
            self._learn_name(name)

    @property
    def known(self) -> Mapping[str, str]:
        """Every datum found so far, in lower case, and what stands for it."""
        return {**self._substitutes, **self._phrases}

    def learn(self, text: str) -> None:
        """Look for names that a greeting or the end of a message gives; before any text is written down."""
        for name in names_in(text):
            self._learn_name(name)
        for found in PAIR.finditer(text):
            if any(word.lower() in self._substitutes for word in found.group().split()):
                self._learn_name(found.group())

    def instead(self, text: str) -> str:
        """`text` with a substitute for every datum that is known or has the form of one."""
        done: list[str] = []

        def aside(substitute: str) -> str:
            """What is substituted once is not looked at again."""
            done.append(substitute)
            return f"{_OPEN}{len(done) - 1}{_CLOSE}"

        text = LINK.sub(lambda _: aside("https://customers.example/page"), text)
        text = ADDRESS.sub(lambda found: aside(self._address(found.group())), text)
        text = STREET.sub(lambda found: aside(self._phrase(found.group(), "1 Some Street")), text)
        text = DATE.sub(lambda found: aside(self._date(found)), text)
        text = POSTCODE.sub(lambda found: aside(self._alike(found.group())), text)
        text = CODE_WORD.sub(lambda found: aside(self._code(found.group())), text)
        text = DIGITS.sub(lambda found: self._digits(found.group()), text)
        text = NAME.sub(lambda found: self._substitutes.get(found.group().lower(), found.group()), text)
        return _ASIDE.sub(lambda found: done[int(found.group(1))], text)

    def check(self, written: str) -> None:
        """Raises `SurvivingDatum` where a datum that was known stands in `written`; the datum is not repeated."""
        words = {word.lower() for word in NAME.findall(written)}
        tokens = {re.sub(r"\D", "", token) for token in DIGITS.findall(written)}
        ours = {substitute.lower() for substitute in self._substitutes.values()}
        addresses = {datum for datum in self._substitutes if "@" in datum and datum in written.lower()}
        survivors = (self._substitutes.keys() & (words | tokens)) | addresses
        phrases = [datum for datum in self._phrases if re.search(rf"(?<!\w){re.escape(datum)}(?!\w)", _key(written))]
        if survivors - ours or phrases:
            raise SurvivingDatum("a datum of a person would survive in the recording, so it was not written")

    def _learn_name(self, name: str) -> None:
        for word in NAME.findall(ADDRESS.sub(" ", name)):
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

    def _phrase(self, phrase: str, instead: str) -> str:
        return self._phrases.setdefault(_key(phrase), instead)

    def _date(self, found: re.Match[str]) -> str:
        """Another day of another month, in the same language and form."""
        date, month = found.group(), found["after"] or found["before"]
        if month in _WORDS_TOO and not re.search(r"\d{4}", date):
            return date
        names = next(names for names in MONTHS if month.lower() in names)
        other = secrets.choice([name for name in names if name != month.lower()])
        other = other.capitalize() if month[0].isupper() else other
        day = secrets.choice([str(number) for number in range(11, 29) if str(number) not in date])
        moved = re.sub(r"\d{4}", lambda year: self._digits(year.group()), date.replace(month, other))
        return self._phrase(date, re.sub(r"(?<!\d)\d{1,2}(?!\d)", day, moved))

    def _code(self, word: str) -> str:
        return self._alike(word) if is_code(word) else word

    def _alike(self, word: str) -> str:
        """Other letters and digits in the same places; a piece without a digit stays, it is the shop's."""
        pieces = [word] if POSTCODE.fullmatch(word) else re.split(r"([-/])", word)
        instead = word
        while instead == word:
            instead = "".join(_other(piece) if any(map(str.isdigit, piece)) else piece for piece in pieces)
        return self._phrase(word, instead)

    def _digits(self, token: str) -> str:
        key = re.sub(r"\D", "", token)
        if key not in self._substitutes:
            other = key
            while other == key:
                other = "".join(secrets.choice("123456789") for _ in key)
            self._substitutes[key] = other
        digits = iter(self._substitutes[key])
        return "".join(next(digits) if letter.isdigit() else letter for letter in token)


def _other(piece: str) -> str:
    return "".join(_other_sign(sign) for sign in piece)


def _other_sign(sign: str) -> str:
    if sign.isdigit():
        return secrets.choice("123456789")
    if sign.isascii() and sign.isalpha():
        return secrets.choice(ascii_uppercase if sign.isupper() else ascii_lowercase)
    return sign


def _key(text: str) -> str:
    return " ".join(text.split()).lower()
