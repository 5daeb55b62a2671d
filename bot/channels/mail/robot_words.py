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
_LONGEST_SUBJECT = 300
_END = re.compile(r"\s*(?:$|[:：(\[]|\s[-–—]\s)")
_TICKET = re.compile(r"\[[^\]]{0,30}\d{2,}[^\]]{0,10}\]|#\s?\d{2,}|\bticket\b|\bcase\b|\[#", re.IGNORECASE)
_SAYS_RECEIVED = re.compile(
    r"received|eingangsbestätigung|eingegangen|accusé de réception|recibido|ricevuto|ontvangen|otrzymali|mottagit"
    r"|modtaget",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d{2,}")


def is_bounce_subject(subject: str) -> bool:
    """Whether `subject` begins as a delivery report's does."""
    start = subject[:_LONGEST_SUBJECT].lower().replace("’", "'").strip()
    return any(start.startswith(words) and _END.match(start, len(words)) for words in _phrases("bounce_subjects"))


def introduces_itself(body: str) -> bool:
    """Whether `body` begins with the words that it is automatic."""
    return _beginning(body).startswith(_phrases("first_words"))


def is_receipt(subject: str, body: str) -> bool:
    """Whether a help desk says that it has got something: in its subject a ticket, in its first words the receipt."""
    start = _beginning(body)
    if not _TICKET.search(subject[:_LONGEST_SUBJECT]) or not start.startswith(_phrases("receipt_openings")):
        return False
    if not any(words in start[:_FIRST] for words in _phrases("receipt_words")):
        return False
    numbers = _NUMBER.findall(subject[:_LONGEST_SUBJECT])
    return _SAYS_RECEIVED.search(subject[:_LONGEST_SUBJECT]) is not None or any(number in start for number in numbers)


def is_challenge(subject: str, body: str) -> bool:
    """Whether a filter holds our mail until somebody proves to be a person."""
    said = f"{subject[:_LONGEST_SUBJECT].lower()} {_beginning(body)}"
    return any(words in said for words in _phrases("challenge_holds")) and any(
        words in said for words in _phrases("challenge_asks")
    )


def _beginning(body: str) -> str:
    """The first words on one line in lower case, marks before them left out."""
    return " ".join(body[:_LOOK].lower().replace("’", "'").split()).lstrip("*-_=#>·•|[( ")


@cache
def _phrases(table: str) -> tuple[str, ...]:
    text = files(__package__).joinpath("robot_phrases.toml").read_text(encoding="utf-8")
    found: list[str] = tomllib.loads(text)[table]
    return tuple(found)
