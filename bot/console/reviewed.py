"""A policy in force as its reviewer sees it: values only."""

from collections.abc import Sequence
from dataclasses import dataclass

from policy_faq import Policy
from policy_faq.lint import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A policy in force and what a review of it finds."""

    policy: Policy
    findings: Sequence[Finding]
    #: "" where nobody has reviewed its map of topics.
    reviewed_by: str

    def of(self, kind: str) -> list[Finding]:
        return [finding for finding in self.findings if finding.kind == kind]

    def line(self, number: int) -> str:
        """A line of its text, "" for one that says nothing."""
        span = self.policy.line_span(number)
        return self.policy.text[span[0] : span[1]] if span else ""
