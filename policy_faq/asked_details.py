"""Details that a question expressly asks for, and the sign of each in a passage.

A topic may be the right one and its passage still be silent on the very thing that was asked: who pays, in which
country, whether it is made public. Only what a question says in so many words counts.
"""

import re
from dataclasses import dataclass

from policy_faq.firms import names_firm
from policy_faq.slots import asks_who


@dataclass(frozen=True, slots=True)
class Detail:
    """One kind of detail: how it is asked for, and what a passage that tells it must hold."""

    asked: re.Pattern[str]
    held: re.Pattern[str]


def _detail(asked: str, held: str) -> Detail:
    return Detail(re.compile(asked, re.I), re.compile(held, re.I))


#: Outside of this is no place.
_HOUSE = (
    r"(?![^?]{0,12}\b(?:company|firm|shop|business|bedrijf|winkel|firma|unternehmen|geschäft|entreprise|empresa|"
    r"tienda|"
    r"azienda|negozio|sklep))"
)
_AMOUNT = _detail(
    r"\bhow much (?:money|do (?:you|i) (?:pay|earn|charge|make|get)|does it cost|is the fee)\b|\bwho (?:pays|"
    r"has to pay)\b(?! you)|"
    r"\bwie ?viel (?:geld|kostet|verdient|zahlt)\b|\bwer (?:be)?zahlt\b|\bcombien d.argent\b|\bqui paie\b|"
    r"\bhoeveel (?:geld|kost)\b|"
    r"\bwie betaalt\b|\bcuánto (?:dinero|cuesta|cobr)|\bquién paga\b|\bquanto (?:costa|denaro)\b|\bchi paga\b|"
    r"\bile (?:to )?kosztuje\b|\bkto płaci\b",
    r"\b(?:pay|paid|fees?|charges?|costs?|free|expenses?|price|value|sell|sold|kosten|gebühr|frais|gratuit|tarif|"
    r"coste|gratis|spese)\b|[$€£]",
)
_PLACE = _detail(
    rf"\b(?:which|what) countr(?:y|ies)\b(?!['’]s)|\b(?:stored|kept|sent|processed|hosted|go|goes|"
    rf"transferred)\b[^?]{{0,80}}\b(?:outside|abroad|overseas)\b{_HOUSE}|"
    rf"\b(?:außerhalb|ausserhalb|ins ausland|im ausland|en dehors de|à l.étranger|buiten|"
    rf"fuera de|extranjero|fuori d|all.estero|poza|za granic){_HOUSE}",
    r"countr|outside|abroad|overseas|international|worldwide|transfer|\b(?:EU|EEA|UK|US|USA)\b|europe|"
    r"united (?:states|kingdom)|"
    r"ausland|land\b|länder|étranger|pays\b|buitenland|extranjero|país|estero|paes[ei]|kraj|granic",
)
_PUBLIC = _detail(
    r"\b(?:shown|visible|displayed) (?:to|by) (?:other|every|any)|\b(?:put|posted|published) (?:up )?(?:online|"
    r"on (?:your|the) (?:web)?site)\b|"
    r"\bother (?:people|customers|shoppers|users|visitors)\b[^?]{0,80}\bsee\b|\b(?:made|make) (?:it |them )?public\b",
    r"publi[cs]|\bpost(?:ed|s|ing)?\b|display|\bshow|visible|\bsee[ns]?\b|shar(?:e[ds]?|ing)\b|social media",
)
_DOCUMENT = _detail(
    r"^(?!.*\b(?:don.?t want|(?:an)?other way|instead|without)\b).*\b(?:send|show|upload|scan|bring|provide|copy of|"
    r"need)\b[^?]{0,80}\b(?:my |an? )?(?:id|id card|passport|driv\w+ licen[cs]e)\b",
    r"\bIDs?\b|passport|licen[cs]e|document|identification|\bproof\b|card",
)
_SECRECY = _detail(
    r"\b(?:encrypt(?:ed|s|ion)?|scrambled|hashed|plain ?text|verschlüsselt|chiffrée?s?|versleuteld|cifrad[oa]s?|"
    r"crittografat[ioae]|"
    r"szyfrowan\w+)\b",
    r"encrypt|scrambl|hash|\bSSL\b|\bTLS\b|secure|verschlüssel|chiffr|versleutel|cifrad|crittograf|szyfr",
)
DETAILS = (_AMOUNT, _PLACE, _PUBLIC, _DOCUMENT, _SECRECY)


def holds_details(question: str, passage: str, heading: str = "") -> bool:
    """Whether the passage holds every detail that the question asks for; a firm may also stand in its heading."""
    if not names_firm(question, f"{heading} {passage}", guessing=asks_who(question)):
        return False
    return all(detail.held.search(passage) for detail in DETAILS if detail.asked.search(question))
