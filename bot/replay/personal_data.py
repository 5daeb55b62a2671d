"""The forms in which mails and chats name a person: addresses, numbers, codes, dates, streets, and where names stand.

Better too much than too little: a date that is nobody's birthday is replaced as well.
"""

import re
from collections.abc import Iterator

ADDRESS = re.compile(r"[^\s@<>\"'(),;:]+@[^\s@<>\"'(),;:]+\.[^\s@<>\"'(),;:.]+")
LINK = re.compile(r"\b(?:https?://|www\.)[^\s<>\"]+")
DIGITS = re.compile(r"\+?\(?\d(?:[\s./()-]{0,2}\d){3,}")
NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|['’-])+")

#: January to December in each language that we speak.
MONTHS: tuple[tuple[str, ...], ...] = tuple(
    tuple(names.split())
    for names in (
        "january february march april may june july august september october november december",
        "jan feb mar apr may jun jul aug sept oct nov dec",
        "januar februar märz april mai juni juli august september oktober november dezember",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "januari februari maart april mei juni juli augustus september oktober november december",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    )
)
_MONTH = "|".join(sorted({name for names in MONTHS for name in names}, key=len, reverse=True))
_DAY = r"[0-3]?\d(?:st|nd|rd|th|er|º|\.)?"
#: "9 December 1906", "December 9th, 1906", "9. Dezember", "el 9 de diciembre de 1906".
DATE = re.compile(
    rf"\b{_DAY}\s+(?:of\s+|de\s+)?(?P<after>{_MONTH})\b\.?(?:,?\s+(?:de\s+)?\d{{4}}\b)?"
    rf"|\b(?P<before>{_MONTH})\.?\s+{_DAY}(?![\d:])(?:,?\s+\d{{4}}\b)?",
    re.IGNORECASE,
)
#: British, Irish, Canadian and Dutch ones; those of digits alone are numbers like others.
POSTCODE = re.compile(
    r"\b(?:[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[AC-Y]\d[\dW]\s?(?=[A-Z]*\d)[0-9AC-Y]{4}|[A-Z]\d[A-Z]\s?\d[A-Z]\d|"
    r"[1-9]\d{3}\s?[A-Z]{2})\b"
)
_NAMED = r"[A-ZÀ-ÖØ-ÞĄ-Ź][\w'’.-]*"
STREET = re.compile(
    rf"\b\d{{1,4}}[a-z]?,?\s+(?:{_NAMED}\s+){{1,3}}(?:Street|St|Road|Rd|Lane|Ln|Avenue|Ave|Drive|Way|Close|Court|Place|"
    r"Square|Terrace|Gardens|Boulevard|Row|Quay|Hill|Park)\b"
    rf"|\b(?:{_NAMED}\s+)?[A-ZÄÖÜ][\w-]*(?:straße|strasse|str\.|weg|platz|allee|gasse|straat|laan|plein|gracht)"
    r"\s+\d{1,4}\s?[a-z]?\b"
    rf"|\b\d{{1,4}}\s?(?:bis|ter)?,?\s+(?:rue|avenue|boulevard|place|chemin|impasse|quai)\s+(?:(?:de|du|des|la|le|les|d')"
    rf"\s*)*{_NAMED}(?:\s+{_NAMED})*"
    rf"|\b(?:[Cc]alle|[Aa]venida|[Pp]laza|[Vv]ia|[Vv]iale|[Pp]iazza|[Cc]orso|ul\.|[Uu]lica|[Aa]l\.)\s+"
    rf"(?:(?:de|del|la|las|los|di|dei|della)\s+)*{_NAMED}(?:\s+{_NAMED})*,?\s+(?:n\.?[ºo]?\s*)?\d{{1,4}}[a-z]?\b"
)
#: Letters and digits in one word, as shops number orders; "10th", "17mm", "24-hour" and "Art15" are words.
CODE_WORD = re.compile(r"#?(?<![\w@])(?=[\w/-]*\d)(?=[\w/-]*[A-Za-z])[A-Za-z0-9]+(?:[-/][A-Za-z0-9]+)*\b")
_PLAIN_WORD = re.compile(
    r"\d{1,4}(?:st|nd|rd|th|er|[a-z]{1,2}|-[a-z-]+)|(?:art|section|sec|gdpr|cpra|ccpa)\d+", re.IGNORECASE
)
_FEWEST_SIGNS = 4

CLOSING = re.compile(
    r"^\W*(?:(?:with )?(?:kind|best|warm)?\s*(?:regards|wishes)|yours\b.*|thanks|thank you|cheers|sincerely|"
    r"(?:mit )?(?:freundliche[nm]?|beste[nm]?|viele[nm]?) gr(?:ü|u)(?:ß|ss)e[n]?|cordialement|bien à vous|"
    r"(?:met )?vriendelijke groet(?:en)?|(?:un )?(?:cordial )?saludos?|cordiali saluti|pozdrawiam|z poważaniem)\W*$",
    re.IGNORECASE | re.MULTILINE,
)
_PEOPLE = (
    "husband|wife|partner|son|daughter|mother|father|mum|dad|brother|sister|friend|client|Mann|Frau|Sohn|Tochter|Mutter|"
    "Vater|Bruder|Schwester|mari|femme|fils|fille|mère|père|marido|mujer|esposa|esposo|hijo|hija|madre|padre|marito|moglie|"
    "figlio|figlia|man|vrouw|zoon|dochter|moeder|vader|mąż|żona|syn|córka|matka|ojciec"
)
GREETING = re.compile(
    r"\b(?:[Dd]ear|(?:[Mm]y|[Tt]he) name is|[Ii]ch hei(?:ß|ss)e|[Mm]ein Name ist|[Jj]e m'appelle|[Mm]e llamo|"
    r"[Mm]i chiamo|[Ii]k heet|[Nn]azywam się|Mrs?\.?|Ms\.?|Herr|Frau|"
    rf"(?:[Mm]y|[Mm]eine?[nmrs]?|[Mm]on|[Mm]a|[Mm]i|[Mm]i[oa]|[Mm]ijn|[Mm]ój|[Mm]oja)\s+(?:{_PEOPLE}),?)"
    r"\s+((?:[A-ZÀ-ÖØ-Þ][\w'’-]+\s?){1,3})"
)
#: Two capitalised words at least: "I am German" is no name.
_MYSELF = re.compile(
    rf"\b(?:I am|I['’]m|[Tt]his is|[Jj]e suis|[Ss]oy|[Ii]k ben|[Jj]estem)\s+({_NAMED}(?:\s+{_NAMED}){{1,2}})"
)
#: The end of a message below its text, or after a comma.
_SIGNED = re.compile(rf"(?:\n|,)[ \t]*({_NAMED}(?:[ \t]+{_NAMED}){{0,2}})[.!]?\s*\Z")
#: Capitalised words side by side: where one is a known name, the others belong to it.
PAIR = re.compile(r"[A-ZÀ-ÖØ-Þ][\w'’-]+(?: [A-ZÀ-ÖØ-Þ][\w'’-]+){1,2}")


def names_in(text: str) -> Iterator[str]:
    """Where a greeting, an introduction or the end of a message gives a name; it may be several words."""
    for found in GREETING.finditer(text):
        yield found.group(1)
    for found in _MYSELF.finditer(text):
        yield found.group(1)
    for closing in CLOSING.finditer(text):
        following = text[closing.end() :].strip().split("\n")[0]
        if len(following) <= 40:
            yield following
    if (signed := _SIGNED.search(text)) and not signed.group(1).isupper():
        yield signed.group(1)


def is_code(word: str) -> bool:
    """Whether a word of letters and digits numbers something of somebody."""
    signs = sum(sign.isalnum() for sign in word)
    return (signs >= _FEWEST_SIGNS or word.startswith("#")) and not _PLAIN_WORD.fullmatch(word)
