"""An answer out of a policy: values only.

Every `Quote.text` equals `policy.text[start:end]` of the policy that `policy_sha256` names: only policy bytes.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """One verbatim span of a policy's stored text."""

    text: str
    #: Title path of the section that the span lies in, "" where the policy has no headings.
    section: str
    #: Lines of the source file, counted from 1; a line ends at LF.
    first_line: int
    last_line: int
    #: Character offsets into the policy's stored text.
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyAnswer:
    """What a policy says to one question; `quotes` empty means that it does not say."""

    question: str
    quotes: tuple[Quote, ...] = ()
    #: Probability in [0, 1] that the quotes answer the question.
    confidence: float = 0.0
    #: SHA-256 of the policy file's bytes, hex.
    policy_sha256: str
    #: The topic of the catalogue that the question was taken for, "" where none.
    topic: str = ""
    #: The date that the policy gives itself, in its own words, "" where it gives none.
    policy_date: str = ""
    #: ISO 639-1 code of the quotes' language.
    policy_language: str = "en"
    #: The quotes are in another language than the question's.
    other_language: bool = False
    #: The published text hides the address that was asked for, or that a quote would name.
    hidden_contact: bool = False
    #: The quotes contradict each other; all sides are shown.
    conflicting: bool = False
    #: A quote names law that was annulled or replaced; it is not affirmed.
    stale_law: bool = False
    #: The parts that the policy does not answer, of a question that has several and is answered in others.
    unanswered: tuple[str, ...] = ()

    #: The topics of everything that the policy does not answer, "" where no topic of the catalogue names one.
    silent_topics: tuple[str, ...] = ()

    @property
    def answered(self) -> bool:
        return bool(self.quotes)
