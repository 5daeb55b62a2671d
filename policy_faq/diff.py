"""What a new version of a policy changes: sentences, promises, recorded answers, and the tickets that lean on them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Protocol

from policy_faq.answer_values import PolicyAnswer, Quote
from policy_faq.features import folded
from policy_faq.lint import Finding
from policy_faq.policy import Policy

Ask = Callable[[str, Policy], PolicyAnswer]


class TicketLines(Protocol):
    """Who knows which open tickets cite a policy's lines."""

    def open_tickets_on(self, policy_sha256: str, lines: Sequence[int]) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerChange:
    """A recorded question whose answer is no longer the same."""

    question: str
    old: PolicyAnswer
    new: PolicyAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDiff:
    """The changes from one version to the next."""

    old_sha256: str
    new_sha256: str
    #: Sentences of the old version that are gone, with its lines.
    removed: tuple[Quote, ...] = ()
    #: Sentences of the new version that were not there, with its lines.
    added: tuple[Quote, ...] = ()
    #: What was promised, contradicted or hidden before and is no longer, and the other way round.
    findings_gone: tuple[Finding, ...] = ()
    findings_new: tuple[Finding, ...] = ()
    answers: tuple[AnswerChange, ...] = ()
    #: References of open tickets that cite a line that is gone.
    tickets: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.removed or self.added)


def diff_policies(
    old: Policy,
    new: Policy,
    *,
    findings: Callable[[Policy], Sequence[Finding]] | None = None,
    recorded: Sequence[str] = (),
    ask: Ask | None = None,
    tickets: TicketLines | None = None,
) -> PolicyDiff:
    """Compares two versions; `recorded` questions are asked of both, `tickets` of what leans on lost lines."""
    removed, added = _sentences(old, new)
    gone, come = _findings(findings(old), findings(new)) if findings else ((), ())
    lost_lines = sorted({line for quote in removed for line in range(quote.first_line, quote.last_line + 1)})
    return PolicyDiff(
        old_sha256=old.sha256,
        new_sha256=new.sha256,
        removed=removed,
        added=added,
        findings_gone=gone,
        findings_new=come,
        answers=tuple(_answers(recorded, old, new, ask)) if ask else (),
        tickets=tuple(tickets.open_tickets_on(old.sha256, lost_lines)) if tickets and lost_lines else (),
    )


def _sentences(old: Policy, new: Policy) -> tuple[tuple[Quote, ...], tuple[Quote, ...]]:
    """Units are the same when their words are, wherever the lines moved to."""
    before = [folded(old.text[unit.start : unit.end]) for unit in old.units]
    after = [folded(new.text[unit.start : unit.end]) for unit in new.units]
    removed: list[Quote] = []
    added: list[Quote] = []
    for tag, first, last, other_first, other_last in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            removed += [old.quote(unit.start, unit.end) for unit in old.units[first:last]]
            added += [new.quote(unit.start, unit.end) for unit in new.units[other_first:other_last]]
    return tuple(removed), tuple(added)


def _findings(before: Sequence[Finding], after: Sequence[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    old = {(finding.kind, finding.about) for finding in before}
    new = {(finding.kind, finding.about) for finding in after}
    gone = tuple(finding for finding in before if (finding.kind, finding.about) not in new)
    return gone, tuple(finding for finding in after if (finding.kind, finding.about) not in old)


def _answers(recorded: Sequence[str], old: Policy, new: Policy, ask: Ask) -> list[AnswerChange]:
    changes = []
    for question in recorded:
        before, after = ask(question, old), ask(question, new)
        if [folded(quote.text) for quote in before.quotes] != [folded(quote.text) for quote in after.quotes]:
            changes.append(AnswerChange(question=question, old=before, new=after))
    return changes
