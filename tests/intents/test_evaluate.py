"""An evaluation counts what acting on a reading would have done."""

import json
from pathlib import Path

from intents.corpus import Example
from intents.evaluate import Evaluation, evaluate, evaluate_examples, paired_p_value
from intents.html_report import html_report
from intents.reading import Doubt, FoundIntent, Reading
from intents.report import report


class Parrot:
    """Reads "deletion access?" as it is written: an intent to act on, or with a question mark a candidate."""

    def read(self, text: str, *, subject: str = "", channel: str = "email") -> Reading:
        words = text.split()
        found = tuple(a_find(word) for word in words if not word.endswith("?"))
        doubts = tuple(a_find(word.rstrip("?")) for word in words if word.endswith("?"))
        doubt = Doubt.UNSURE if doubts and not found else Doubt.NONE
        return Reading(intents=found, candidates=doubts if doubt else (), doubt=doubt, language="en")


def a_find(name: str) -> FoundIntent:
    return FoundIntent(name=name, confidence=0.9, evidence=name)


def an_example(text: str, *gold: str, also_ok: frozenset[str] = frozenset(), slice_: str = "") -> Example:
    return Example(id=text or "empty", text=text, gold=frozenset(gold), also_ok=also_ok, slice=slice_)


def evaluated(*examples: Example) -> Evaluation:
    return evaluate_examples(examples, Parrot())


def test_a_right_that_was_not_asked_is_harmful() -> None:
    assert evaluated(an_example("deletion", "unsubscribe")).overall.harmful == 1


def test_a_question_answered_for_another_is_wrong_but_not_harmful() -> None:
    overall = evaluated(an_example("policy_question", "cookie_question")).overall

    assert (overall.harmful, overall.right) == (0, 0)


def test_a_doubt_on_an_ordinary_message_is_a_false_alarm_that_was_not_acted_on() -> None:
    overall = evaluated(an_example("deletion?")).overall

    assert (overall.false_alarms, overall.ordinary_acted_on, overall.ordinary) == (1, 0, 1)


def test_abstaining_with_the_right_candidate_is_counted_apart() -> None:
    overall = evaluated(an_example("deletion?", "deletion")).overall

    assert (overall.abstained, overall.abstained_well, overall.harmful) == (1, 1, 0)


def test_what_is_also_right_is_neither_right_nor_wrong() -> None:
    overall = evaluated(an_example("access complaint", "access", also_ok=frozenset({"complaint"}))).overall

    assert (overall.right, overall.harmful) == (1, 0)


def test_two_wishes_count_when_both_are_found() -> None:
    overall = evaluated(an_example("access deletion", "access", "deletion"), an_example("access", "access", "human"))

    assert (overall.overall.several, overall.overall.several_found) == (2, 1)


def test_reliability_says_how_often_a_confidence_was_right() -> None:
    (found,) = evaluated(an_example("access", "access"), an_example("access", "deletion")).reliability

    assert (found.count, found.right) == (2, 0.5)


def test_slices_are_told_apart() -> None:
    found = evaluated(an_example("access", "access", slice_="a"), an_example("access", "human", slice_="b")).by_slice

    assert (found["a"].right, found["b"].right) == (1, 0)


def test_readers_that_differ_on_few_messages_are_not_told_apart() -> None:
    good = evaluated(an_example("access", "access"), an_example("human", "human"))

    assert paired_p_value(good, good) == 1.0


def test_a_file_is_read_and_the_reports_name_the_worst_reading(tmp_path: Path) -> None:
    file = tmp_path / "few.jsonl"
    rows = [{"id": "m1", "text": "deletion", "gold": []}, {"id": "m2", "text": "access", "gold": ["access"]}]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    evaluation = evaluate([file], Parrot())

    assert "m1: nothing" in report(evaluation)
    page = html_report(evaluation, title="A <title>", other=evaluation)
    assert "A &lt;title&gt;" in page
    assert "http" not in page
