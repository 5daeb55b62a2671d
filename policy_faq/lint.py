"""Reads a policy as its shop's lawyer would: what it promises, contradicts, leaves out, hides, and which law it names
is gone.

Every finding names its lines; a hole has none. What the laws ask for is a table of topics, and no legal advice.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from policy_faq.brands.brand import Brand, Override
from policy_faq.policy import Policy
from policy_faq.slots import NUMERIC_DURATION, hides_contact, is_placeholder, is_redacted, names_stale_law
from policy_faq.topic_map import TopicMap

Kind = Literal["promise", "contradiction", "hole", "placeholder", "redaction", "stale law"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that the shop should know about its policy."""

    kind: Kind
    #: What it is about: a topic, or the words found.
    about: str
    #: Lines of the file, empty for a hole.
    lines: tuple[int, ...] = ()
    #: Spans of time and ages that a promise or a contradiction names, in the policy's words.
    figures: tuple[str, ...] = ()
    #: For a hole: the rule that asks for it.
    source: str = ""


#: Topics that bind the shop to something.
_PROMISES = MappingProxyType(
    {
        "contact": ("contact_email", "contact_phone", "company_address", "dpo"),
        "response time": ("request_response_time", "complaint_response_time", "breach_notice"),
        "retention": (
            "retention_general",
            "retention_orders",
            "retention_accounts",
            "retention_marketing",
            "retention_logs",
            "retention_certificates",
            "retention_chats",
            "retention_cvs",
            "backups",
            "cookie_lifetime",
        ),
        "opt-out route": ("newsletter_stop", "optout_of_sale", "ads_optout", "analytics_optout", "cookie_control_how"),
        "age limit": ("minors_age_limit", "children_data_collected"),
        "regulator": ("regulator",),
        "verification": ("identity_proof", "authorized_agent"),
        "exception": ("deletion_exceptions", "after_deletion"),
    }
)
_RIGHTS = (
    ("access_how", "Art. 13(2)(b)"),
    ("correction_how", "Art. 13(2)(b)"),
    ("deletion_how", "Art. 13(2)(b)"),
    ("restrict_how", "Art. 13(2)(b)"),
    ("object_how", "Art. 13(2)(b)"),
    ("portability_how", "Art. 13(2)(b)"),
    ("withdraw_consent", "Art. 13(2)(c)"),
    ("regulator", "Art. 13(2)(d)"),
    ("consequence_not_giving", "Art. 13(2)(e)"),
    ("automated_decisions", "Art. 13(2)(f)"),
)
_GDPR = (
    ("legal_entity", "Art. 13(1)(a)"),
    ("contact_email", "Art. 13(1)(a)"),
    ("dpo", "Art. 13(1)(b)"),
    ("why_collected", "Art. 13(1)(c)"),
    ("legal_basis", "Art. 13(1)(c)"),
    ("named_processors", "Art. 13(1)(e)"),
    ("data_abroad", "Art. 13(1)(f)"),
    ("retention_general", "Art. 13(2)(a)"),
    *_RIGHTS,
    ("collected_third_parties", "Art. 14(2)(f)"),
)
_CALIFORNIA = (
    ("collected_order", "11 CCR 7011(e)(1)"),
    ("why_collected", "11 CCR 7011(e)(1)"),
    ("retention_general", "Cal. Civ. 1798.100(a)(3)"),
    ("access_how", "11 CCR 7011(e)(2)"),
    ("deletion_how", "11 CCR 7011(e)(2)"),
    ("correction_how", "11 CCR 7011(e)(2)"),
    ("optout_of_sale", "11 CCR 7011(e)(2)"),
    ("non_discrimination", "11 CCR 7011(e)(2)"),
    ("gpc", "11 CCR 7011(e)(3)"),
    ("identity_proof", "11 CCR 7011(e)(3)"),
    ("authorized_agent", "11 CCR 7011(e)(3)"),
    ("do_not_track", "Cal. Bus. & Prof. 22575(b)(5)"),
    ("policy_date", "11 CCR 7011(e)(4)"),
)
#: What each regime asks a policy to say, as topics.
REQUIRED = MappingProxyType(
    {
        "eu": tuple((topic, f"GDPR {source}") for topic, source in _GDPR),
        "uk": (
            *((topic, f"UK GDPR {source}") for topic, source in _GDPR),
            ("complaint_route", "DPA 2018 s164A"),
        ),
        "california": _CALIFORNIA,
        "us": (),
    }
)
#: Holes that the bot cannot work with: whom it speaks for, where people turn to, what it may ask and keep.
BOT_NEEDS = frozenset(
    ("legal_entity", "contact_email", "regulator", "complaint_route", "identity_proof", "retention_general")
)
_CONTACT_TOPICS = frozenset(("contact_email", "contact_phone", "company_address", "dpo"))
#: Topics under which two different figures contradict each other.
_ONE_FIGURE = ("request_response_time", "complaint_response_time", "retention_general", "retention_orders")
_AGE = re.compile(r"\b(1[0-9]|2[01])\b(?! ?%)")


