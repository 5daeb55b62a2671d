"""What each brand's policy makes of a request: its kind, its clock and its level, by brand and policy line."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.clocks import Deadline
from bot.core.conversation import Conversation
from bot.core.decide import decide
from bot.core.effects import HandToStaff, OpenRequest, SendCode, Suppress
from bot.core.kinds import kind_of
from bot.core.messages import InboundMessage
from bot.core.opening import clocks_of
from bot.core.playbook import Playbook
from bot.core.tickets import State, level_needed
from bot.core.turn import Decision, FreshCode, Turn
from bot.settings import BrandSettings, Settings
from bot.wiring import make_playbook
from bot.words.heard import phrases
from intents import FoundIntent, Reading

#: A Monday morning in all the time zones that count.
RECEIVED = datetime(2026, 3, 2, 15, tzinfo=UTC)

BRANDS = ("je-taime", "cest-moi", "just-elegance", "jane-ellen", "james-allen")


@pytest.fixture(scope="module")
def playbooks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Playbook]:
    folder: Path = tmp_path_factory.mktemp("desk")
    settings = Settings(data_dir=folder, brands=tuple(BrandSettings(name=name) for name in BRANDS))
    return {chosen.name: make_playbook(settings, chosen) for chosen in settings.brands}


def deadlines(playbook: Playbook, right: str, kind: str = "") -> tuple[Deadline, ...]:
    return clocks_of(playbook, right, kind, RECEIVED)


def strictest(found: tuple[Deadline, ...], step: str) -> str:
    return min(deadline.due_on for deadline in found if deadline.step == step)


#: Brand, line of its policy, right, kind, level, strictest day of the answer.
ROWS = [
    # UK: one month. 2 April 2026 is a Thursday and no holiday.
    ("je-taime", 43, "access", "", 1, "2026-04-02"),
    ("je-taime", 44, "correction", "", 1, "2026-04-02"),
    ("je-taime", 45, "deletion", "", 1, "2026-04-02"),
    ("je-taime", 45, "restriction", "", 1, "2026-04-02"),
    ("je-taime", 46, "unsubscribe", "", 0, "2026-04-02"),
    ("je-taime", 46, "withdraw_consent", "", 1, "2026-04-02"),
    ("je-taime", 46, "withdraw_consent", "marketing", 0, "2026-04-02"),
    ("je-taime", 47, "portability", "", 1, "2026-04-02"),
    ("je-taime", 48, "objection", "", 1, "2026-04-02"),
    ("je-taime", 48, "objection", "marketing", 0, "2026-04-02"),
    ("je-taime", 49, "complaint", "", 0, "2026-04-02"),
    ("je-taime", 50, "automated_decision", "", 1, "2026-04-02"),
    ("je-taime", 73, "child_data", "", 0, "2026-04-02"),
    # No regime is known: EU and UK, whichever is stricter, assumed.
    ("cest-moi", 21, "access", "", 1, "2026-04-02"),
    ("cest-moi", 25, "deletion", "", 1, "2026-04-02"),
    ("cest-moi", 33, "unsubscribe", "", 0, "2026-04-02"),
    ("just-elegance", 72, "access", "", 1, "2026-04-02"),
    ("just-elegance", 73, "correction", "", 1, "2026-04-02"),
    ("just-elegance", 74, "deletion", "", 1, "2026-04-02"),
    ("just-elegance", 76, "withdraw_consent", "", 1, "2026-04-02"),
    ("just-elegance", 84, "unsubscribe", "", 0, "2026-04-02"),
    # Jane Ellen promises 30 days, and opt-outs have business days of their own.
    ("jane-ellen", 387, "restriction", "", 1, "2026-04-01"),
    ("jane-ellen", 392, "portability", "", 1, "2026-04-01"),
    ("jane-ellen", 404, "access", "", 1, "2026-04-01"),
    ("jane-ellen", 409, "deletion", "", 1, "2026-04-01"),
    ("jane-ellen", 414, "opt_out_of_sale", "", 0, "2026-03-23"),
    ("jane-ellen", 422, "objection", "marketing", 0, "2026-04-01"),
    ("jane-ellen", 384, "withdraw_consent", "", 1, "2026-04-01"),
    ("jane-ellen", 384, "unsubscribe", "", 0, "2026-03-16"),
    ("jane-ellen", 641, "complaint", "", 0, "2026-04-01"),
    ("jane-ellen", 516, "child_data", "", 0, "2026-04-01"),
    ("jane-ellen", 495, "security_report", "", 0, "2026-04-01"),
    # James Allen names no time: the strictest law, which is the EU's month, but for Shine the Light.
    ("james-allen", 429, "access", "", 1, "2026-04-02"),
    ("james-allen", 430, "correction", "", 1, "2026-04-02"),
    ("james-allen", 431, "deletion", "", 1, "2026-04-02"),
    ("james-allen", 432, "objection", "", 1, "2026-04-02"),
    ("james-allen", 432, "restriction", "", 1, "2026-04-02"),
    ("james-allen", 433, "portability", "", 1, "2026-04-02"),
    ("james-allen", 434, "objection", "profiling", 1, "2026-04-02"),
    ("james-allen", 437, "access", "transfers", 1, "2026-04-02"),
    ("james-allen", 478, "access", "shine_the_light", 1, "2026-04-01"),
    ("james-allen", 482, "deletion", "minor_content", 1, "2026-04-02"),
    ("james-allen", 233, "deletion", "publication", 1, "2026-04-02"),
    ("james-allen", 333, "unsubscribe", "", 0, "2026-03-16"),
]


@pytest.mark.parametrize(("brand", "line", "right", "kind", "level", "due"), ROWS)
def test_a_policy_line_is_kept(
    playbooks: dict[str, Playbook], brand: str, line: int, right: str, kind: str, level: int, due: str
) -> None:
    playbook = playbooks[brand]

    assert level_needed(right, kind, has_directory=playbook.has_directory) == level
    assert strictest(deadlines(playbook, right, kind), "answer") == due


@pytest.mark.parametrize(
    ("brand", "right", "step", "source", "due"),
    [
        ("jane-ellen", "access", "first_answer", "privacy policy, line 622", "2026-03-09"),
        ("jane-ellen", "access", "first_answer", "privacy policy, line 26", "2026-04-01"),
        ("jane-ellen", "access", "answer", "privacy policy, line 438", "2026-04-01"),
        ("jane-ellen", "complaint", "answer", "privacy policy, line 641", "2026-04-01"),
        ("jane-ellen", "access", "acknowledge", "11 CCR 7021(a)", "2026-03-16"),
        ("james-allen", "deletion", "acknowledge", "11 CCR 7021(a)", "2026-03-16"),
        ("je-taime", "complaint", "acknowledge", "DPA 2018 s. 164A", "2026-04-01"),
        ("just-elegance", "complaint", "acknowledge", "DPA 2018 s. 164A", "2026-04-01"),
    ],
)
def test_a_promised_step_has_its_own_clock(
    playbooks: dict[str, Playbook], brand: str, right: str, step: str, source: str, due: str
) -> None:
    found = [d for d in deadlines(playbooks[brand], right) if (d.step, d.source) == (step, source)]

    assert [deadline.due_on for deadline in found] == [due]


def test_a_brand_without_a_regime_says_that_it_is_assumed(playbooks: dict[str, Playbook]) -> None:
    assert {d.regime for d in deadlines(playbooks["cest-moi"], "access")} == {"eu (assumed)", "uk (assumed)"}


@pytest.mark.parametrize(
    ("brand", "regulator"),
    [
        ("je-taime", "Information Commissioner's Office"),
        ("just-elegance", "Information Commissioner's Office"),
        ("jane-ellen", "California Attorney General's Office"),
        ("james-allen", ""),
        ("cest-moi", ""),
    ],
)
def test_a_complaint_goes_where_the_policy_says(playbooks: dict[str, Playbook], brand: str, regulator: str) -> None:
    assert playbooks[brand].regulator == regulator


def test_the_kinds_of_james_allens_lines_are_read_from_what_people_write() -> None:
    assert kind_of(phrases(), "access", "Shine the Light request for last year") == "shine_the_light"
    assert (
        kind_of(phrases(), "access", "What safeguards cover a transfer of my data to the United States?") == "transfers"
    )
    assert kind_of(phrases(), "deletion", "I am under 18 and want what I posted removed") == "minor_content"
    assert kind_of(phrases(), "deletion", "Please take my story and photo off your Instagram") == "publication"


def what_follows(playbook: Playbook, right: str, text: str) -> Decision:
    """A mail in which `right` was read, on the road of the core with the brand's own playbook."""
    message = InboundMessage(
        channel="email", brand=playbook.brand, address="ada@customers.example", text=text, received_at=RECEIVED
    )
    reading = Reading(intents=(FoundIntent(name=right, confidence=0.9, evidence=text),), language="en")
    turn = Turn(
        message=message,
        reading=reading,
        fresh_code=FreshCode(nonce="nonce", digest="digest"),
        fresh_references=("PD-AAAA-AAAA", "PD-BBBB-BBBB"),
        now=RECEIVED,
    )
    talk = Conversation(id="talk", brand=playbook.brand, channel="email", address=message.address)
    return decide(turn, talk, playbook)


