"""The kind of a request below its right, where the law or a policy knows one, read out of the writer's own sentence.

Law: a kind only sharpens a request: where no phrase fits, the request stands without one and loses nothing.
"""

import re
from collections.abc import Mapping
from functools import cache

#: The kinds of each right, the most particular first. Sources: GDPR Art. 21(3) and 7(3); Cal. Civ. 1798.83; GDPR
#: Art. 46 with 15(2); Cal. Bus. & Prof. 22581.
KINDS: Mapping[str, tuple[str, ...]] = {
    "access": ("shine_the_light", "transfers"),
    "deletion": ("minor_content", "publication"),
    "objection": ("marketing", "profiling"),
    "withdraw_consent": ("marketing",),
}

#: Kinds that need no proof and are acted on at once: nobody can be harmed by getting less advertising.
FREE_KINDS = frozenset({("objection", "marketing"), ("withdraw_consent", "marketing")})

#: Kind -> language -> what must be found, as a regular expression without regard to case.
_PHRASES: Mapping[str, Mapping[str, str]] = {
    "shine_the_light": {
        "any": r"\bshine[ -]the[ -]light\b|\b1798[.,]83\b",
        "en": r"\b(?:disclos|shar|g[ai]ve|pass)\w*\b.{0,80}\bthird part\w+\b.{0,60}\b(?:their|own|direct)\b.{0,20}\bmarketing\b",
    },
    "transfers": {
        "en": r"\btransfer\w*\b.{0,60}\b(?:outside|abroad|overseas|third countr\w+|non-e(?:u|ea)|united states|safeguards?)\b"
        r"|\bstandard contractual clauses\b",
        "de": r"\b(?:übermitt\w+|übertrag\w+|transfer\w*)\b.{0,60}\b(?:drittl\w+|drittstaat\w*|ausland|außerhalb)\b"
        r"|\bstandardvertragsklauseln\b|\bstandarddatenschutzklauseln\b",
        "fr": r"\btransf(?:ert|ér)\w*\b.{0,60}\b(?:hors|pays tiers|étranger|en dehors)\b|\bclauses contractuelles types\b",
        "nl": r"\b(?:doorgi\w+|doorgev\w*|doorgegeven)\b.{0,60}\b(?:buiten|derde land\w*|buitenland)\b"
        r"|\bmodelcontractbepalingen\b",
        "es": r"\btransfer\w*\b.{0,60}\b(?:fuera|terceros países|extranjero)\b|\bcláusulas contractuales tipo\b",
        "it": r"\btrasfer\w*\b.{0,60}\b(?:fuori|al di fuori|paesi terzi|estero)\b|\bclausole contrattuali (?:tipo|standard)\b",
        "pl": r"\bprzekaz\w*\b.{0,60}\b(?:poza|państw\w* trzeci\w*|zagranic\w*)\b|\bstandardow\w+ klauzul\w+ umown\w+\b",
    },
    "minor_content": {
        "en": r"\b(?:i(?:'m| am)|as) (?:a minor|under (?:18|eighteen)|1[0-7]\b)|\bposted when i was (?:a minor|a kid|under|1[0-7])",
        "de": r"\bich bin (?:minderjährig|1[0-7]\b|unter 18)|\bals minderjährige",
        "fr": r"\bje suis mineure?\b|\bj'ai (?:1[0-7] ans|moins de 18)",
        "nl": r"\bik ben (?:minderjarig|1[0-7]\b|onder de 18|jonger dan 18)",
        "es": r"\bsoy menor\b|\btengo 1[0-7] años|\bmenor de 18",
        "it": r"\bsono minorenne\b|\bho 1[0-7] anni|\bmeno di 18 anni",
        "pl": r"\bjestem niepełnoletni\w*|\bmam 1[0-7] lat\b|\bponiżej 18",
    },
    "publication": {
        "en": r"\b(?:take|taken) (?:it |them |that |this )?down\b|\btestimonial\b|\b(?:photo|picture|image|video|story|review)s?\b"
        r".{0,60}\b(?:on|from|off) (?:your|the) (?:website|site|page|instagram|facebook|social|feed|blog)",
        "de": r"\b(?:foto|bild|video|bewertung|rezension|geschichte)\w*\b.{0,60}\b(?:website|webseite|seite|instagram|facebook|blog)\b",
        "fr": r"\b(?:photo|image|vidéo|avis|témoignage|histoire)s?\b.{0,60}\b(?:site|page|instagram|facebook|blog)\b",
        "nl": r"\b(?:foto|afbeelding|video|recensie|beoordeling|verhaal)\w*\b.{0,60}\b(?:website|site|pagina|instagram|facebook|blog)\b",
        "es": r"\b(?:foto|imagen|v[ií]deo|reseña|opini[oó]n|historia)\w*\b.{0,60}\b(?:web|sitio|p[aá]gina|instagram|facebook|blog)\b",
        "it": r"\b(?:foto|immagine|video|recensione|storia|testimonianza)\w*\b.{0,60}\b(?:sito|pagina|instagram|facebook|blog)\b",
        "pl": r"\b(?:zdjęci|fot|film|opini|recenzj|histori)\w*\b.{0,60}\b(?:stron\w*|witryn\w*|instagram\w*|facebook\w*|blog\w*)\b",
    },
    "profiling": {"any": r"\bprofil(?:ing|ering|age|owani\w*|azione|erstellung|ado|ieren)\b", "es": r"\belaboración de perfiles\b"},
    "marketing": {
        "any": r"\b(?:direct[ -]?)?marketing\w*\b|\bnewsletters?\b|\bspam\b",
        "en": r"\badvert(?:s|is\w*)\b|\bpromotion\w*\b|\bmailing lists?\b",
        "de": r"\w*werb(?:ung|e\w*|lich\w*)\b|\brundbrief\w*\b",
        "fr": r"\bpublicit\w+|\bprospection\b|\bdémarchage\b|\bpromotionnel\w*|\blettres? d'information\b",
        "nl": r"\breclame\w*|\bnieuwsbrie\w+|\baanbiedingen\b",
        "es": r"\bpublici\w+|\bmercadotecnia\b|\bprospección\b|\bbolet[ií]n\w*|\bpromocional\w*",
        "it": r"\bpubblicit\w+|\bpromozional\w+",
        "pl": r"\breklam\w*|\bpromocyjn\w*|\bmarketing\w*",
    },
}

#: Another use named beside marketing: then proof is asked for, since more than advertising would stop.
_OTHER_USES = re.compile(
    r"\bprofil|\bfraud|\bbetrug|\bfraude|\bfrode|\boszust|\bscor|\bcredit|\bbonit|\banaly|\bautomat|\breview|\bphoto|\bfoto",
    re.IGNORECASE,
)


def kind_of(right: str, evidence: str) -> str:
    """The kind of a request for `right` that `evidence`, the writer's own words, speaks of; "" where none is clear."""
    for kind in KINDS.get(right, ()):
        if _pattern(kind).search(evidence) and not (kind == "marketing" and _OTHER_USES.search(evidence)):
            return kind
    return ""


def speaks_of_marketing(evidence: str) -> bool:
    """Whether advertising is among what the writer wants to end, be it beside something else."""
    return bool(_pattern("marketing").search(evidence))


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    return re.compile("|".join(_PHRASES[kind].values()), re.IGNORECASE | re.DOTALL)
