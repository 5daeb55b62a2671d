"""What staff do to a request: checked, on record, and told to the person who proved to be it, and to nobody else."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from bot import staff
from bot.core.clocks import Clock, Unit
from bot.core.playbook import Mode
from bot.core.tickets import LEVELS, State
from bot.engine.desk import Desk
from bot.staff import Clerk, TakenDown
from bot.store import NotAllowed
from tests.core.builders import MAILBOX, ONE_MONTH

from .fakes import House, a_mail, receive, work
from .letters import code_in, text_of

pytestmark = pytest.mark.anyio

MONTH_AND_TWO = replace(ONE_MONTH, extended=3)
UK = replace(ONE_MONTH, regime="uk", source="UK GDPR Art. 12(3)", extended=3, pauses=frozenset({"access"}))
FIRM = Clock(
    regime="policy",
    step="answer",
    count=40,
    unit=Unit.DAYS,
    rights=frozenset(LEVELS),
    source="privacy policy, line 7",
    extends_with_the_law=True,
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(folder=tmp_path)
    yield made
    await made.close()


def a_clerk(house: House, desk: Desk, *clocks: Clock) -> Clerk:
    playbooks = {"rings": replace(desk.playbooks["rings"], clocks=clocks or (MONTH_AND_TWO,), regulator="The Office")}
    return Clerk(name="dora", store=desk.store, playbooks=playbooks, now=lambda: house.now)


async def an_open_request(house: House, desk: Desk, right: str = "deletion") -> str:
    """Asked for by mail and proved by the code; returns its reference."""
    await receive(desk, a_mail(right))
    await work(desk)
    await receive(desk, a_mail(code_in(house), number=2))
    await work(desk)
    (row,) = await desk.store.requests()
    assert row.state in (State.OPEN, State.AWAITING_VERIFICATION)
    house.post.clear()
    return row.reference


async def last_letter(house: House, desk: Desk) -> str:
    await work(desk)
    (sent,) = house.post
    assert sent.recipient == MAILBOX
    return text_of(sent)


async def test_a_request_is_taken_and_completed_and_the_person_hears_what_was_kept(house: House) -> None:
    desk = house.desk()
    reference = await an_open_request(house, desk)
    clerk = a_clerk(house, desk)

    await staff.take(clerk, reference)
    done = await staff.complete(clerk, reference, kept="Invoices of the last seven years, for the tax office.")

    letter = await last_letter(house, desk)
    assert (done.state, done.told, done.due_on) == (State.COMPLETED, "queued", "")
    assert reference in letter
    assert "Invoices of the last seven years" in letter
    detail = await desk.store.request(reference)
    assert detail is not None
    assert [(row.actor, row.event) for row in detail.audit if row.actor == "dora"] == [
        ("dora", "request_moved"),
        ("dora", "request_moved"),
    ]
    assert await desk.store.broken_chains() == ()


async def test_a_denial_gives_the_reason_the_words_and_the_way_to_complain(house: House) -> None:
    desk = house.desk()
    reference = await an_open_request(house, desk)

    await staff.deny(a_clerk(house, desk), reference, reason="legal_exemption", words="A court case is pending.")

    letter = await last_letter(house, desk)
    assert "the law makes an exception here" in letter
    assert "A court case is pending." in letter
    assert "you may complain to: The Office" in letter


@pytest.mark.parametrize(("reason", "words"), [("no_match", " "), ("because", "No."), ("", "No.")])
async def test_a_denial_without_reason_or_words_is_refused_and_nobody_hears_of_it(
    house: House, reason: str, words: str
) -> None:
    desk = house.desk()
    reference = await an_open_request(house, desk)

    with pytest.raises(NotAllowed):
        await staff.deny(a_clerk(house, desk), reference, reason=reason, words=words)

    await work(desk)
    assert house.post == []


async def test_an_extension_moves_the_deadlines_and_tells_the_reason(house: House) -> None:
    desk = house.desk()
    reference = await an_open_request(house, desk)

    done = await staff.extend(a_clerk(house, desk, MONTH_AND_TWO, FIRM), reference, words="Many files.")

    letter = await last_letter(house, desk)
    detail = await desk.store.request(reference)
    assert detail is not None
    assert done.due_on == "2026-06-02"
    assert "June 2, 2026" in letter
    assert "Many files." in letter
    assert [(d.due_on, d.extended) for d in detail.deadlines] == [("2026-06-02", True)]
    assert "extended" in detail.deadlines[0].sum


async def test_an_extension_after_the_deadline_is_refused(house: House) -> None:
    desk = house.desk()
    reference = await an_open_request(house, desk)
    house.later(days=32)

    with pytest.raises(NotAllowed, match="can be extended"):
        await staff.extend(a_clerk(house, desk), reference, words="Many files.")


async def test_nothing_is_extended_twice(house: House) -> None:
    desk = house.desk()
    reference = await an_open_request(house, desk)
    clerk = a_clerk(house, desk)
    await staff.extend(clerk, reference, words="Many files.")

    with pytest.raises(NotAllowed, match="can be extended"):
        await staff.extend(clerk, reference, words="Still many files.")


async def test_a_clock_that_grants_no_extension_is_not_extended(house: House) -> None:
    desk = house.desk()
    reference = await an_open_request(house, desk)

    with pytest.raises(NotAllowed, match="can be extended"):
        await staff.extend(a_clerk(house, desk, ONE_MONTH), reference, words="Many files.")


async def test_in_shadow_an_extension_needs_another_way_of_telling(house: House) -> None:
    desk = house.desk()
    reference = await an_open_request(house, desk)
    clerk = a_clerk(house, desk)
    shy = replace(clerk, playbooks={"rings": replace(clerk.playbooks["rings"], mode=Mode.SHADOW)})

    with pytest.raises(NotAllowed, match="must be told"):
        await staff.extend(shy, reference, words="Many files.")
    done = await staff.extend(shy, reference, words="Many files.", told_by="letter")

    await work(desk)
    assert (done.told, house.post) == ("", [])


async def test_in_shadow_a_letter_is_recorded_and_not_sent(house: House) -> None:
    desk = house.desk()
    reference = await an_open_request(house, desk)
    clerk = a_clerk(house, desk)
    shy = replace(clerk, playbooks={"rings": replace(clerk.playbooks["rings"], mode=Mode.SHADOW)})

    done = await staff.complete(shy, reference)

    await work(desk)
    assert (done.told, house.post) == ("shadow", [])


async def test_a_hold_is_refused_where_no_law_lets_the_clock_stand_still(house: House) -> None:
    desk = house.desk()
    reference = await an_open_request(house, desk)

    with pytest.raises(NotAllowed, match="stand still"):
        await staff.hold(a_clerk(house, desk, UK), reference, words="Which order?")


async def test_a_uk_access_request_stands_still_until_the_person_answers(house: House) -> None:
    desk = house.desk()
    desk = replace(desk, playbooks={"rings": replace(desk.playbooks["rings"], clocks=(UK,))})
    reference = await an_open_request(house, desk, "access")
    clerk = a_clerk(house, desk, UK)
    house.later(days=3)
    await staff.hold(clerk, reference, words="Which years?")
    question = await last_letter(house, desk)
    house.later(days=5)
    mail = a_mail("hello about 2024", number=3, In_Reply_To=message_id_of(house))
    await receive(desk, mail, now=house.now)
    await work(desk)
    house.later(days=2)

    done = await staff.resume(clerk, reference)

    detail = await desk.store.request(reference)
    assert detail is not None
    assert "Which years?" in question
    assert (done.state, done.due_on) == (State.IN_PROGRESS, "2026-04-07")
    assert "paused from 2026-03-05 for 5 days" in detail.deadlines[0].sum


def message_id_of(house: House) -> str:
    return str(message_from_bytes(house.post[-1].payload, policy=policy.default)["Message-ID"])


async def test_a_note_is_kept_and_the_audit_knows_only_that_there_is_one(house: House) -> None:
    desk = house.desk()
    reference = await an_open_request(house, desk)

    await staff.note(a_clerk(house, desk), reference, words="She called on Monday.")

    detail = await desk.store.request(reference)
    assert detail is not None
    assert [(row.written_by, row.words) for row in detail.notes] == [("dora", "She called on Monday.")]
    assert "Monday" not in str(detail.audit)


async def test_a_request_by_phone_is_open_at_once_and_counts_from_its_own_day(house: House) -> None:
    desk = house.desk()
    taken = TakenDown(
        brand="rings",
        right="access",
        door="phone",
        person="bob@example.org",
        received=house.now.date() - timedelta(days=9),
    )

    done = await staff.add(a_clerk(house, desk), taken)

    await work(desk)
    (sent,) = house.post
    detail = await desk.store.request(done.reference)
    assert detail is not None
    assert detail.verification is not None
    assert (detail.request.state, detail.verification.level, detail.verification.method) == (State.OPEN, 3, "staff")
    assert done.due_on == "2026-03-21"
    assert sent.recipient == "bob@example.org"
    assert done.reference in text_of(sent)
    assert await desk.store.broken_chains() == ()


async def test_somebody_without_a_mailbox_is_taken_down_too_and_staff_are_told_that_nothing_was_sent(
    house: House,
) -> None:
    desk = house.desk()
    taken = TakenDown(
        brand="rings", right="deletion", door="shop", person="Mrs Hart, 4 High Street", received=date(2026, 3, 2)
    )

    added = await staff.add(a_clerk(house, desk), taken)
    done = await staff.complete(a_clerk(house, desk), added.reference)

    await work(desk)
    assert (added.told, done.told, house.post) == ("", "", [])


@pytest.mark.parametrize(
    "wrong",
    [{"received": date(2026, 3, 9)}, {"right": "flying"}, {"door": "window"}, {"brand": "none"}, {"person": " "}],
)
async def test_a_request_by_hand_that_cannot_be_is_refused(house: House, wrong: dict[str, object]) -> None:
    desk = house.desk()
    taken = TakenDown(brand="rings", right="access", door="phone", person=MAILBOX, received=date(2026, 3, 2))

    with pytest.raises(NotAllowed):
        await staff.add(a_clerk(house, desk), replace(taken, **wrong))  # type: ignore[arg-type]


async def test_two_clerks_cannot_close_the_same_request(house: House) -> None:
    desk = house.desk()
    reference = await an_open_request(house, desk)
    clerk = a_clerk(house, desk)
    await staff.complete(clerk, reference)

    with pytest.raises(NotAllowed):
        await staff.deny(clerk, reference, reason="no_match", words="Nothing found.")


async def test_an_item_is_closed_once(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("child_data"))
    await work(desk)
    (item,) = await desk.store.staff_items()
    clerk = a_clerk(house, desk)

    await staff.close_item(clerk, item.item_id)

    assert await desk.store.staff_items() == []
    with pytest.raises(NotAllowed):
        await staff.close_item(clerk, item.item_id)
