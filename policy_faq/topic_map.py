"""Which spans of a policy answer which topic: reviewed by a person, by line numbers, or proposed at import.

A reviewed map belongs to one version of a policy, by its hash; it holds no word of it.
"""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType

from policy_faq.brands.loading import SHIPPED
from policy_faq.errors import PolicyError
from policy_faq.policy import Policy

_SPAN = re.compile(r"(\d+)(?:-(\d+)|:(\d+)-(\d+))?")
Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicMap:
    """Topics and the spans of the stored text that answer them, best first."""

    spans: Mapping[str, tuple[Span, ...]]
    #: For each proposed span, how sure the proposal is; reviewed spans are sure.
    sureness: Mapping[tuple[str, Span], float] = field(default_factory=lambda: MappingProxyType({}))
    reviewed: bool = False
    reviewed_by: str = ""
    reviewed_on: date | None = None
    #: Topics on which the policy contradicts itself: all their spans are always shown.
    conflicts: frozenset[str] = frozenset()

    def weight(self, topic: str, span: Span) -> float:
        return 1.0 if self.reviewed else self.sureness.get((topic, span), 0.0)


def find_map(policy: Policy, *, folders: Sequence[Path] = ()) -> TopicMap | None:
    """The reviewed map of this version of the policy: the operator's in `folders`, else a shipped one."""
    for folder in (*reversed(folders), SHIPPED):
        for path in sorted(folder.glob("*/topics.toml")):
            if policy.sha256 in path.read_text(encoding="utf-8"):
                found = load_map(path, policy)
                if found:
                    return found
    return None


def load_map(path: Path, policy: Policy) -> TopicMap | None:
    """The map in `path`, None where it is for another version. Raises PolicyError for a span that is not there."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PolicyError(f"{path}: {error}") from error
    if raw.get("policy_sha256") != policy.sha256:
        return None
    spans = {
        str(topic): tuple(_span(str(text), policy, f"{path}: {topic}") for text in texts)
        for topic, texts in raw.get("spans", {}).items()
    }
    return TopicMap(
        spans=MappingProxyType(spans),
        reviewed=True,
        reviewed_by=str(raw.get("reviewed_by", "")),
        reviewed_on=raw.get("reviewed_on"),
        conflicts=frozenset(raw.get("conflicts", ())),
    )


def as_toml(policy: Policy, topics: TopicMap, *, author: str = "", on: date | None = None) -> str:
    """The map as a `topics.toml` for people to correct: line numbers, no words of the policy."""
    head = [f'policy_sha256 = "{policy.sha256}"']
    if author:
        head.append(f"reviewed_by = {json.dumps(author, ensure_ascii=False)}")
    if on is not None:
        head.append(f"reviewed_on = {on.isoformat()}")
    if topics.conflicts:
        head.append(f"conflicts = {json.dumps(sorted(topics.conflicts))}")
    rows = [
        f"{topic} = {json.dumps([span_text(policy, span) for span in spans])}"
        for topic, spans in sorted(topics.spans.items())
    ]
    return "\n".join([*head, "", "[spans]", *rows, ""])


def span_text(policy: Policy, span: Span) -> str:
    """How a span is written in a map file."""
    start, end = span
    first, last = policy.line_at(start), policy.line_at(end - 1)
    whole = policy.line_span(first, last)
    if whole == span:
        return f"{first}" if first == last else f"{first}-{last}"
    begin = _line_start(policy, first)
    return f"{first}:{start - begin}-{end - begin}"


def _line_start(policy: Policy, line: int) -> int:
    return next(offset for offset, number in policy.line_starts if number == line)


def _span(text: str, policy: Policy, where: str) -> Span:
    match = _SPAN.fullmatch(text)
    if not match:
        raise PolicyError(f"{where}: {text!r} is no span; write 12, 12-14 or 12:0-80")
    first = int(match[1])
    whole = policy.line_span(first, int(match[2]) if match[2] else None)
    if whole is None:
        raise PolicyError(f"{where}: the policy has no line {first}")
    if match[3] is None:
        return whole
    begin = _line_start(policy, first)
    span = policy.trimmed(begin + int(match[3]), begin + int(match[4]))
    if span is None or span[1] > len(policy.text):
        raise PolicyError(f"{where}: {text!r} is empty")
    return span
