"""Only what the writer wrote now: no quotes, no history, no signature."""

import re

_QUOTE_INTRO = re.compile(
    r"^(?:On|Am|Le|El|Il|Op|Em|Den|W dniu)\b.{0,300}(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|skrev|napisał)",
    re.I,
)
_HISTORY = re.compile(r"^-{2,}\s?(?:Original|Forwarded|Ursprüngliche)\b.*|^_{10,}\s*$")


def only_the_writers_words(text: str) -> str:
    """The new text of a mail body."""
    kept: list[str] = []
    for line in text.split("\n"):
        if _HISTORY.match(line) or line.rstrip() == "--" or line == "-- ":
            break
        if line.startswith(">") or _QUOTE_INTRO.match(line[:500]):
            continue
        kept.append(line.rstrip())
    return "\n".join(kept).strip()
