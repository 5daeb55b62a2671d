"""The kind of a request below its right, where the law or a policy knows one, read out of the writer's own sentence.

Law: a kind only sharpens a request: where no phrase fits, the request stands without one and loses nothing.
"""

import re
from collections.abc import Mapping

from bot.core.phrases import Phrases

#: The kinds of each right, the most particular first. Sources: GDPR Art. 21(3) and 7(3); Cal. Civ. 1798.83; GDPR
#: Art. 46 with 15(2); Cal. Bus. & Prof. 22581.
KINDS: Mapping[str, tuple[str, ...]] = {
    "access": ("shine_the_light", "specific_pieces", "transfers"),
    "deletion": ("minor_content", "publication"),
    "objection": ("marketing", "profiling"),
    "withdraw_consent": ("marketing",),
}

#: Kinds that need no proof and are acted on at once: nobody can be harmed by getting less advertising.
FREE_KINDS = frozenset({("objection", "marketing"), ("withdraw_consent", "marketing")})

#: Kinds that staff confirm, after three details and a signed declaration (11 CCR 7062(c)).
STAFF_KINDS = frozenset({"specific_pieces"})

#: Kinds that only one law knows, and the regime of its clocks.
KINDS_OF_A_REGIME: Mapping[str, str] = {"specific_pieces": "california"}

#: Kinds that the law grants once per person and calendar year; staff look at the second (Cal. Civ. 1798.83(c)(1)).
ONCE_A_YEAR = frozenset({"shine_the_light"})

#: Kinds whose content the person must name, and whose removal has limits that must be told (Bus. & Prof. 22581(b)).
NAMED_CONTENT = frozenset({"minor_content", "publication"})

#: Another use named beside marketing: then proof is asked for, since more than advertising would stop.
_OTHER_USES = re.compile(
    r"\bprofil|\bfraud|\bbetrug|\bfraude|\bfrode|\boszust|\bscor|\bcredit|\bbonit|\banaly|\bautomat|\breview|\bphoto|\bfoto",
    re.IGNORECASE,
)


def kind_of(phrases: Phrases, right: str, evidence: str) -> str:
    """The kind of a request for `right` that `evidence`, the writer's own words, speaks of; "" where none is clear."""
    for kind in KINDS.get(right, ()):
        if phrases.says(f"kind.{kind}", evidence) and not (kind == "marketing" and _OTHER_USES.search(evidence)):
            return kind
    return ""


def speaks_of_marketing(phrases: Phrases, evidence: str) -> bool:
    """Whether advertising is among what the writer wants to end, be it beside something else."""
    return phrases.says("kind.marketing", evidence)
