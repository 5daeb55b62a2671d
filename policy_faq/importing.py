"""Makes a Policy from a file's bytes, or says in one line why it cannot.

The stored text keeps every byte that the rendering keeps; what is not policy (menus, spam, archive headers) is only
left out of the units, and listed.
"""

import hashlib
import re
from collections import Counter

from policy_faq.errors import NotAPolicy
from policy_faq.lines import LineKind, split_lines
from policy_faq.noise import find_noise
from policy_faq.policy import Dropped, Policy, source_line
from policy_faq.rendering import Rendered, render
from policy_faq.structure import Corrections, known_corrections, line_digest, read_structure

MOST_BYTES = 50_000_000
#: A saved page may be large for its pictures; the words of a policy are not.
MOST_CHARACTERS = 2_000_000
MOST_LINES = 100_000
_ABOUT_PRIVACY = re.compile(
    r"\bprivacy\b|personal (?:data|information|details)|\bcookies?\b|\bGDPR\b|\bCCPA\b|your (?:data|"
    r"information|details)|"
    r"data protection|datenschutz|personenbezogen|\bdaten\b|\bDSGVO\b|données|confidentialité|\bRGPD\b|"
    r"persoonsgegevens|gegevens|"
    r"\bAVG\b|datos personales|privacidad|protección de datos|dati personali|\bdati\b|trattamento|"
    r"dane osobowe|danych|\bRODO\b|"
    r"dados pessoais|privacidade",
    re.I,
)
_DATED = re.compile(
    r"(?:last (?:updated|modified|revised|reviewed|changed)|effective(?: date| from| as of)?|"
    r"in force since|updated(?: on)?|"
    r"version of|valid from|stand|dernière mise à jour|última actualización|laatst (?:gewijzigd|bijgewerkt))\W{0,12}"
    r"((?:\d{1,2}(?:st|nd|rd|th)?\.? )?[A-Z][a-zäéûç]{2,9}\.? (?:\d{1,2}(?:st|nd|rd|th)?,? )?\d{4}|"
    r"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}|"
    r"\d{1,2}(?: de)? [a-zäéûç]{3,10}(?: de)? \d{4})",
    re.I,
)
_FUNCTION_WORDS = {
    "en": "the and you your our with this that are",
    "de": "der die und sie ihre wir mit nicht werden",
    "fr": "les des vous nous votre vos pour dans est",
    "nl": "het een van wij uw voor niet zijn worden",
    "es": "los las usted sus para nuestra una por datos",
    "it": "gli della che per sono vostri dati nostro una",
    "pl": "się oraz jest nie dane przez państwa dla lub",
    "pt": "os das você seus para nossa uma não por",
}


def import_policy(raw: bytes, *, name: str, corrections: Corrections | None = None) -> Policy:
    """The policy in the file `name`, whose bytes are `raw`; shipped corrections apply where none are given.

    Raises NotAPolicy, in one line, for a file that is empty, binary, over 50 MB or two million characters of text, or
    not about personal data.
    """
    rendered = _checked(raw)
    sha256 = hashlib.sha256(raw).hexdigest()
    corrections = known_corrections(sha256) if corrections is None else corrections
    stored_lines = rendered.text.split("\n")
    noise = (*find_noise(stored_lines), *_told_noise(stored_lines, corrections))
    left_out = frozenset(line for drop in noise for line in range(drop.first_line, drop.last_line + 1))
    lines = split_lines(rendered.text, rendered.line_starts, left_out, blocks=rendered.kind == "html")
    sections, units = read_structure(rendered.text, lines, corrections)
    if not units:
        raise NotAPolicy("the file holds no sentence")
    return Policy(
        sha256=sha256,
        name=name,
        text=rendered.text,
        rendering=rendered.name,
        line_starts=rendered.line_starts,
        sections=sections,
        units=units,
        dropped=tuple(_in_source(drop, rendered) for drop in noise),
        dated=_date(rendered.text),
        language=_language(rendered.text),
    )


def _checked(raw: bytes) -> Rendered:
    if not raw.strip():
        raise NotAPolicy("the file is empty")
    if len(raw) > MOST_BYTES:
        raise NotAPolicy(f"the file has {len(raw):,} bytes: more than {MOST_BYTES:,} are not read")
    rendered = render(raw)
    if len(rendered.text) > MOST_CHARACTERS:
        raise NotAPolicy(f"the file has {len(rendered.text):,} characters of text: no policy has {MOST_CHARACTERS:,}")
    if rendered.text.count("\n") > MOST_LINES:
        raise NotAPolicy(f"the file has more than {MOST_LINES:,} lines: that is no policy")
    if len({match.casefold() for match in _ABOUT_PRIVACY.findall(rendered.text)}) < 2:
        raise NotAPolicy("the file does not read like a privacy policy: it hardly speaks of personal data")
    return rendered


def _told_noise(lines: list[str], corrections: Corrections) -> tuple[Dropped, ...]:
    noise = {digest for digest, correction in corrections.items() if correction.kind is LineKind.NOISE}
    return tuple(
        Dropped(first_line=number, last_line=number, reason="operator")
        for number, line in enumerate(lines, 1)
        if noise and line_digest(line) in noise
    )


def _in_source(drop: Dropped, rendered: Rendered) -> Dropped:
    """The same lines, counted in the file instead of in the stored text."""
    if rendered.kind != "html":
        return drop
    ends = [-1, *(match.start() for match in re.finditer("\n", rendered.text)), len(rendered.text)]
    first = source_line(rendered.line_starts, ends[drop.first_line - 1] + 1)
    last = source_line(rendered.line_starts, ends[drop.last_line] - 1)
    return Dropped(first_line=first, last_line=max(first, last), reason=drop.reason)


def _date(text: str) -> str:
    match = _DATED.search(text[:200_000])
    return match[1] if match else ""


def _language(text: str) -> str:
    """The language whose little words are the most frequent: a policy is long enough for that."""
    words = Counter(re.findall(r"[^\W\d_]{2,9}", text[:200_000].casefold()))
    scores = {code: sum(words[word] for word in little.split()) for code, little in _FUNCTION_WORDS.items()}
    return max(scores, key=lambda code: scores[code])