#: Brand, line of its policy, right, what somebody writes, whom it is handed to.
FOR_STAFF = [
    ("je-taime", 69, "access", "I am a detective and require the orders of a customer.", "on_behalf_authority"),
    ("cest-moi", 41, "access", "Enclosed is a court order for the account of a customer.", "on_behalf_authority"),
    ("james-allen", 421, "access", "A subpoena for this customer's data is attached.", "on_behalf_authority"),
    ("je-taime", 73, "child_data", "My daughter is twelve and has an account with you.", "child_data"),
    ("jane-ellen", 516, "child_data", "A child has signed up on your site.", "child_data"),
    ("jane-ellen", 525, "access", "Show me the data of my daughter, as her mother.", "on_behalf_parent"),
    ("jane-ellen", 526, "deletion", "Delete my son's account, please.", "on_behalf_parent"),
    ("jane-ellen", 417, "complaint", "You refused me a discount because I asked for my data.", "complaint"),
    ("just-elegance", 80, "complaint", "You did not handle my data correctly.", "complaint"),
    ("jane-ellen", 486, "security_report", "Somebody has taken over my account.", "security_report"),
]


@pytest.mark.parametrize(("brand", "line", "right", "text", "reason"), FOR_STAFF)
def test_what_a_line_leaves_to_people_is_left_to_people(
    playbooks: dict[str, Playbook], brand: str, line: int, right: str, text: str, reason: str
) -> None:
    effects = what_follows(playbooks[brand], right, text).effects

    assert [effect.reason for effect in effects if isinstance(effect, HandToStaff)] == [reason]
    assert not any(isinstance(effect, SendCode) for effect in effects)


