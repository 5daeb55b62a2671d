"""What a question asks for (a duration, an address, a name) and whether a passage holds it.

Only a sure sign counts: "how many days" needs a number of days; "how long" is also answered by "until you unsubscribe".
"""

import re

from policy_faq.firms import firms_named

_UNIT = (
    r"(?:second|minute|hour|(?:business |working |calendar )?day|week|month|year|stunde|tag|woche|monat|"
    r"jahr|heure|jour|semaine|mois|an|année|"
    r"uur|dag|dagen|week|weken|maand|maanden|jaar|hora|día|semana|mes|año|ora|giorno|giorni|settimana|mese|mesi|anno|"
    r"anni|dzień|dni|"
    r"tydzień|miesiąc|miesiące|rok|lat|dia|mês|meses|ano)(?:s|e|en|n|es|os)?"
)
_NUMBER = (
    r"(?:\d[\d.,]*|one|two|three|four|five|six|seven|eight|nine|ten|twelve|thirty|forty|sixty|ninety|ein(?:e|en|em)?|"
    r"zwei|drei|vier|fünf|sechs|"
    r"zehn|zwölf|dreißig|une?|deux|trois|quatre|cinq|six|dix|douze|trente|een|twee|drie|vier|vijf|zes|tien|twaalf|"
    r"dertig|un[oa]?|dos|tres|"
    r"cuatro|cinco|seis|diez|doce|treinta|due|tre|quattro|cinque|sei|dieci|dodici|trenta)"
)
NUMERIC_DURATION = re.compile(rf"\b{_NUMBER}(?: \(\d+\))?[ -]{_UNIT}\b", re.I)
_ANY_DURATION = re.compile(
    r"\b(?:until|as long as|for as long|no longer than|indefinite|permanent|forever|immediate|promptly|"
    r"without (?:undue )?delay|at any time|"
    r"so long as|while|bis|solange|unverzüglich|jusqu|aussi longtemps|tant que|totdat|zolang|hasta|"
    r"mientras|finché|fino|dopóki|até|enquanto)",
    re.I,
)
_ASKS_NUMERIC = re.compile(
    rf"how many {_UNIT}|within how many|(?:exact|precise) (?:number|time|period)|what(?:'s|"
    rf" is) the (?:exact )?deadline|wie ?viele {_UNIT}|"
    rf"combien (?:de |d')?{_UNIT}|hoeveel {_UNIT}|cuánt[oa]s {_UNIT}|quant[ie] {_UNIT}|ile (?:dni|lat|"
    rf"miesięcy)|quant[oa]s {_UNIT}",
    re.I,
)
_ASKS_DURATION = re.compile(
    r"\bhow long\b|\buntil when\b|\bwie lange?\b|\bbis wann\b|\bcombien de temps\b|\bjusqu.à quand\b|\bhoe ?lang\b|"
    r"\btot wanneer\b|\bcuánto tiempo\b|\bhasta cuándo\b|\b(?:per )?quanto tempo\b|\bfino a quando\b|\bjak długo\b|"
    r"\bdo kiedy\b",
    re.I,
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+\w")
_PHONE = re.compile(
    r"(?<!\d)(?:\+\d[\d() .\-–]{6,}\d|\(?0\d[\d() .\-–]{6,}\d|1-\d{3}-\d{3}-\d{4}|\(\d{3}\) \d{3}-\d{4})(?!\d)"
)
_POST = re.compile(
    r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|\b\d{1,5},? [A-Z][\w'’]+(?: [A-Z][\w'’]+)* "
    r"(?:Road|Street|Lane|Avenue|Drive|Square|Slip|Row|Way|Close|Place|Court|Blvd|Boulevard|St|Rd|Ave)\b|"
    r"\b[A-Z]{2} \d{5}(?:-\d{4})?\b|\b(?:straße|strasse|str\.|rue|calle|via|ulica) ",
)
_ASKS_EMAIL = re.compile(r"\be-?mail address\b|\bwhat(?:'s| is) (?:your|the) e-?mail\b|\bwhich e-?mail\b", re.I)
_ASKS_PHONE = re.compile(
    r"\b(?:tele)?phone number\b|\bnumber (?:can i|to|do i) (?:call|ring)\b|\bcall you\b.*\bnumber\b", re.I
)
_ASKS_NAME = re.compile(
    r"\bname (?:please|of (?:the|your)|them|the)\b|\bnames? please\b|\b(?:what|how) (?:is|are) \w+ (?:called|named)\b|"
    r"\b(?:which|what) (?:bank|courier|carrier|(?:delivery|payment) (?:firm|company|service|provider|processor))\b",
    re.I,
)
#: It asks for a firm or a person by name, whatever the topic.
_ASKS_WHO = re.compile(
    r"\b(?:what(?:'s|s| is| are)|tell me|know) (?:the )?names? of\b|"
    r"\bwhat(?:'s| is| are) (?:your|the) [\w ]{2,40} (?:called|named)\b|"
    r"\b(?:which|what) (?:(?!(?:the|an?|your|my|do|does|is|of|to) )[\w-]+ ){0,3}?"
    r"(?:bank|couriers?|carriers?|(?:marketing|advertising|reference) agenc(?:y|ies)|company|firm|provider|processor|"
    r"workshop|lab)\b|"
    r"\bwelche[rsnm]? (?:bank|kurier|paketdienst|firma|zahlungsanbieter|dienstleister)\b|\bwie hei(?:ß|ss)t (?:eu|"
    r"ihr|der|die|das)|"
    r"\bquel(?:le)? (?:banque|transporteur|entreprise|société|prestataire)\b|\bcomment s.appell|"
    r"\bwelke? (?:bank|koerier|bezorgdienst|bedrijf)\b|\bhoe heet\b|\bqué (?:banco|empresa|transportista)\b|"
    r"\bcómo se llama|\bquale (?:banca|corriere|azienda)\b|\bcome si chiama|\bjak(?:i|a) (?:bank|kurier|firma)\b|"
    r"\bjak się nazywa",
    re.I,
)
_NAME = re.compile(r"(?<=[a-z,:(] )[A-Z][\w’'-]+|(?<=[a-z,:(] )[A-Z]{2,}\b")
_NO_NAMES = frozenset(
    (
        *("I", "We", "You", "Your", "Our", "Website", "Site", "Services", "Personal", "Policy", "Privacy"),
        *("Service", "Provider", "Providers", "Data", "Protection", "Officer", "DPO", "GDPR", "EU", "UK", "US"),
    )
)
_HIDDEN = re.compile(
    r"\[email[ \xa0](?:protected|redacted|hidden)\]|\[(?:e-?mail|phone|address|redacted)[^\]]{0,20}\]", re.I
)
_PLACEHOLDER = re.compile(
    r"\b1?[-. ]?\(?\d{3}\)?[-. ]555[-. ]\d{4}\b|\[[A-Z][^\[\]\n]{1,60}\](?!\()|<(?:insert|"
    r"your)[^<>\n]{1,40}>|\b(?:lorem ipsum|TBD|XX+)\b|\{\{[^{}\n]{1,60}\}\}"
)
_STALE = re.compile(
    r"privacy[ -]shield|safe[ -]harbou?r (?:framework|program|principles|agreement)|"
    r"data protection act 1998|directive 95/46",
    re.I,
)


