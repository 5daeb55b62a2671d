"""Measures answers against questions whose lines are known: right, wrong, and rightly or wrongly refused.

A question file holds one JSON object a line: `{"id", "question", "policy", "gold"}`, `gold` a list of [first, last]
lines, empty where the policy does not say. Answering, refusing and being wrong are three outcomes; a refusal is not a
mistake of the same kind.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from policy_faq.answer_values import PolicyAnswer
from policy_faq.errors import QuestionFileError
from policy_faq.policy import Policy

Ask = Callable[[str, Policy], PolicyAnswer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question and the lines that answer it in one policy."""

    id: str
    question: str
    #: Which policy, by the name that the caller knows it under.
    policy: str
    #: Line ranges, any of which answers; empty where the policy does not say.
    gold: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One question with the answer that it got."""

    question: Question
    answer: PolicyAnswer

    @property
    def answerable(self) -> bool:
        return bool(self.question.gold)

    @property
    def right_at_first(self) -> bool:
        return bool(self.answer.quotes) and self._right(0)

    @property
    def right(self) -> bool:
        return any(self._right(place) for place in range(len(self.answer.quotes)))

    def _right(self, place: int) -> bool:
        quote = self.answer.quotes[place]
        return any(first <= quote.last_line and quote.first_line <= last for first, last in self.question.gold)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts over some outcomes."""

    answerable: int = 0
    right: int = 0
    right_at_first: int = 0
    wrongly_refused: int = 0
    unanswerable: int = 0
    rightly_refused: int = 0
    #: Characters, over the answers given.
    median_length: int = 0


def load_questions(path: Path) -> tuple[Question, ...]:
    """Reads a question file. Raises QuestionFileError with the number of a line that is not in the format."""
    questions = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            gold = tuple((int(first), int(last)) for first, last in row["gold"])
            questions.append(
                Question(id=str(row["id"]), question=str(row["question"]), policy=str(row["policy"]), gold=gold)
            )
        except (ValueError, KeyError, TypeError) as error:
            raise QuestionFileError(f"{path}:{number}: {error!r}") from error
    return tuple(questions)


def evaluate(questions: Iterable[Question], policies: Mapping[str, Policy], ask: Ask) -> tuple[Outcome, ...]:
    """Asks each question of its policy; questions on a policy that is not there are left out."""
    return tuple(
        Outcome(question=question, answer=ask(question.question, policies[question.policy]))
        for question in questions
        if question.policy in policies
    )


def figures(outcomes: Iterable[Outcome]) -> Figures:
    """The counts over `outcomes`."""
    all_of_them = list(outcomes)
    answerable = [outcome for outcome in all_of_them if outcome.answerable]
    silent = [outcome for outcome in all_of_them if not outcome.answerable]
    lengths = [sum(len(quote.text) for quote in o.answer.quotes) for o in all_of_them if o.answer.quotes]
    return Figures(
        answerable=len(answerable),
        right=sum(outcome.right for outcome in answerable),
        right_at_first=sum(outcome.right_at_first for outcome in answerable),
        wrongly_refused=sum(not outcome.answer.answered for outcome in answerable),
        unanswerable=len(silent),
        rightly_refused=sum(not outcome.answer.answered for outcome in silent),
        median_length=round(median(lengths)) if lengths else 0,
    )


def by_policy(outcomes: Iterable[Outcome]) -> dict[str, Figures]:
    return _grouped(outcomes, lambda outcome: outcome.question.policy)


def by_topic(outcomes: Iterable[Outcome]) -> dict[str, Figures]:
    """By the topic that the question was taken for."""
    return _grouped(outcomes, lambda outcome: outcome.answer.topic or "-")


def abstention_curve(outcomes: Sequence[Outcome], steps: int = 10) -> tuple[tuple[float, float, float], ...]:
    """For rising least confidence: (confidence, share of the answerable right, share of the unanswerable refused)."""
    curve = []
    for step in range(steps):
        least = step / steps
        kept = [o for o in outcomes if o.answer.answered and o.answer.confidence >= least]
        total = figures(outcomes)
        right = sum(o.right for o in kept) / max(total.answerable, 1)
        false = sum(not o.answerable for o in kept) / max(total.unanswerable, 1)
        curve.append((least, right, 1 - false))
    return tuple(curve)


def report_text(outcomes: Sequence[Outcome]) -> str:
    """The figures as lines of text: all, by policy, by topic, the curve, and what failed by id."""
    lines = ["all", _line("", figures(outcomes)), "", "by policy"]
    lines += [_line(name, found) for name, found in sorted(by_policy(outcomes).items())]
    lines += ["", "by topic"]
    lines += [_line(name, found) for name, found in sorted(by_topic(outcomes).items())]
    lines += ["", "least confidence, right, refused"]
    lines += [f"{least:.1f} {right:.3f} {refused:.3f}" for least, right, refused in abstention_curve(outcomes)]
    failed = [o for o in outcomes if (o.answerable and not o.right) or (not o.answerable and o.answer.answered)]
    lines += ["", "failed", *(f"{o.question.policy} {o.question.id} {o.answer.topic or '-'}" for o in failed)]
    return "\n".join(lines)


def _grouped(outcomes: Iterable[Outcome], key: Callable[[Outcome], str]) -> dict[str, Figures]:
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[key(outcome)].append(outcome)
    return {name: figures(group) for name, group in groups.items()}


def _line(name: str, found: Figures) -> str:
    return (
        f"{name:28} right {found.right}/{found.answerable}, at first {found.right_at_first}, "
        f"refused wrongly {found.wrongly_refused}, rightly {found.rightly_refused}/{found.unanswerable}, "
        f"{found.median_length} characters"
    ).strip()