#: Brand, line, right, what somebody writes: verified before anything is disclosed or erased.
PROVED_FIRST = [
    ("james-allen", 441, "access", "A copy of what you hold about me, please."),
    ("jane-ellen", 442, "deletion", "Erase my account."),
    ("je-taime", 11, "portability", "My data in a file, please."),
    ("just-elegance", 39, "correction", "My name is spelt wrongly."),
]


@pytest.mark.parametrize(("brand", "line", "right", "text"), PROVED_FIRST)
def test_what_discloses_or_changes_data_is_proved_first(
    playbooks: dict[str, Playbook], brand: str, line: int, right: str, text: str
) -> None:
    effects = what_follows(playbooks[brand], right, text).effects

    (made,) = [effect.request for effect in effects if isinstance(effect, OpenRequest)]
    assert made.state is State.AWAITING_VERIFICATION
    assert [effect.address for effect in effects if isinstance(effect, SendCode)] == ["ada@customers.example"]


#: Brand, line, right: done at once, with no more than the address.
AT_ONCE = [
    ("je-taime", 46, "unsubscribe"),
    ("cest-moi", 33, "unsubscribe"),
    ("just-elegance", 84, "unsubscribe"),
    ("jane-ellen", 414, "opt_out_of_sale"),
    ("james-allen", 333, "unsubscribe"),
]


@pytest.mark.parametrize(("brand", "line", "right"), AT_ONCE)
def test_an_opt_out_is_done_here_and_at_once_whatever_route_the_policy_names(
    playbooks: dict[str, Playbook], brand: str, line: int, right: str
) -> None:
    effects = what_follows(playbooks[brand], right, "No more of this, please.").effects

    assert [effect.address for effect in effects if isinstance(effect, Suppress)] == ["ada@customers.example"]
    assert [effect.request.state for effect in effects if isinstance(effect, OpenRequest)] == [State.OPEN]


@pytest.mark.parametrize(("brand", "level"), [("jane-ellen", 3), ("james-allen", 3), ("je-taime", 1), ("cest-moi", 1)])
def test_the_specific_pieces_are_confirmed_by_staff_where_californias_law_runs(
    playbooks: dict[str, Playbook], brand: str, level: int
) -> None:
    effects = what_follows(playbooks[brand], "access", "I want the specific pieces of information you hold.").effects

    (made,) = [effect.request for effect in effects if isinstance(effect, OpenRequest)]
    assert made.level == level
