"""Whether a mail's own words say that a program wrote it, where no header does.

Words are weak evidence: who is recognised by them alone is still read, so that no person is lost; they get no answer.
Every look is at the beginning of a subject or of a body, and every phrase is compared as it stands.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files

from intents.foreign_lines import speaks_of_himself

_LOOK = 600
_FIRST = 160
_FIRST_LINES = 3
_LONGEST_REPORT = 4_000
_LONGEST_SUBJECT = 300
_END = re.compile(r"\s*(?:$|[:：(\[]|\s[-–—]\s)")
_TICKET = re.compile(r"\[[^\]]{0,30}\d{2,}[^\]]{0,10}\]|#\s?\d{2,}|\bticket\b|\bcase\b|\[#", re.IGNORECASE)
_SAYS_RECEIVED = re.compile(
    r"received|receipt|eingangsbestätigung|empfangsbestätigung|eingegangen|accusé de réception|recibido|acuse de recibo"
    r"|ricevuto|ricezione|ontvang|otrzyma|przyjęcia|mottagit|modtaget",
    re.IGNORECASE,
)
_OPENED = re.compile(r"\b(?:ticket|case) has (?:now )?been (?:opened|created|logged)")
_STATUS = re.compile(r"\b[45]\.\d{1,3}\.\d{1,3}\b|\b(?:smtp|error|status|code):? [45]\d\d\b|\b55\d[ -]")
_NUMBER = re.compile(r"\d{2,}")
#: "Your case number is 55-102", "unter der Nummer 2026-771".
_NUMBERED = re.compile(
    r"(?:\b(?:ticket|case|ref(?:erence)?|number|no\.?|\w{0,12}nummer|nr\.?|dossier|zaak|incidencia|numéro|número|numero|numer\w*|pratica|sprawy)|#|n°|nº)"
    r"(?: (?:is|ist|est|es|è|to|di pratica))?\s?[:#.]?\s?#?[a-z]{0,4}[-_/]?\d{2,}"
)
_CLAUSE_END = re.compile(r"\s*(?:$|[.:!*\])]|\s[-–—]\s)")
#: "This is an automatic reply", "Automatische Nachricht -", in the seven languages.
_AUTOMATIC = re.compile(
    r"(?:(?:this|that|dies|das|dit|to|this message|this e-?mail) (?:is|ist|jest) )?"
    r"(?:ceci est |c'est |est[ea] es |quest[oa] è )?"
    r"(?:an? |eine? |une? |una |een )?"
    r"(?:(?:fully |voll)?(?:auto[- ]?|automat\w{0,12} )(?:generated |generierte |verschickte )?"
    r"(?:reply|response|message|notification|answer|acknowledge?ment|confirmation|e-?mail|mail|antwort|nachricht"
    r"|(?:eingangs|empfangs)?bestätigung|benachrichtigung|antwoord|bericht|reactie|bevestiging(?: van ontvangst)?"
    r"|melding|odpowiedź|wiadomość|potwierdzenie)"
    r"|(?:réponse|message|courriel|courrier|accusé de réception|e-?mail|notification|respuesta|mensaje|correo|aviso"
    r"|acuse|risposta|messaggio|notifica|conferma|wiadomość|odpowiedź|potwierdzenie) (?:\w{1,12} )?autom\w{1,12})"
)


def is_bounce(subject: str, body: str) -> bool:
    """Whether `subject` begins as a delivery report's does, and `body` says what such reports say."""
    start = subject[:_LONGEST_SUBJECT].lower().replace("’", "'").strip()
    if not any(start.startswith(words) and _END.match(start, len(words)) for words in _phrases("bounce_subjects")):
        return False
    said = " ".join(body[:_LONGEST_REPORT].lower().replace("’", "'").split())
    # A person says "my parcel was not delivered" under such a subject; a report without a number never says "my".
    told = any(words in said for words in _phrases("bounce_words")) and not speaks_of_himself(said)
    return told or _STATUS.search(said) is not None


def introduces_itself(body: str) -> bool:
    """Whether `body` says at its beginning, perhaps below a greeting, that it is automatic."""
    lines = [line for line in body[:_LOOK].split("\n") if line.strip()][:_FIRST_LINES]
    return any(_is_introduction(_beginning(line)) for line in lines)


def _is_introduction(line: str) -> bool:
    """A known phrase; or "automatic reply" as the subject of the line's first words, and nobody's "I" in it before."""
    if line.startswith(_phrases("first_words")):
        return True
    greeting = re.match(r"[^,:!]{1,40}[,:!] ", line)
    starts = (0, greeting.end()) if greeting else (0,)
    found = next((found for start in starts if (found := _AUTOMATIC.match(line, start))), None)
    return found is not None and _CLAUSE_END.match(line, found.end()) is not None


def is_receipt(subject: str, body: str) -> bool:
    """Whether a help desk says that it has got something: what, that it has it, and its number or until when."""
    start = _beginning(body)
    if not start.startswith(_phrases("receipt_openings")) or speaks_of_himself(start):
        return False
    first = start[:_FIRST]
    if not any(words in first for words in _phrases("receipt_words")):
        return False
    subject = subject[:_LONGEST_SUBJECT]
    promised = any(words in start for words in _phrases("receipt_promises"))
    named = _TICKET.search(subject) is not None and _SAYS_RECEIVED.search(subject) is not None
    repeated = any(number in start for number in _NUMBER.findall(subject))
    numbered = _NUMBERED.search(first) is not None or (_SAYS_RECEIVED.search(subject) and _NUMBER.search(first))
    opened = _TICKET.search(subject) is not None and _OPENED.search(start) is not None
    return promised or named or repeated or bool(numbered) or opened


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
