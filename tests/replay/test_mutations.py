"""Mutations: what people write changes, and what must follow changes with it only as far as it must."""

from dataclasses import replace

import pytest

from bot.replay.mutations import MUTATIONS, variations
from bot.replay.negating import negated, negation_of
from bot.replay.player import Outcome, Result
from bot.replay.reshaping import Variation, reordered, split_in_two, two_in_one
from bot.replay.script import Given, Said, Script
from bot.replay.translating import in_another_language, translation
from bot.replay.wording import WORDINGS
from tests.replay.break_rules import scripts
from tests.replay.laboratory import a_script, played

TWO_WISHES = """
turns:
- {says: Please pause everything., reads: restriction, expect: {requests: 1, never_says: banana}}
- {says: Please correct my name too., reads: correction, expect: {requests: 2, code_not_to: eve@x.example}}
- {says: "{code}", expect: {request: [{right: restriction, state: open}, {right: correction, state: open}]}}
"""
A_DELETION = "turns:\n- {says: 'Please delete my data.', reads: deletion, expect: {requests: 1}}\n"


@pytest.fixture(scope="module")
def talks() -> list[Script]:
    return scripts()


@pytest.fixture(scope="module")
def library(talks: list[Script]) -> list[Result]:
    return [played(script) for script in talks]


def said_in(script: Script) -> list[str]:
    return [turn.act.text for turn in script.turns if isinstance(turn.act, Said)]


def outcomes(forms: list[Variation]) -> set[Outcome]:
    return {played(form.script).outcome for form in forms}


@pytest.mark.parametrize("name", ["with_history", "shouted", "split_in_two"])
def test_where_the_reading_is_given_no_talk_breaks(name: str, library: list[Result]) -> None:
    forms = [form for result in library for form in variations(result, MUTATIONS[name])]

    assert [form.script.title for form in forms if played(form.script).outcome is not Outcome.PASSED] == []
    assert len(forms) > 30


def test_codes_choices_and_single_words_stay_as_they_are() -> None:
    result = played(
        a_script(
            "turns:\n- says: '{wrong_code} it is, I think so'\n- says: '1'\n- says: HUMAN\n- says: I am a@x.example\n"
        )
    )

    assert [list(variations(result, mutation)) for mutation in MUTATIONS.values()] == [[]] * len(MUTATIONS)


@pytest.mark.parametrize("wording", WORDINGS, ids=lambda wording: wording.__name__)
def test_each_wording_changes_something(wording: object, library: list[Result]) -> None:
    talk = next(one for one in library if one.script.title.startswith("A copy of the data is asked for"))

    (form,) = variations(talk, MUTATIONS[wording.__name__])  # type: ignore[attr-defined]

    assert said_in(form.script)[0] != said_in(talk.script)[0]


@pytest.mark.parametrize(
    ("text", "contrary"),
    [
        ("Delete my data.", "Please do not delete my data."),
        (
            "Hi, please delete it and then send me a receipt.",
            "Hi, please do not delete it and do not send me a receipt.",
        ),
        ("Could you please erase my account?", "Please do not erase my account."),
        ("I want a copy. Thank you!", "I do not want a copy. Thank you!"),
        ("I'd like a copy.", "I would not like a copy."),
        ("I object to it. Stop the mails.", "I do not object to it. Please do not stop the mails."),
    ],
)
def test_a_wish_is_turned_round(text: str, contrary: str) -> None:
    assert negation_of(text) == contrary


@pytest.mark.parametrize(
    "text",
    [
        "Do not sell my data.",
        "Please don't delete anything, just stop the mails.",
        "My account is old. It would be good to delete it.",
        "Delete it. My sister says I need a copy.",
        "Bitte löschen Sie meine Daten.",
        "Where is my order?",
    ],
)
def test_what_cannot_be_turned_round_as_a_whole_is_left_out(text: str) -> None:
    assert negation_of(text) == ""


def test_a_negated_talk_breaks_when_the_bot_acts_on_it() -> None:
    (form,) = negated(played(a_script(A_DELETION)))
    said = form.script.turns[0].act
    assert isinstance(said, Said)
    understood = replace(form.script, turns=(replace(form.script.turns[0], act=replace(said, given=Given())),))

    misread, read = played(form.script), played(understood)

    assert said.text == "Please do not delete my data."
    assert (misread.outcome, read.outcome) == (Outcome.FAILED, Outcome.PASSED)
    assert {failure.name for failure in misread.failures} == {"requests", "no_code"}


