"""One question for each function, about one line of a message: is it the work of a program, or of another writer?

Every pattern is anchored and bounded; callers hand in lines cut to a few hundred characters.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

#: From here on scripts do not, or not reliably, put spaces around a word.
_SPACELESS = 0x590
_DASHES = "-‐‑‒–—―_=*~# \t"
_LABEL = re.compile(r"[\s*_>|]{0,8}([^\s:：*][^:：*]{0,28}?)\s?[*_]{0,2}\s?[:：]")
_DATE = re.compile(
    r"\b(?:19|20)\d\d\b|(?:19|20)\d\d[年년]|\b\d{1,2}[:.h]\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|[\u0660-\u0669]{4}"
)
_ADDRESS_AT_END = re.compile(r"[<(\[]\s?[^<>()\[\]\s]{1,200}@[^<>()\[\]\s]{1,200}\s?[>)\]]\s?[:：]\Z")
_TIME = re.compile(r"\d{1,2}[:.h]\d\d(?!\d)(?![.]\d)")
_BARE_ADDRESS_AT_END = re.compile(r"\d{1,2}[:.]\d\d\b.{1,60}\s[^<>()\[\]\s]{1,64}@[^<>()\[\]\s]{1,200}\s?[:：]\Z")
_IN_BRACKETS = re.compile(r"<[^<>\s]{1,64}@[^<>\s]{1,200}>,")
_ADDRESS = re.compile(r"[^<>()\[\]\s]{1,64}@[^<>()\[\]\s]{1,200}")
_ARROWED = re.compile(r"[-‐‑–—]{2,}|_{3,}|={3,}|\*{3,}")
_PHONE = re.compile(
    r"(?:\+|\(?0)[\d ()/.-]{6,25}\d|\b(?:tel|phone|fax|mobile|mobil|cell|telefon|tél|tlf|gsm)\b", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[.,;:!] +| [-–—] ")
_NO_WORD = re.compile(r"[^\w']+")
_DAY_AND_MONTH = re.compile(r"\b\d{1,2}(?:st|nd|rd|th|\.|º)? (?:de |of )?[^\W\d_]{3,12}\b|\b[^\W\d_]{3,12} \d{1,2}\b")
_LINK = re.compile(r"https?://|\bwww\.|[\w.+-]{1,64}@[\w-]{1,64}\.[a-z]{2,}", re.IGNORECASE)


#: Parts of the words for "sent" in many languages.
_SENT = (
    "sent", "gesendet", "geschickt", "envoy", "envia", "inviat", "verzonden", "verstuurd", "wysłan", "skicka", "sendt",
    "lähetetty", "odesl", "odosl", "gönder", "отправ", "надісла", "küldve", "trimis", "poslan", "στάλθηκε", "送信",
    "发",
)  # fmt: skip


@cache
def _phrases() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("foreign_lines.toml").read_text(encoding="utf-8"))


@cache
def _set(*path: str) -> frozenset[str]:
    """The words of one table, or of every language of it."""
    table: Any = _phrases()
    for name in path:
        table = table[name]
    if isinstance(table, list):
        return frozenset(table)
    return frozenset(word for words in table.values() for word in words)


@cache
def _tuple(name: str) -> tuple[str, ...]:
    """The same, in one order for all time, for where each is tried."""
    return tuple(sorted(_set(name)))


def _tells_who_wrote(text: str) -> bool:
    """Any of the verbs; a word of its own in the scripts that have words between spaces."""
    lowered = text.lower()
    return any(word in lowered and _stands_alone(word, lowered) for word in _tuple("wrote"))


def _stands_alone(word: str, text: str) -> bool:
    if ord(word[0]) >= _SPACELESS:
        return True
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


@cache
def _kind_of_label() -> Mapping[str, str]:
    labels = _phrases()["labels"]
    return {label: kind for kind in ("subject", "to", "sent", "from") for label in labels[kind]}


def is_intro(text: str, *, before_a_quote: bool) -> bool:
    """ "On Tue, 17 Nov 2026 at 09:12, Ada <ada@example.org> wrote:", in any of the languages.

    Before a quote the verb is enough. Before anything else the line must hold a date, and what people seldom write: an
    address, or the time of day.
    """
    text = text.strip()
    if not text.endswith((":", "：")) or len(text) > 600:
        return False
    dated = _DATE.search(text) is not None
    if before_a_quote:
        return (dated and (starts_intro(text) or _names_an_address(text))) or _tells_who_wrote(text)
    if not dated:
        return False
    if _names_an_address(text) and (_ADDRESS_AT_END.search(text) or _BARE_ADDRESS_AT_END.search(text)):
        return True
    by_a_program = _names_an_address(text) or (starts_intro(text) and _TIME.search(text) is not None)
    return by_a_program and _tells_who_wrote(text)


def is_short_intro(line: str) -> bool:
    """ "Ann wrote on 9 June:", "On Monday Ann wrote:": who and when in a few words, and nobody's "I wrote"."""
    text = line.strip().lower()
    if not text.endswith((":", "：")) or not 2 < len(text.split()) <= 12 or not _tells_who_wrote(text):
        return False
    if any(mine in text for mine in _tuple("wrote_myself")):
        return False
    first = re.match(r"[^\s,]{1,12}", text)
    begins = first is not None and not _set("starts").isdisjoint((first[0], first[0].rstrip(".")))
    return begins or _DAY_AND_MONTH.search(text) is not None


