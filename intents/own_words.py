"""Keeps the writer's own new words: quoted history, forwarded mail, signatures and footers are someone else's.

Mail arrives here with its quoted replies already cut; chats and pasted texts do not. What is kept are spans of the
text, so that evidence can be quoted as it was written. Every scan is linear in the length of the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` to `end` (exclusive) of the text that was read."""

    start: int
    end: int


_QUOTED = re.compile(r"[ \t]{0,8}(?:>|\|[ \t])")
_SIGNATURE = re.compile(r"[ \t]{0,4}(?:--|__|—|––)[ \t]{0,4}")
_HISTORY_RULE = re.compile(
    r"[ \t]{0,4}(?:[-_=*]{2,40}[ \t]*)?(?:begin |start of )?(?:original(?: message| e?-?mail)|original appointment"
    r"|forwarded(?: message| e?-?mail| by [^\n]{0,60})|(?:fwd|forwarded|quoted)(?: text| message)?|previous message"
    r"|reply above this line|urspr[üu]ngliche nachricht|weitergeleitete nachricht|message d'origine"
    r"|message transf[ée]r[ée]"
    r"|oorspronkelijk bericht|doorgestuurd bericht|mensaje (?:original|reenviado)|messaggio (?:originale|inoltrato)"
    r"|wiadomo[śs][ćc] (?:oryginalna|przekazana)|oryginalna wiadomo[śs][ćc])[ \t]*:?[ \t]*(?:[-_=*]{2,40})?[ \t]*",
    re.IGNORECASE,
)
_ATTRIBUTION = re.compile(
    r"[ \t]{0,4}(?:on|am|le|op|el|il|w dniu|dnia|wrote|den)\b[^\n]{0,200}\b(?:wrote|writes|schrieb[^\n:]{0,60}"
    r"|a [ée]crit|schreef[^\n:]{0,60}|escribi[óo]|ha scritto|napisa[łl](?:\(?a\)?)?|pisze)[ \t]*:[ \t]*",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"[ \t*]{0,4}(?:from|sent|to|subject|date|cc|von|gesendet|an|betreff|datum|de|envoy[ée]|[àa]|objet|van|verzonden"
    r"|aan|onderwerp|enviado|para|asunto|da|inviato|a|oggetto|od|wys[łl]ano|do|temat)\*?[ \t]{0,2}:\*?[ \t]",
    re.IGNORECASE,
)
_FOOTER = re.compile(
    r"(?:if|in case)[^\n.]{0,40}(?:received|got|reached|receive)[^\n.]{0,60}(?:in error|by mistake)"
    r"|not the (?:intended|named) (?:recipient|addressee)|intended (?:solely|only) for (?:the|use)"
    r"|this (?:e-?mail|message|communication)[^\n.]{0,60}(?:is|are|may be|contains?)[^\n.]{0,30}confidential"
    r"|you(?:'re| are)? (?:are )?receiv(?:e|ed|ing) this[^\n.]{0,40}because|view (?:this |it )?(?:email )?(?:in|online)"
    r"[^\n.]{0,12}browser|to unsubscribe,? (?:please |simply |just )?(?:click|tap|visit|follow|reply)"
    r"|(?:click|tap)[^\n.]{0,20} to unsubscribe"
    r"|sent from my|get outlook for|von meinem \w+ gesendet|envoy[ée] (?:de|depuis) mon|verstuurd vanaf mijn"
    r"|enviado desde mi|inviato da(?:l mio)? |wys[łl]ane? z |registered in (?:england|scotland|ireland)|vat (?:no|reg)"
    r"|consider the environment|(?:diese|die) e-?mail[^\n.]{0,60}vertraulich|nicht der (?:richtige|beabsichtigte)"
    r"|ce (?:message|courriel|mail)[^\n.]{0,60}confidentiel|dit (?:bericht|e-?mail)[^\n.]{0,60}vertrouwelijk"
    r"|este (?:mensaje|correo)[^\n.]{0,60}confidencial|questo messaggio[^\n.]{0,60}riservat"
    r"|ta wiadomo[śs][ćc][^\n.]{0,60}poufn",
    re.IGNORECASE,
)


def own_spans(text: str) -> tuple[Span, ...]:
    """The spans of the text that are the writer's own, in order; neighbouring lines are joined."""
    lines = tuple(_lines(text))
    kept: list[Span] = []
    place = 0
    while place < len(lines):
        line = lines[place]
        words = text[line.start : line.end]
        if _ends_the_message(text, lines, place):
            break
        if not _is_foreign(text, lines, place, words):
            kept.append(line)
        place += 1
    return tuple(_without_footers(text, _paragraphs(text, kept)))


def _lines(text: str) -> Iterator[Span]:
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end + 1
        yield Span(start, end)
        start = end


def _ends_the_message(text: str, lines: tuple[Span, ...], place: int) -> bool:
    """Whether nothing of the writer's own can follow this line: a signature mark, or unquoted history below."""
    words = text[lines[place].start : lines[place].end].rstrip("\r\n")
    if len(words) > 300:
        return False
    if _SIGNATURE.fullmatch(words) or _HISTORY_RULE.fullmatch(words):
        return True
    if _ATTRIBUTION.fullmatch(words):
        return not _quote_follows(text, lines, place)
    return _HEADER.match(words) is not None and _header_lines(text, lines, place) >= 3


def _quote_follows(text: str, lines: tuple[Span, ...], place: int) -> bool:
    following = (text[line.start : line.end] for line in lines[place + 1 : place + 4])
    first = next((words for words in following if words.strip()), "")
    return _QUOTED.match(first) is not None


def _header_lines(text: str, lines: tuple[Span, ...], place: int) -> int:
    return sum(_HEADER.match(text, line.start, line.end) is not None for line in lines[place : place + 5])


def _is_foreign(text: str, lines: tuple[Span, ...], place: int, words: str) -> bool:
    if _QUOTED.match(words):
        return True
    return (
        len(words) < 300
        and _ATTRIBUTION.fullmatch(words.rstrip("\r\n")) is not None
        and _quote_follows(text, lines, place)
    )


def _paragraphs(text: str, lines: list[Span]) -> Iterator[Span]:
    """Joins neighbouring lines; a blank line or a gap ends a paragraph."""
    start = end = -1
    for line in lines:
        blank = not text[line.start : line.end].strip()
        if start >= 0 and (blank or line.start != end):
            yield Span(start, end)
            start = -1
        if not blank:
            start, end = (line.start if start < 0 else start), line.end
    if start >= 0:
        yield Span(start, end)


def _without_footers(text: str, paragraphs: Iterator[Span]) -> Iterator[Span]:
    """Drops footer paragraphs, and footer lines at the end of a paragraph."""
    for paragraph in paragraphs:
        end = paragraph.start
        for line in _lines(text[paragraph.start : paragraph.end]):
            if _is_footer(text[paragraph.start + line.start : paragraph.start + line.end]):
                break
            end = paragraph.start + line.end
        if text[paragraph.start : end].strip():
            yield Span(paragraph.start, end)


def _is_footer(line: str) -> bool:
    # A long line is an unwrapped paragraph: only one that begins like a footer is one.
    found = _FOOTER.search(line, 0, 400)
    return found is not None and (len(line) < 300 or found.start() < 120)