def asks_numeric_duration(question: str) -> bool:
    return bool(_ASKS_NUMERIC.search(question))


def asks_name(question: str) -> bool:
    """It asks how somebody is called, in English."""
    return bool(_ASKS_NAME.search(question))


def asks_who(question: str) -> bool:
    """It asks which firm or person it is, whatever the topic."""
    return bool(_ASKS_WHO.search(question))


def holds_name(text: str) -> bool:
    """A word or two with a capital letter that do not begin a sentence: how firms and people are called."""
    return bool(firms_named(text)) or any(match[0] not in _NO_NAMES for match in _NAME.finditer(_EMAIL.sub("", text)))


def asks_duration(question: str) -> bool:
    """It asks for a span of time."""
    return bool(_ASKS_DURATION.search(question) or _ASKS_NUMERIC.search(question))


def holds_duration(text: str) -> bool:
    """A span of time, in numbers or up to an event."""
    return bool(NUMERIC_DURATION.search(text) or _ANY_DURATION.search(text))


def hides_contact(text: str) -> bool:
    """An address that was redacted, or never filled in, or made up."""
    return bool(_HIDDEN.search(text) or _PLACEHOLDER.search(text))


def is_placeholder(text: str) -> bool:
    return bool(_PLACEHOLDER.search(text))


def is_redacted(text: str) -> bool:
    return bool(_HIDDEN.search(text))


def names_stale_law(text: str) -> bool:
    """Law that was annulled or replaced: quoted with the policy's date, never affirmed."""
    return bool(_STALE.search(text))


def fits(question: str, passage: str, *, contact: bool = False, slot: str = "none") -> bool:
    """Whether the passage holds what the question asks for.

    `contact` where that is a way to reach the shop, `slot` what the topic's answers hold.
    """
    if asks_numeric_duration(question):
        return bool(NUMERIC_DURATION.search(passage))
    if asks_who(question) or (asks_name(question) and slot == "name"):
        return holds_name(passage)
    if not contact:
        return True
    if _ASKS_EMAIL.search(question):
        return bool(_EMAIL.search(passage) or re.search(r"e-?mail|\bform\b", passage, re.I))
    if _ASKS_PHONE.search(question):
        return bool(_PHONE.search(passage))
    return True


def names_way(question: str, passage: str) -> bool:
    """Whether the question asks for an e-mail address or a telephone number, and the passage holds one to give out."""
    if hides_contact(passage):
        return False
    asks_email = _ASKS_EMAIL.search(question) and _EMAIL.search(passage)
    return bool(asks_email or (_ASKS_PHONE.search(question) and _PHONE.search(passage)))


def holds_slot(slot: str, passage: str) -> bool:
    """Whether a proposed passage can fill a topic's slot at all."""
    match slot:
        case "duration":
            return holds_duration(passage)
        case "address":
            return bool(_EMAIL.search(passage) or _PHONE.search(passage) or _POST.search(passage) or "@" in passage)
        case "number":
            return bool(re.search(r"\d|free|charge|fee|cost", passage))
        case _:
            return True
