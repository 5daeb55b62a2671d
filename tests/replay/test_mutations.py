"""Mutations: what people write changes, and what must follow does not."""

import asyncio
from pathlib import Path

import pytest

from bot.laboratory import Laboratory
from bot.replay.loading import load
from bot.replay.mutations import MUTATIONS, mutated
from bot.replay.player import Outcome, play
from bot.replay.script import Said, Script
from tests.replay.break_rules import scripts


@pytest.fixture(scope="module")
def house() -> Laboratory:
    return Laboratory()


@pytest.fixture(scope="module")
def talks() -> list[Script]:
    return scripts()


@pytest.mark.parametrize("name", ["with_history", "shouted"])
def test_where_the_reading_is_given_no_talk_breaks(name: str, talks: list[Script], house: Laboratory) -> None:
    changed = [found for script in talks if (found := mutated(script, MUTATIONS[name]))]

    broken = [s.title for s in changed if asyncio.run(play(s, house, depth="core")).outcome is Outcome.FAILED]

    assert broken == []
    assert len(changed) > 100


def test_codes_choices_and_single_words_stay_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "a.conversation.yaml"
    file.write_text(
        "turns:\n- says: '{code} it is, I think so'\n- says: '1'\n- says: HUMAN\n- says: me, ada@x.example, yes me\n"
    )
    (script,) = load(file)

    assert [mutated(script, mutation) for mutation in MUTATIONS.values()] == [None] * len(MUTATIONS)


@pytest.mark.parametrize("name", MUTATIONS)
def test_each_mutation_changes_something(name: str, talks: list[Script]) -> None:
    talk = next(script for script in talks if script.title.startswith("A copy of the data is asked for"))

    changed = mutated(talk, MUTATIONS[name])

    assert changed is not None
    first, before = changed.turns[0].act, talk.turns[0].act
    assert isinstance(first, Said)
    assert isinstance(before, Said)
    assert first.text != before.text
