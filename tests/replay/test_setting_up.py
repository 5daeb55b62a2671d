"""What is there before a talk begins: customers, requests, buttons that were offered, and time that passes."""

import pytest

from bot.replay.places import BadConversation
from bot.replay.player import Outcome
from tests.replay.laboratory import a_script, played

DEPTHS = pytest.mark.parametrize("depth", ["core", "road"])
CUSTOMERS = """
customers:
- {address: ada@customers.example, order_number: MF-10234, postcode: "90210"}
- {address: bob@customers.example, order_number: MF-555, postcode: SW1A 1AA}
"""
ACCESS = (
    CUSTOMERS
    + """
turns:
- {says: Please send me a copy of all personal data you hold about me., reads: access, expect: {requests: 1}}
- {says: "{code}", expect: {template: ask_points, request: {right: access, state: awaiting_verification}}}
- {says: {0}, expect: {1}}
"""
)


def found_in(text: str, depth: str, channel: str = "") -> list[str]:
    return [failure.found for failure in played(a_script(text), depth=depth, channel=channel).failures]


@DEPTHS
@pytest.mark.parametrize(
    ("says", "follows"),
    [
        ("'MF-10234, 90210'", "{request: {right: access, state: open}, stored: {verification: {level: 2}}}"),
        ("'MF-10234, 90211'", "{template: points_wrong, request: {right: access, state: awaiting_verification}}"),
        ("'MF-555, SW1A 1AA'", "{template: points_wrong, request: {right: access, state: awaiting_verification}}"),
        ("Only 90210", "{template: ask_points}"),
    ],
)
def test_details_are_compared_with_the_customers_that_the_file_names(says: str, follows: str, depth: str) -> None:
    assert found_in(ACCESS.replace("{0}", says).replace("{1}", follows), depth) == []


@DEPTHS
def test_three_wrong_details_in_a_day_are_all(depth: str) -> None:
    wrong = "- {says: 'MF-1, 90210'}\n" * 2
    text = ACCESS.replace("{0}", "'MF-1, 90210'").replace("{1}", "{template: points_wrong}") + wrong
    spent = text + "- {says: 'MF-10234, 90210', expect: {template: staff_will_check}}\n"

    assert found_in(spent, depth) == []


EXISTING = """
starts: "2026-11-23T10:00Z"
existing:
- {right: deletion, state: in_progress, received: "2026-10-01T09:00Z"}
- {right: access, state: denied, reason_code: no_match, words: We hold nothing., from: bob@customers.example}
- {right: unsubscribe}
- {right: restriction, state: awaiting_verification}
turns:
- says: Is the pearl pendant still available?
  expect: {0}
"""


@DEPTHS
@pytest.mark.parametrize(
    "holds",
    [
        "{requests: 4, untouched: true}",
        "{request: {right: deletion, state: in_progress, due: '2026-11-01', subject: ada@customers.example}}",
        "{request: {right: access, state: denied, claimed: bob@customers.example, due: '2026-12-22'}}",
        "{stored: {request: {right_name: access, denial_reason: no_match, denial_words: We hold nothing.}}}",
        "{request: [{right: unsubscribe, state: open}, {right: restriction, state: awaiting_verification}]}",
        "{suppressed: {purpose: marketing, address: ada@customers.example}, audit: [], no_code: true}",
    ],
)
def test_requests_are_there_before_the_talk_with_all_that_belongs_to_them(holds: str, depth: str) -> None:
    assert found_in(EXISTING.replace("{0}", holds), depth) == []


@DEPTHS
def test_what_was_mailed_before_is_over_and_its_thread_is_not_answered(depth: str) -> None:
    with pytest.raises(BadConversation, match=r"\{code\} stands for nothing"):
        played(a_script(EXISTING.replace("{0}", "{reply: '{code}'}")), depth=depth)


@DEPTHS
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('received: "2026-11-23T10:00Z"', ":3: what is there already came in before"),
        ("state: denied", ":3: "),
        ("state: awaiting_verification, right: access", "twice"),
    ],
)
def test_what_cannot_be_there_is_told_with_its_line(wrong: str, said: str, depth: str) -> None:
    text = f"\nexisting:\n- {{right: deletion, {wrong}}}\nturns: [{{says: Hello}}]\n"

    with pytest.raises(BadConversation, match=said):
        played(a_script(text), depth=depth)


CHOICE = """
channel: webchat
turns:
- {says: my data please, doubt: ambiguous, candidates: [access, deletion], expect: {template: which_one}}
- {button: {0}, expect: {template: ask_address}}
"""


@pytest.mark.parametrize("channel", ["webchat", "telegram", "messenger", "instagram", "whatsapp", "terminal"])
def test_a_button_is_pressed_as_each_channel_sends_it(channel: str) -> None:
    assert found_in(CHOICE.replace("{0}", '"1"'), "core", channel) == []


@pytest.mark.parametrize("channel", ["webchat", "telegram", "messenger", "instagram", "whatsapp"])
def test_a_button_that_is_not_offered_cannot_be_pressed(channel: str) -> None:
    (found,) = found_in(CHOICE.replace("{0}", '"3"'), "core", channel)

    assert found.startswith("NotOffered: no button '3' is offered; there are 1")


def test_time_that_passes_brings_the_reminder_and_the_end_of_a_request() -> None:
    text = """
turns:
- {says: Please delete my account and all my personal data., reads: deletion}
- {after: 4 days, expect: {code_to: ada@customers.example, code_mail: reminder_opening, stored: {notice: 1}}}
- {after: 4 days, expect: {template: letter_unproved, staff: unproved_for_a_week, no_code: true}}
- {after: 21 days, expect: {template: letter_expired, request: {right: deletion, state: expired}, urgent: true}}
"""
    result = played(a_script(text), depth="road")

    assert [failure.found for failure in result.failures] == []
    assert result.outcome is Outcome.PASSED


QUOTING_FIRST_LINE = """
channel: terminal
turns:
- {says: please unsubscribe me from your newsletter, expect: {templates: {0}}}
"""


@pytest.mark.parametrize(
    ("said", "fails"),
    [("ask_address_only", False), ("[policy_says, ask_address_only]", False), ("policy_says", True)],
)
def test_what_the_first_line_of_a_chat_quotes_need_not_be_expected(said: str, fails: bool) -> None:
    assert bool(found_in(QUOTING_FIRST_LINE.replace("{0}", said), "road")) == fails