def test_in_a_chat_it_breaks_when_the_bot_asks_for_a_mailbox() -> None:
    (form,) = negated(played(a_script("channel: terminal\n" + A_DELETION.replace("requests: 1", "requests: 0"))))

    assert {failure.name for failure in played(form.script).failures} == {"template_not"}


def test_where_readings_are_given_a_negation_says_nothing() -> None:
    assert list(variations(played(a_script(A_DELETION)), MUTATIONS["negated"])) == []


def test_a_talk_is_said_in_each_language_in_which_all_of_it_can_be_said() -> None:
    own = A_DELETION.replace("reads:", "translations: {da: Slet mine data.}, reads:")
    talk = a_script(own + "- {says: Is it done yet?, translations: {da: Er det sket?}}\n")

    forms = list(in_another_language(played(talk)))

    assert [(form.what, said_in(form.script)) for form in forms] == [("da", ["Slet mine data.", "Er det sket?"])]


def test_in_another_language_what_is_done_is_judged_and_the_words_are_not() -> None:
    text = A_DELETION.replace(
        "requests: 1", "requests: 1, reply: Your reference, spoken_language: en, rules: ask_for_proof"
    )
    (form,) = [form for form in in_another_language(played(a_script(text))) if form.what == "de"]

    result = played(form.script)

    assert [check.name for check in form.script.turns[0].expect.checks] == ["requests", "rules"]
    assert result.turns[0].scene.replies[0].outgoing.language == "de"
    assert result.outcome is Outcome.PASSED


def test_the_table_keeps_the_end_of_a_sentence() -> None:
    assert translation("Thanks. Delete my data!", "de") == "Danke. Löschen Sie meine Daten!"
    assert translation("How do I delete my account?", "de") == "Wie lösche ich mein Konto?"
    assert translation("Thanks. And feed my cat.", "de") == ""


def test_two_messages_come_as_one_with_the_same_end() -> None:
    forms = list(two_in_one(played(a_script(TWO_WISHES))))

    assert [said_in(form.script)[0] for form in forms] == ["Please pause everything.\n\nPlease correct my name too."]
    assert outcomes(forms) == {Outcome.PASSED}


def test_what_the_first_of_two_wishes_would_lose_is_noticed() -> None:
    (form,) = two_in_one(played(a_script(TWO_WISHES)))
    first = form.script.turns[0]
    assert isinstance(first.act, Said)
    half = replace(first, act=replace(first.act, given=Given(intents=("restriction",))))

    result = played(replace(form.script, turns=(half, *form.script.turns[1:])))

    assert {failure.name for failure in result.failures} == {"requests", "request"}


def test_a_message_of_two_sentences_comes_as_two() -> None:
    talk = a_script(A_DELETION.replace("my data.", "my data. I moved to Cork. Bye then!"))

    (form,) = split_in_two(played(talk))

    assert said_in(form.script) == ["Please delete my data.", "I moved to Cork.\nBye then!"]
    assert outcomes([form]) == {Outcome.PASSED}


def test_a_message_that_lay_somewhere_comes_after_the_next() -> None:
    (form,) = reordered(played(a_script(TWO_WISHES)))

    assert said_in(form.script)[:2] == ["Please correct my name too.", "Please pause everything."]
    assert outcomes([form]) == {Outcome.PASSED}


def test_what_is_taken_back_or_chosen_keeps_its_place() -> None:
    talk = a_script(
        "turns:\n- {says: Please delete my data., reads: deletion}\n"
        "- {says: 'Please cancel my request.', reads: request_status, expect: {template: taken_back}}\n"
    )

    result = played(talk)

    assert result.outcome is Outcome.PASSED
    assert [*two_in_one(result), *reordered(result)] == []


def test_what_the_file_forbids_holds_in_every_shape() -> None:
    result = played(a_script(TWO_WISHES))

    for forms in (two_in_one, reordered):
        (form,) = forms(result)
        kept = {check.name for turn in form.script.turns for check in turn.expect.checks}
        assert {"code_not_to"} <= kept
