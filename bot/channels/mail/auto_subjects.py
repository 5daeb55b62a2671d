"""Subjects that programs put before an automatic reply, in the languages of the common mail programs.

A subject is automatic only where it begins with such words and then ends or goes on after a colon: people write the
same words in the middle of their sentences.
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

_LONGEST = 60
#: As Notes writes it: "AUTO: Ada Byron is out of the office (returning 01.12.2026)".
_NOTES = re.compile(r"AUTO: .{1,80}(?:\bout of\b|\breturning\b|\baway\b|\bnicht im\b|\babsen)", re.DOTALL)
_END = re.compile(r"\s*(?:$|[:：\]】]|\s[-–—]\s|(?:re|aw)\s?:|from\s\S{1,80}@)")


def is_automatic_subject(subject: str) -> bool:
    """Whether `subject` begins as an automatic reply's does."""
    if _NOTES.match(subject):
        return True
    start = subject[:_LONGEST].lower().replace("’", "'").lstrip(" [【")
    return any(start.startswith(words) and _END.match(start, len(words)) for words in _every())


def _every() -> tuple[str, ...]:
    return tuple(words for language in PREFIXES.values() for words in language)
