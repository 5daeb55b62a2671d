"""Measuring answers."""

from pathlib import Path

import pytest
from policy_builders import a_policy

from policy_faq import Policy, PolicyAnswer, QuestionFileError
from policy_faq.evaluate import evaluate, figures, load_questions, report_text
from policy_faq.report_page import report_page

FILE = (
    '{"id": "1", "question": "right?", "policy": "p", "gold": [[5, 5]]}\n'
    '{"id": "2", "question": "wrong?", "policy": "p", "gold": [[5, 5]]}\n'
    '{"id": "3", "question": "nothing?", "policy": "p", "gold": []}\n'
    '{"id": "4", "question": "elsewhere?", "policy": "absent", "gold": []}\n'
)


def ask(question: str, policy: Policy) -> PolicyAnswer:
    """Quotes line 5 for "right", line 3 for "wrong", nothing otherwise."""
    units = {"right?": -1, "wrong?": 0}
    quotes = ()
    if question in units:
        unit = policy.units[units[question]]
        quotes = (policy.quote(unit.start, unit.end),)
    return PolicyAnswer(question=question, quotes=quotes, policy_sha256=policy.sha256, confidence=0.5)


def questions_in(folder: Path, text: str) -> Path:
    path = folder / "questions.jsonl"
    path.write_text(text, encoding="utf-8")
    return path


def test_right_wrong_and_refused_are_three_outcomes(tmp_path: Path) -> None:
    outcomes = evaluate(load_questions(questions_in(tmp_path, FILE)), {"p": a_policy("We keep your data.\n")}, ask)

    found = figures(outcomes)

    assert (found.answerable, found.right, found.wrongly_refused) == (2, 1, 0)
    assert (found.unanswerable, found.rightly_refused) == (1, 1)


def test_the_report_names_what_failed_and_escapes_it(tmp_path: Path) -> None:
    outcomes = evaluate(load_questions(questions_in(tmp_path, FILE)), {"p": a_policy("We keep your data.\n")}, ask)

    assert report_text(outcomes).endswith("failed\np 2 -")
    page = report_page(outcomes)
    assert "<script" not in page
    assert page.count("<polyline") == 2


def test_a_broken_line_is_named_by_its_number(tmp_path: Path) -> None:
    with pytest.raises(QuestionFileError, match=":2:"):
        load_questions(questions_in(tmp_path, FILE.splitlines()[0] + "\nnonsense\n"))
