"""Whether a mail's own words say that a program wrote it, where no header does.

Words are weak evidence: who is recognised by them alone is still read, so that no person is lost; they get no answer.
Every look is at the beginning of a subject or of a body, and every phrase is compared as it stands.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files

_LOOK = 600
_FIRST = 160
_FIRST_LINES = 3
_LONGEST_REPORT = 4_000
_LONGEST_SUBJECT = 300
_END = re.compile(r"\s*(?:$|[:：(\[]|\s[-–—]\s)")
_TICKET = re.compile(r"\[[^\]]{0,30}\d{2,}[^\]]{0,10}\]|#\s?\d{2,}|\bticket\b|\bcase\b|\[#", re.IGNORECASE)
_SAYS_RECEIVED = re.compile(
    r"received|eingangsbestätigung|eingegangen|accusé de réception|recibido|ricevuto|ontvangen|otrzymali|mottagit"
    r"|modtaget",
    re.IGNORECASE,
)
_OPENED = re.compile(r"\b(?:ticket|case) has (?:now )?been (?:opened|created|logged)")
_STATUS = re.compile(r"\b[45]\.\d{1,3}\.\d{1,3}\b|\b(?:smtp|error|status|code):? [45]\d\d\b|\b55\d[ -]")
_NUMBER = re.compile(r"\d{2,}")


def is_bounce(subject: str, body: str) -> bool:
    """Whether `subject` begins as a delivery report's does, and `body` says what such reports say."""
    start = subject[:_LONGEST_SUBJECT].lower().replace("’", "'").strip()
    if not any(start.startswith(words) and _END.match(start, len(words)) for words in _phrases("bounce_subjects")):
        return False
    said = " ".join(body[:_LONGEST_REPORT].lower().replace("’", "'").split())
    return _STATUS.search(said) is not None or any(words in said for words in _phrases("bounce_words"))


def introduces_itself(body: str) -> bool:
    """Whether `body` says at its beginning, perhaps below a greeting, that it is automatic."""
    lines = [line for line in body[:_LOOK].split("\n") if line.strip()][:_FIRST_LINES]
    return any(_beginning(line).startswith(_phrases("first_words")) for line in lines)


def is_receipt(subject: str, body: str) -> bool:
    """Whether a help desk says that it has got something: what, that it has it, and its number or until when."""
    start = _beginning(body)
    if not start.startswith(_phrases("receipt_openings")):
        return False
    first = start[:_FIRST]
    if not any(words in first for words in _phrases("receipt_words")):
        return False
    subject = subject[:_LONGEST_SUBJECT]
    promised = any(words in start for words in _phrases("receipt_promises"))
    named = _TICKET.search(subject) is not None and _SAYS_RECEIVED.search(subject) is not None
    repeated = any(number in start for number in _NUMBER.findall(subject))
    numbered = _SAYS_RECEIVED.search(subject) is not None and _NUMBER.search(first) is not None
    opened = _TICKET.search(subject) is not None and _OPENED.search(start) is not None
    return promised or named or repeated or numbered or opened


def is_challenge(subject: str, body: str) -> bool:
    """Whether a filter holds our mail until somebody proves to be a person."""
    said = f"{subject[:_LONGEST_SUBJECT].lower()} {_beginning(body)}"
    held = any(words in said for words in _phrases("challenge_holds"))
    return held and any(words in said for words in _phrases("challenge_asks"))


def _beginning(body: str) -> str:
    """The first words on one line in lower case, marks before them left out."""
    return " ".join(body[:_LOOK].lower().replace("’", "'").split()).lstrip("*-_=#>·•|[( ")


@cache
def _phrases(table: str) -> tuple[str, ...]:
    text = files(__package__).joinpath("robot_phrases.toml").read_text(encoding="utf-8")
    found: list[str] = tomllib.loads(text)[table]
    return tuple(found)
