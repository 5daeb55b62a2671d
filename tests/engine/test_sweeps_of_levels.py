"""What time brings about where a mailbox alone is not enough: details or a declaration are reminded of, once each."""

from datetime import timedelta

import pytest

from bot.core.sweeping import Step, Watched, step_for
from bot.core.tickets import State
from bot.engine.sweeps import sweep
from tests.core.builders import MAILBOX, NOW, a_request

from .fakes import House, a_mail, receive, work
from .letters import code_in, text_of
from .test_directory_road import ORDER, POSTCODE, asked, house, say, the_state
from .test_sweeps import swept

pytestmark = pytest.mark.anyio
__all__ = ["house"]


async def test_a_copy_that_lacks_its_code_is_reminded_like_any_request(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("access please"))
    await work(desk)

    told = await swept(house, desk, hours=25)

    (sent,) = house.post
    assert (told, sent.recipient) == (1, MAILBOX)
    assert "A reminder" in text_of(sent)


async def test_a_copy_that_lacks_its_details_is_reminded_with_a_new_code_and_of_them(house: House) -> None:
    desk = await asked(house)

    told = await swept(house, desk, hours=25)

    (sent,) = house.post
    assert (told, sent.recipient) == (1, MAILBOX)
    assert "your order number, the postcode" in text_of(sent)
    await say(house, desk, code_in(house), 3)
    await say(house, desk, f"{ORDER}, {POSTCODE}", 4)
    assert await the_state(desk) is State.OPEN


async def test_after_a_week_without_the_details_there_are_a_notice_and_an_item(house: House) -> None:
    desk = await asked(house)
    await swept(house, desk, hours=25)

    await swept(house, desk, days=6)

    (sent,) = house.post
    assert "still lacks your confirmation" in text_of(sent)
    assert [item.reason for item in await desk.store.staff_items()] == ["unproved_for_a_week"]


async def test_without_the_details_it_expires_before_its_date_and_proof_revives_it(house: House) -> None:
    desk = await asked(house)
    for days in (1.1, 6, 23):
        await swept(house, desk, days=days)
    before = await the_state(desk)

    for number, text in enumerate(("access please", "code", f"{ORDER}, {POSTCODE}"), 3):
        await say(house, desk, code_in(house) if text == "code" else text, number)

    assert (before, await the_state(desk)) == (State.EXPIRED, State.OPEN)


async def test_what_waits_for_staff_is_not_reminded(house: House) -> None:
    desk = await asked(house)
    for number in (3, 4, 5):
        await say(house, desk, f"MF-000000{number}, SW1A 1AA", number)
    assert "stronger_proof_needed" in [item.reason for item in await desk.store.staff_items()]

    house.later(days=8)
    await sweep(desk)

    assert [item.reason for item in await desk.store.staff_items()] == ["stronger_proof_needed"]


def waiting(**changes: object) -> Watched:
    """A copy that needs a match, asked for two days ago; its mailbox was proved a day and an hour ago."""
    request = a_request("access", level=2, received_at=NOW - timedelta(days=2))
    chosen = {
        "request": request,
        "conversation": "talk-1",
        "brand": "rings",
        "channel": "email",
        "coded_at": NOW - timedelta(days=2),
        "proof_level": 1,
        "proved_at": NOW - timedelta(hours=25),
        "told": frozenset({Step.REMIND.value}),
    }
    return Watched(**(chosen | changes))  # type: ignore[arg-type]


def test_the_details_are_reminded_of_though_the_code_was_before() -> None:
    assert step_for(waiting(), NOW, has_directory=True) is Step.REMIND_DETAILS
    assert step_for(waiting(proved_at=NOW - timedelta(hours=23)), NOW, has_directory=True) is None


def test_a_declaration_is_reminded_of_until_it_lies_before_staff() -> None:
    request = a_request("access", level=3, received_at=NOW - timedelta(days=2))
    declared = waiting(request=request, proof_level=2)

    assert step_for(declared, NOW, has_directory=True) is Step.REMIND_DECLARATION
    assert (
        step_for(
            waiting(request=request, proof_level=2, handed=frozenset({"declaration_to_confirm"})),
            NOW,
            has_directory=True,
        )
        is None
    )


def test_without_a_directory_the_declaration_is_awaited_while_staff_compare() -> None:
    request = a_request("access", level=3, received_at=NOW - timedelta(days=2))
    handed = waiting(request=request, handed=frozenset({"stronger_proof_needed"}))

    assert step_for(handed, NOW) is Step.REMIND_DECLARATION
    assert step_for(waiting(handed=frozenset({"stronger_proof_needed"})), NOW) is None
