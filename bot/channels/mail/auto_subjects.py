"""Subjects that programs put before an automatic reply, in the languages of the common mail programs.

A subject is automatic only where it begins with such words and then ends or goes on after a colon: people write the
same words in the middle of their sentences. Some of them people put into a subject by themselves ("Abwesenheit"): a
mail under one of those gets no answer, but it is read.
"""

import re

#: One tuple for each language.
PREFIXES: dict[str, tuple[str, ...]] = {
    "en": (
        "automatic reply", "auto reply", "autoreply", "auto-reply", "auto response", "auto-response", "autoresponse",
        "automated reply", "automated response", "automatic response", "out of office", "out-of-office",
        "out of the office", "out of office reply", "out of office autoreply", "out of office auto-reply",
        "vacation reply", "vacation response", "away from my mail", "i am out of the office", "ooo", "annual leave",
        "on annual leave", "on leave", "on holiday", "i am on holiday", "i'm on holiday", "away on holiday",
        "on vacation", "maternity leave", "auto responder", "autoresponder",
    ),
    "de": (
        "automatische antwort", "auto-antwort", "automatisch generierte antwort", "abwesenheitsnotiz", "abwesend",
        "abwesenheit", "abwesenheitsnachricht", "abwesenheitsassistent", "automatische abwesenheitsnotiz",
        "automatische abwesenheitsmeldung", "abwesenheitsmeldung", "nicht im büro", "im urlaub",
    ),
    "fr": (
        "réponse automatique", "reponse automatique", "absence du bureau", "message d'absence", "absent du bureau",
        "notification d'absence", "réponse automatique d'absence", "réponse d'absence", "avis d'absence",
        "notification automatique d'absence", "en congé", "en congés",
    ),
    "es": ("respuesta automática", "respuesta automatica", "fuera de la oficina", "fuera de oficina"),
    "it": ("risposta automatica", "fuori sede", "fuori ufficio", "assente dall'ufficio"),
    "pt": ("resposta automática", "resposta automatica", "fora do escritório", "ausência temporária"),
    "nl": ("automatisch antwoord", "automatische reactie", "afwezigheidsbericht", "niet aanwezig", "afwezig",
        "afwezigheidsmelding", "automatische afwezigheidsmelding", "afwezigheidsassistent", "op vakantie"),
    "sv": ("autosvar", "automatiskt svar", "frånvaromeddelande", "frånvaro"),
    "da": ("automatisk svar", "autosvar", "ikke på kontoret", "fraværsmeddelelse"),
    "no": ("automatisk svar", "autosvar", "fraværsmelding", "fravær"),
    "fi": ("automaattinen vastaus", "automaattivastaus", "poissa", "poissaoloilmoitus"),
    "pl": ("odpowiedź automatyczna", "automatyczna odpowiedź", "autoodpowiedź", "poza biurem", "nieobecność",
        "nieobecna", "nieobecny"),
    "cs": ("automatická odpověď", "mimo kancelář"),
    "sk": ("automatická odpoveď", "mimo kancelárie"),
    "hu": ("automatikus válasz", "házon kívül"),
    "ro": ("răspuns automat", "raspuns automat"),
    "tr": ("otomatik yanıt", "otomatik cevap", "ofis dışında"),
    "ru": ("автоматический ответ", "автоответ", "вне офиса"),
    "uk": ("автоматична відповідь", "автовідповідь"),
    "el": ("αυτόματη απάντηση", "εκτός γραφείου"),
    "hr": ("automatski odgovor",),
    "sl": ("samodejni odgovor",),
    "bg": ("автоматичен отговор",),
    "et": ("automaatvastus",),
    "lv": ("automātiskā atbilde",),
    "lt": ("automatinis atsakymas",),
    "ca": ("resposta automàtica",),
    "ja": ("自動応答", "自動返信"),
    "zh": ("自动回复", "自動回覆", "自动答复"),
    "ko": ("자동 회신", "자동 응답", "부재 중"),
    "he": ("תשובה אוטומטית", "מענה אוטומטי"),
    "ar": ("رد تلقائي", "الرد التلقائي"),
    "vi": ("trả lời tự động",),
    "id": ("balasan otomatis",),
}  # fmt: skip

#: Of these, what people say of themselves.
SAID_BY_PEOPLE = frozenset({
    "out of office", "out-of-office", "out of the office", "away from my mail", "i am out of the office", "ooo",
    "annual leave", "on annual leave", "on leave", "on holiday", "i am on holiday", "i'm on holiday", "away on holiday",
    "on vacation", "maternity leave", "abwesend", "abwesenheit", "nicht im büro", "im urlaub", "absence du bureau",
    "absent du bureau", "en congé", "en congés", "fuera de la oficina", "fuera de oficina", "fuori sede",
    "fuori ufficio", "assente dall'ufficio", "fora do escritório", "ausência temporária", "niet aanwezig", "afwezig",
    "op vakantie", "frånvaro", "ikke på kontoret", "fravær", "poissa", "poza biurem", "nieobecność", "nieobecna",
    "nieobecny", "mimo kancelář", "mimo kancelárie", "házon kívül", "ofis dışında", "вне офиса", "εκτός γραφείου",
})  # fmt: skip

_LONGEST = 60
#: As Notes writes it: "AUTO: Ada Byron is out of the office (returning 01.12.2026)".
_NOTES = re.compile(r"AUTO: .{1,80}(?:\bout of\b|\breturning\b|\baway\b|\bnicht im\b|\babsen)", re.DOTALL)
_END = re.compile(r"\s*(?:$|[:：\]】]|\s[-–—]\s|(?:re|aw)\s?:|from\s\S{1,80}@)")


def is_automatic_subject(subject: str) -> bool:
    """Whether `subject` begins as an automatic reply's does, and as no person's."""
    return _NOTES.match(subject) is not None or not SAID_BY_PEOPLE.issuperset(_beginnings(subject))


def says_to_be_away(subject: str) -> bool:
    """Whether `subject` begins with words by which programs, and people, say that somebody is not there."""
    return not SAID_BY_PEOPLE.isdisjoint(_beginnings(subject))


def _beginnings(subject: str) -> list[str]:
    """The words of the table with which it begins and then ends, or goes on after a colon."""
    start = subject[:_LONGEST].lower().replace("’", "'").lstrip(" [【")
    return [words for words in _every() if start.startswith(words) and _END.match(start, len(words))]


def _every() -> tuple[str, ...]:
    return tuple(words for language in PREFIXES.values() for words in language)