def _names_an_address(text: str) -> bool:
    return "@" in text and _ADDRESS.search(text) is not None


def names_its_writer(line: str) -> bool:
    """ "Ada <ada@example.org>, 17 Nov 2026," as introductions begin that go on below: an address, a date, a comma."""
    return line.endswith(",") and "@" in line and _IN_BRACKETS.search(line) is not None and any(map(str.isdigit, line))


def starts_intro(line: str) -> bool:
    """Whether a line begins as introductions do: a word for "on", a weekday or a date, and a digit somewhere."""
    lowered = line.strip().lower()
    first = re.match(r"[^\s,]{1,12}", lowered)
    if first is None or not any(c.isdigit() for c in lowered):
        return False
    return first[0][0].isdigit() or not _set("starts").isdisjoint((first[0], first[0].rstrip(".")))


def is_divider(line: str) -> bool:
    """ "-----Original Message-----" and its like: known words between dashes, or alone before a colon."""
    if line[:1] not in _DASHES and not line.endswith((":", "：")):
        return False
    bare = line.strip(_DASHES + ":：>").lower()
    if not bare or len(bare) > 200:
        return False
    dashed = _ARROWED.match(line.strip()) is not None
    if bare in _set("dividers"):
        return dashed or line.rstrip().endswith((":", "：")) or len(bare) < len(line.strip()) - 3
    if not dashed:
        return False
    return bare.startswith(_tuple("dividers")) or (_DATE.search(bare) is not None and _tells_who_wrote(bare))


def is_rule(line: str) -> bool:
    """A line of underscores or dashes, as Outlook draws above a history."""
    bare = line.strip()
    return len(bare) >= 10 and set(bare) <= set("_-–—=")


def label_kind(line: str) -> str:
    """ "from", "sent", "to" or "subject" where the line begins with such a label and has a value; "" otherwise."""
    found = _LABEL.match(line)
    return _kind_of_label().get(found[1].strip().lower(), "") if found else ""


def is_footer(line: str) -> bool:
    """A line that a telephone, a mail program or a virus scanner added, and that a person would hardly type.

    Such a line ends with a name of a word or two ("Sent from my phone"). Where it goes on it must name a device or a
    program, in each of its sentences; otherwise it may be a person's: "Wysłane z Krakowa nie doszło."
    """
    bare = _said(line)
    if not 0 < len(bare) <= 160:
        return False
    return _is_banner(bare) or _is_mark(bare) or _advertises(bare) or _names_its_device(bare)


