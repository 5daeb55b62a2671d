"""Cuts a message into the questions that it asks, and tells a follow-up that needs the one before.

A cut is made only where both sides ask something of their own; otherwise the message stays whole.
"""

import re
from itertools import pairwise

_ASKS = (
    r"(?:do|does|did|is|are|was|were|can|could|will|would|shall|should|may|must|have|has|how|what|which|who|whom|whose|where|when|why|"
    r"wie|was|wer|wo|wann|warum|welche|kann|werden|gibt|comment|quel|quelle|qui|où|quand|pourquoi|est-ce|peut|puis-je|hoe|wat|welke|wie|waar|"
    r"wanneer|waarom|kan|kunnen|cómo|qué|cuál|quién|dónde|cuándo|por qué|puedo|come|che|quale|chi|dove|"
    r"quando|perché|posso|jak|co|kto|gdzie|"
    r"kiedy|czy|dlaczego|como|o que|qual|quem|onde|por que)"
)
_BETWEEN = re.compile(rf"(?:,? (?:and|or|und|oder|et|ou|en|y|oraz)(?: also| then| if so,?)?,?) (?={_ASKS}\b)", re.I)
_SENTENCE = re.compile(r"(?<=[?!])\s+|(?<=[.])\s+(?=[A-Z\"'])|\n+")
#: What a question begins with that goes on from the one before.
_GOES_ON = re.compile(
    r"^(?:and|also|but|so|then|what about|how about|same for|or|und|auch|et|aussi|en|ook|y|también|e|anche|a|oraz)\b",
    re.I,
)
_POINTS_BACK = re.compile(
    r"\b(?:it|that|this|those|these|them|they|there|one|das|diese|cela|ça|dat|die|eso|esto|questo|quello)\b", re.I
)
#: A part that asks only about what the part before it named.
_LEANS = re.compile(
    r"^(?:do|does|did|is|are|was|will|would|can|could|what happens|what do|what is|when no)\b.*"
    r"\b(?:it|they|them|those|longer)\b|^what about\b|^which (?:one|company) is it\b",
    re.I,
)
#: Words for somebody or something that the part before named.
_NAMES_NOBODY = re.compile(
    r"\b(?:he|she|him|they|them|it|those|these|er|sie|ihn|il|elle|ils|hij|zij|ze|él|ella|lui|lei|on|ona)\b", re.I
)
MOST_PARTS = 4


def parts(message: str) -> tuple[str, ...]:
    """The questions of a message, at most four; the message itself where it asks one thing."""
    pieces = [piece.strip() for piece in _SENTENCE.split(message.strip()) if piece and piece.strip()]
    asking = [piece for piece in pieces if piece.endswith("?")]
    own = [piece for piece in asking if len(piece.split()) >= 4 and not _LEANS.search(piece)]
    if len(own) >= 2 and len(own) == len(asking):
        return tuple([part for piece in asking for part in _halves(piece)][:MOST_PARTS])
    return tuple(_halves(message.strip())[:MOST_PARTS]) if len(pieces) == 1 else (message.strip(),)


def _halves(question: str) -> list[str]:
    """A question cut at an "and" between two askings, each of four words or more."""
    pieces = [piece.strip(" ,;") for piece in _BETWEEN.split(question)]
    if len(pieces) == 1 or any(len(piece.split()) < 4 for piece in pieces) or any(map(_LEANS.search, pieces[1:])):
        return [question]
    return pieces if re.match(rf"(?:\w+[,:]? )?{_ASKS}\b", pieces[0], re.I) else [question]


def in_their_sense(asked: tuple[str, ...]) -> tuple[str, ...]:
    """The parts as they are to be understood: "what must he show?" with the part that says who he is."""
    understood = list(asked[:1])
    for before, part in pairwise(asked):
        leans = len(part.split()) <= 10 and _NAMES_NOBODY.search(part)
        understood.append(f"{before} {part}" if leans else part)
    return tuple(understood)


def goes_on(question: str) -> bool:
    """Whether a question cannot be read without the one before it."""
    return len(question.split()) <= 3 or (len(question.split()) <= 9 and bool(_GOES_ON.search(question.strip())))


def goes_on_asking(message: str) -> bool:
    """Whether a whole message is nothing but a short question that goes on from the one before ("and how long?")."""
    text = message.strip()
    asks = text.endswith("?") or re.search(rf"\b{_ASKS}\b", text, re.I) is not None
    return len(text.split()) <= 6 and "\n" not in text and asks and (goes_on(text) or text.endswith("?"))


def may_go_on(question: str) -> bool:
    """Whether a question may lean on the one before it, but may also stand alone."""
    return len(question.split()) <= 9 and bool(_POINTS_BACK.search(question))
