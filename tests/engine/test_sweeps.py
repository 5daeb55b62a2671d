"""What time alone brings about: reminders, notices, expiry, warnings; each once, and never to the wrong person."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from bot.core.playbook import Mode
from bot.core.tickets import State
from bot.engine.desk import Desk
from bot.engine.sweeps import sweep
from bot.staff import Clerk, extend, take
from tests.core.builders import MAILBOX, ONE_MONTH

from .fakes import House, a_mail, receive, work
from .letters import code_in, text_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(folder=tmp_path)
    yield made
    await made.close()


async def asked(house: House, desk: Desk, wish: str = "deletion") -> None:
    """A request that waits for its code; the first letters are out of the way."""
    await receive(desk, a_mail(wish))
    await work(desk)


async def swept(house: House, desk: Desk, **delay: float) -> int:
    """Time passes, the sweep runs, and what it wrote is sent; how much it told. A second run tells nothing."""
    house.later(**delay)
    house.post.clear()
    told = await sweep(desk)
    assert await sweep(desk) == 0
    await work(desk)
    return told


async def state_of(desk: Desk) -> State:
    (row,) = await desk.store.requests()
    return row.state


async def test_a_request_without_proof_is_reminded_once_with_a_new_code(house: House) -> None:
    desk = house.desk()
    await asked(house, desk)
    old = code_in(house)

    early, told = await swept(house, desk, hours=23), await swept(house, desk, hours=2)

    (sent,) = house.post
    assert (early, told, sent.recipient) == (0, 1, MAILBOX)
    assert code_in(house) != old
    assert "A reminder" in text_of(sent)
    assert await swept(house, desk, hours=25) == 0


async def test_the_new_code_opens_the_request_and_the_old_one_does_not(house: House) -> None:
    desk = house.desk()
    await asked(house, desk)
    old = code_in(house)
    await swept(house, desk, hours=25)
    new = code_in(house)

    await receive(desk, a_mail(old, number=2), now=house.now)
    await work(desk)
    before = await state_of(desk)
    await receive(desk, a_mail(new, number=3), now=house.now)
    await work(desk)

    assert (before, await state_of(desk)) == (State.AWAITING_VERIFICATION, State.OPEN)
    assert await desk.store.broken_chains() == ()


async def test_two_requests_of_one_conversation_get_one_reminder(house: House) -> None:
    desk = house.desk()
    await asked(house, desk, "deletion, access")

    told = await swept(house, desk, hours=25)

    assert (told, len(house.post)) == (1, 1)


async def test_after_a_week_the_person_gets_a_notice_and_staff_an_item(house: House) -> None:
    desk = house.desk()
    await asked(house, desk)
    await swept(house, desk, hours=25)

    await swept(house, desk, days=6)

    (sent,) = house.post
    assert sent.recipient == MAILBOX
    assert "still lacks your confirmation" in text_of(sent)
    assert [item.reason for item in await desk.store.staff_items()] == ["unproved_for_a_week"]


async def test_it_expires_before_the_strictest_date_and_says_how_to_complain(house: House) -> None:
    desk = house.desk()
    await asked(house, desk)
    await swept(house, desk, hours=25)
    await swept(house, desk, days=6)
    await swept(house, desk, days=20)
    before = await state_of(desk)

    await swept(house, desk, days=3)

    letter = next(text_of(sent) for sent in house.post)
    assert (before, await state_of(desk)) == (State.AWAITING_VERIFICATION, State.EXPIRED)
    assert house.now < (await desk.store.requests())[0].due_at  # type: ignore[operator]
    assert "is closed" in letter
    assert "complain" in letter


async def test_late_proof_revives_it_at_its_first_date(house: House) -> None:
    desk = house.desk()
    await asked(house, desk)
    for days in (1.1, 6, 23):
        await swept(house, desk, days=days)
    (expired,) = await desk.store.requests()
    reply_to = message_id(house)

    await receive(desk, a_mail("deletion", number=2, In_Reply_To=reply_to), now=house.now)
    await work(desk)
    await receive(desk, a_mail(code_in(house), number=3), now=house.now)
    await work(desk)

    (revived,) = await desk.store.requests()
    assert (expired.state, revived.state) == (State.EXPIRED, State.OPEN)
    assert (revived.reference, revived.received_at) == (expired.reference, expired.received_at)


def message_id(house: House) -> str:
    return str(message_from_bytes(house.post[-1].payload, policy=policy.default)["Message-ID"])


async def test_whoever_was_never_asked_is_neither_reminded_nor_expired(house: House) -> None:
    desk = replace(house.desk())
    await receive(desk, a_mail("deletion", List_Id="<list.example>"))
    await work(desk)

    for days in (2, 6, 22):
        await swept(house, desk, days=days)
        assert house.post == []

    assert await state_of(desk) is State.AWAITING_VERIFICATION
    assert "deadline_over" not in [item.reason for item in await desk.store.staff_items()]
    assert "due_in_2_days" in [item.reason for item in await desk.store.staff_items()]


async def test_in_shadow_nothing_is_sent(tmp_path: Path) -> None:
    house = House(folder=tmp_path, mode=Mode.SHADOW)
    desk = house.desk()
    await asked(house, desk)

    for days in (2, 6, 22):
        await swept(house, desk, days=days)
        assert house.post == []

    assert await state_of(desk) is State.AWAITING_VERIFICATION
    await house.close()


async def test_staff_are_warned_a_week_and_two_days_before_and_when_it_is_over(house: House) -> None:
    desk = house.desk()
    await asked(house, desk)
    await receive(desk, a_mail(code_in(house), number=2))
    await work(desk)

    seen = []
    for days in (20, 5, 4, 1, 10):
        await swept(house, desk, days=days)
        seen.append([item.reason for item in await desk.store.staff_items()])

    assert [sorted(reasons) for reasons in seen] == [
        [],
        ["due_in_7_days"],
        ["due_in_7_days"],
        ["due_in_2_days", "due_in_7_days"],
        ["deadline_over", "due_in_2_days", "due_in_7_days"],
    ]


async def test_after_a_pause_of_the_program_only_the_nearest_mark_is_given(house: House) -> None:
    desk = house.desk()
    await asked(house, desk, "child_data")

    await swept(house, desk, days=40)

    assert [item.reason for item in await desk.store.staff_items()] == ["child_data", "deadline_over"]


async def test_an_extended_deadline_is_warned_of_at_its_new_date(house: House) -> None:
    desk = house.desk()
    await asked(house, desk)
    await receive(desk, a_mail(code_in(house), number=2))
    await work(desk)
    books = {"rings": replace(desk.playbooks["rings"], clocks=(replace(ONE_MONTH, extended=3),))}
    clerk = Clerk(name="dora", store=desk.store, playbooks=books, now=lambda: house.now)
    (row,) = await desk.store.requests()
    await take(clerk, row.reference)
    await extend(clerk, row.reference, words="Many files.")

    at_the_old_date = await swept(house, desk, days=32)
    at_the_new_date = await swept(house, desk, days=55)

    assert (at_the_old_date, at_the_new_date) == (0, 1)


async def test_a_proved_request_is_not_reminded(house: House) -> None:
    desk = house.desk()
    await asked(house, desk)
    await receive(desk, a_mail(code_in(house), number=2))
    await work(desk)

    assert await swept(house, desk, hours=25) == 0


async def test_two_sweeps_at_once_tell_it_once(house: House) -> None:
    desk = house.desk()
    await asked(house, desk)
    house.later(hours=25)

    assert sorted(await asyncio.gather(sweep(desk), sweep(desk))) == [0, 1]


async def test_every_request_is_seen_however_many_there_are(house: House) -> None:
    desk = house.desk()
    mails = [a_mail("deletion", sender=f"p{n}@example.org", number=n) for n in range(7)]
    await receive(desk, *mails)
    await work(desk)
    house.later(hours=25)

    assert await sweep(desk, page=3) == 7