def _said(line: str) -> str:
    return line.strip(" \t-–_*[]()<>").lower().replace("’", "'")


def _is_banner(bare: str) -> bool:
    return bare.startswith(_tuple("banners")) and not speaks_of_himself(bare)


def _is_mark(bare: str) -> bool:
    """A beginning of the table, and behind it two words at most, or sentences that each name a device or a program."""
    said = bare.partition("http")[0].rstrip(" <(.:")
    opening = max((start for start in _tuple("footers") if said.startswith(start)), key=len, default="")
    if not opening:
        return False
    rest = said[len(opening) :].strip()
    if "?" in rest or len(rest.split()) > 12 or speaks_of_himself(rest.replace("excuse my", "")):
        return False
    parts = [part for part in _SENTENCE_END.split(said) if part]
    named = all(any(name in part for name in _tuple("devices")) for part in parts)
    return named or (len(parts) == 1 and len(rest.split()) <= 2)


def is_newsletter_footer(line: str) -> bool:
    """What newsletters and companies put below a mail; a person says "I" or "my"."""
    bare = _said(line)
    return bare.startswith(_tuple("newsletter_footers")) and not speaks_of_himself(bare)


def speaks_of_himself(text: str) -> bool:
    """Whether a person speaks: "I", "my" and their like stand in it as words."""
    words = " " + " ".join(_NO_WORD.split(text.lower())) + " "
    return any(f" {word} " in words for word in _tuple("first_person"))


def _advertises(bare: str) -> bool:
    """ "Get Outlook for iOS<https://...>" in any language: the two names, few words, and no end of a sentence."""
    said = bare.partition("http")[0].rstrip(" <(")
    system = "ios" in said or "android" in said
    return "outlook" in said and system and len(said.split()) <= 8 and said[-1:] not in ".?!"


def _names_its_device(bare: str) -> bool:
    """ "Von meinem Galaxy gesendet" in any language: a device, a word for sending, and no end of a sentence."""
    words = bare.split()
    device = any(name in bare for name in _tuple("devices"))
    return device and 1 < len(words) <= 6 and bare[-1] not in ".?!," and any(root in bare for root in _SENT)


def is_notice(paragraph: str, *, below_a_farewell: bool) -> bool:
    """A confidentiality notice: its opening and two of the words that such notices are made of, and nobody's "I".

    Below a farewell two of the words will do without the opening, anywhere three of them.
    """
    bare = paragraph.strip(" *_-").lower()
    if len(bare) < 60 or speaks_of_himself(bare):
        return False
    opens = below_a_farewell or bare.startswith(_tuple("notices"))
    return sum(word in bare for word in _set("notice_words")) >= (2 if opens else 3)


def heads_a_notice(line: str) -> bool:
    """A few words that open a notice whose text stands below a blank line."""
    bare = line.strip(" *_-").lower()
    return len(bare) < 60 and bare.startswith(_tuple("notices")) and not speaks_of_himself(bare)


def reads_like_a_notice(words: str) -> bool:
    """Whether these words can stand in a notice: its opening, or a word that notices are made of, and nobody's "I"."""
    bare = words.strip(" *_-").lower()
    made_of = bare.startswith(_tuple("notices")) or any(word in bare for word in _tuple("notice_words"))
    return made_of and not speaks_of_himself(bare)


def is_message_label(line: str) -> bool:
    """ "Message:" as contact forms put it above what was typed."""
    found = _LABEL.match(line)
    return found is not None and found[1].strip().lower() in _set("message_labels")


def is_farewell(line: str) -> bool:
    return line.strip(" ,.!*_-").lower() in _set("farewells")


def is_contact_line(line: str) -> bool:
    """A line of a business card: a telephone number, a link or a mail address, and hardly a word besides."""
    return len(line.split()) <= 12 and bool(_PHONE.search(line[:200]) or _LINK.search(line[:200]))
