"""Finds the lines of a file that are not policy: menus, spam, archive headers, tables of contents.

A line goes only for a reason that can be told; one that might be policy stays. What goes is listed, never lost
silently.
"""

import re
from collections import Counter
from collections.abc import Sequence

from policy_faq.policy import Dropped

_ARCHIVE = re.compile(
    r"web\.archive\.org|wayback machine|archived (?:on|copy|from)|extracted and transformed from", re.I
)
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
_ABOUT_DATA = re.compile(
    r"priva|polic|data\b|dat[aeio]\b|daten|datos|dados|donn[ée]es|gegevens|personal|persönlich|cookie|confidential|"
    r"information|consent|gdpr|dsgvo|rgpd",
    re.I,
)
_MENU = re.compile(
    r"home|shop|store|cart|basket|bag|wish ?list|log ?in|log ?out|sign ?(?:in|up)|register|search|menu|"
    r"about(?: us)?|contact(?: us)?|"
    r"follow us|facebook|instagram|pinterest|twitter|youtube|tiktok|newsletter|subscribe|faqs?|returns|"
    r"shipping|delivery|"
    r"my account|checkout|skip to content|back to top|close|rings?|necklaces?|earrings?|bracelets?|sale|new in|gifts?|"
    r"share|by share|blog|stores?|help|track order|size guide|careers|press|terms(?: (?:and|&) conditions)?|sitemap|"
    r"start(?:seite)?|warenkorb|anmelden|panier|accueil|winkelwagen|carrito|inicio",
    re.I,
)
_COPYRIGHT = re.compile(r"^\s*(?:©|\(c\)|copyright)\b.{0,80}$|^.{0,40}all rights reserved\.?\s*$", re.I)
_END = re.compile(r"[.!?:;,…]\s*$")
_CONTENTS = re.compile(r"^\W*(?:table of )?contents\W*$|^\W*on this page\W*$|^\W*inhalt(?:sverzeichnis)?\W*$", re.I)


def find_noise(lines: Sequence[str]) -> tuple[Dropped, ...]:
    """The lines (counted from 1) that are not policy, with the reason, in order."""
    reasons: dict[int, str] = {}
    for number, line in enumerate(lines, 1):
        if reason := _alone(line):
            reasons[number] = reason
    for number in _opening_menu(lines):
        reasons.setdefault(number, "menu")
    for number in _closing_menu(lines):
        reasons.setdefault(number, "menu")
    for number in _contents(lines):
        reasons.setdefault(number, "table of contents")
    return _runs(reasons)


def _alone(line: str) -> str:
    if not line.strip():
        return ""
    if _ARCHIVE.search(line) and len(line) < 1000:
        return "archive header"
    if len(_EMOJI.findall(line)) >= 3 and not _ABOUT_DATA.search(line):
        return "advertisement"
    pieces = [piece.strip() for piece in re.split(r"[.!?。！？]", line[:20_000])]
    repeated = Counter(piece for piece in pieces if len(piece) >= 20)
    if repeated and max(repeated.values()) >= 3 and not _ABOUT_DATA.search(line):
        return "advertisement"
    return "copyright line" if _COPYRIGHT.search(line) else ""


def _is_short(line: str) -> bool:
    return len(line.split()) <= 5 and len(line) <= 50 and not _END.search(line) and not re.search(r"\d{3}|@", line)


def _opening_menu(lines: Sequence[str]) -> list[int]:
    """Short lines before the first line that speaks of privacy or is a sentence, where there are three or more."""
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if not _is_short(line) or _ABOUT_DATA.search(line):
            break
        found.append(number)
    return found if len(found) >= 3 else []


def _closing_menu(lines: Sequence[str]) -> list[int]:
    """Menu words at the end of the file, one on each line, where there are three or more."""
    found = []
    for number in range(len(lines), 0, -1):
        words = lines[number - 1].strip(" \t\r•*|-–")
        if words and not _COPYRIGHT.search(words):
            if not _MENU.fullmatch(words):
                break
            found.append(number)
    return found if len(found) >= 3 else []


def _contents(lines: Sequence[str]) -> list[int]:
    """A table of contents: its title and the short lines after it that come again as headings further down."""
    for number, line in enumerate(lines, 1):
        if not _CONTENTS.match(line.strip("#* ")):
            continue
        later = {_plain(other) for other in lines[number:] if not _is_item(other)}
        found = [number]
        for place in range(number + 1, len(lines) + 1):
            words = lines[place - 1]
            if not words.strip():
                continue
            if len(_plain(words).split()) > 16 or not (_is_item(words) or _plain(words) in later):
                break
            found.append(place)
        again = sum(_plain(lines[place - 1]) in later for place in found[1:])
        return found if again >= 2 and again * 3 >= len(found) - 1 else []
    return []


def _is_item(line: str) -> bool:
    return bool(re.match(r"\s*[*•\-–·]\s", line))


def _plain(line: str) -> str:
    return " ".join(re.sub(r"[^\w\s]|\b\d+\b", " ", line.casefold()).split())


def _runs(reasons: dict[int, str]) -> tuple[Dropped, ...]:
    runs: list[Dropped] = []
    for number in sorted(reasons):
        last = runs[-1] if runs else None
        if last and last.last_line == number - 1 and last.reason == reasons[number]:
            runs[-1] = Dropped(first_line=last.first_line, last_line=number, reason=last.reason)
        else:
            runs.append(Dropped(first_line=number, last_line=number, reason=reasons[number]))
    return tuple(runs)