def lint(policy: Policy, topics: TopicMap, brand: Brand | None = None) -> tuple[Finding, ...]:
    """All findings, promises first; holes follow the brand's regimes, those of the EU and the UK where none is set."""
    regimes = brand.regimes if brand and brand.regimes else ("eu", "uk")
    return (
        *_promises(policy, topics),
        *_contradictions(policy, topics),
        *_holes(policy, topics, regimes, brand),
        *_hidden(policy),
    )


def open_holes(findings: Sequence[Finding], brand: Brand) -> tuple[Finding, ...]:
    """The holes that no answer of the operator fills; `check` blocks going live on those in `BOT_NEEDS`."""
    return tuple(finding for finding in findings if finding.kind == "hole" and answer_to(finding, brand) is None)


def answer_to(hole: Finding, brand: Brand) -> Override | None:
    """The operator's answer, with author and date, to what the policy leaves out; any contact fills that hole."""
    fields = ("contacts.",) if hole.about == "contact_email" else (hole.about,)
    fitting = [o for o in brand.overrides if o.field == hole.about or (o.field.startswith(fields) and "." in o.field)]
    return fitting[-1] if fitting else None


def _promises(policy: Policy, topics: TopicMap) -> Iterator[Finding]:
    for what, names in _PROMISES.items():
        for name in names:
            lines = _lines(policy, topics, name)
            if lines:
                figures = _ages(policy, topics, name) if what == "age limit" else _durations(policy, topics, name)
                yield Finding(kind="promise", about=f"{what}: {name}", lines=lines, figures=figures)


def _contradictions(policy: Policy, topics: TopicMap) -> Iterator[Finding]:
    for name in sorted(topics.conflicts):
        figures = _durations(policy, topics, name)
        yield Finding(kind="contradiction", about=name, lines=_lines(policy, topics, name), figures=figures)
    told = [(name, _durations(policy, topics, name)) for name in _ONE_FIGURE]
    for name, figures in (*told, ("minors_age_limit", _ages(policy, topics, "minors_age_limit"))):
        if len({figure.casefold() for figure in figures}) > 1 and name not in topics.conflicts:
            yield Finding(kind="contradiction", about=name, lines=_lines(policy, topics, name), figures=figures)


def _durations(policy: Policy, topics: TopicMap, name: str) -> tuple[str, ...]:
    """The spans of time in a topic's passages, each once."""
    texts = [policy.text[start:end] for start, end in topics.spans.get(name, ())]
    return tuple(dict.fromkeys(match[0] for text in texts for match in NUMERIC_DURATION.finditer(text)))


def _ages(policy: Policy, topics: TopicMap, name: str) -> tuple[str, ...]:
    texts = [policy.text[start:end] for start, end in topics.spans.get(name, ())]
    return tuple(dict.fromkeys(match[1] for text in texts for match in _AGE.finditer(text)))


def _is_said(policy: Policy, topics: TopicMap, name: str) -> bool:
    """Whether a passage answers the topic; a hidden address answers nothing."""
    spans = topics.spans.get(name, ())
    return any(name not in _CONTACT_TOPICS or not hides_contact(policy.text[start:end]) for start, end in spans)


def _names_email(policy: Policy, brand: Brand | None) -> bool:
    """Whether the brand's facts hold an e-mail address that this version of the policy publishes."""
    return (
        brand is not None
        and policy.sha256 in brand.policy_sha256
        and any(known.kind == "email" and known.may_be_given_out and known.lines for known in brand.contacts)
    )


def _holes(policy: Policy, topics: TopicMap, regimes: Sequence[str], brand: Brand | None) -> Iterator[Finding]:
    told = {"contact_email"} if _names_email(policy, brand) else set()
    for regime in regimes:
        for topic, source in REQUIRED.get(regime, ()):
            if topic not in told and not _is_said(policy, topics, topic):
                told.add(topic)
                yield Finding(kind="hole", about=topic, source=source)


def _hidden(policy: Policy) -> Iterator[Finding]:
    dropped = {line for drop in policy.dropped for line in range(drop.first_line, drop.last_line + 1)}
    kinds: tuple[tuple[Kind, str, list[int]], ...] = (
        ("placeholder", "never filled in, or made up", []),
        ("redaction", "hidden address", []),
        ("stale law", "law that was annulled or replaced", []),
    )
    for start, end in _line_spans(policy):
        line, words = policy.line_at(start), policy.text[start:end]
        if line in dropped:
            continue
        for (_, _, lines), sign in zip(kinds, (is_placeholder, is_redacted, names_stale_law), strict=True):
            if sign(words) and line not in lines:
                lines.append(line)
    for kind, about, lines in kinds:
        if lines:
            yield Finding(kind=kind, about=about, lines=tuple(lines))


def _line_spans(policy: Policy) -> Iterator[tuple[int, int]]:
    place = 0
    for line in policy.text.split("\n"):
        yield place, place + len(line)
        place += len(line) + 1


def _lines(policy: Policy, topics: TopicMap, name: str) -> tuple[int, ...]:
    return tuple(sorted({policy.line_at(start) for start, _ in topics.spans.get(name, ())}))
