"""Staff confirm who asks, and let held replies go or keep them back."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot import staff
from bot.core.playbook import Mode
from bot.core.tickets import State
from bot.engine.desk import Desk
from bot.engine.sweeps import sweep
from bot.staff import Clerk
from bot.store import NotAllowed
from bot.store.casebook import Casebook

from .fakes import House, a_mail, receive, work
from .letters import text_of


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(folder=tmp_path)
    yield made
    await made.close()


def a_clerk(house: House, desk: Desk) -> Clerk:
    playbook = replace(desk.playbooks["rings"], regulator="The Office")
    return Clerk(name="dora", store=desk.store, playbooks={"rings": playbook}, now=lambda: house.now)


async def asked(house: House, desk: Desk, right: str = "access") -> str:
    await receive(desk, a_mail(right))
    await work(desk)
    house.post.clear()
    (row,) = await desk.store.requests()
    return row.reference


async def test_a_clerk_who_has_checked_opens_it_at_level_3_with_a_note_and_a_receipt(house: House) -> None:
    desk = house.desk()
    reference = await asked(house, desk)

    done = await staff.confirm(a_clerk(house, desk), reference, words="Came to the shop with her order slip.")
    await work(desk)

    detail = await desk.store.request(reference)
    assert detail is not None
    assert detail.verification is not None
    assert (done.state, detail.verification.level, detail.verification.method) == (State.OPEN, 3, "staff")
    assert [note.words for note in detail.notes] == ["Came to the shop with her order slip."]
    assert "by a colleague" in text_of(house.post[-1])
    assert await desk.store.broken_chains() == ()


@pytest.mark.parametrize("words", ["", "  "])
async def test_a_confirmation_without_a_word_on_how_is_refused(house: House, words: str) -> None:
    desk = house.desk()
    reference = await asked(house, desk)

    with pytest.raises(NotAllowed, match="how it was checked"):
        await staff.confirm(a_clerk(house, desk), reference, words=words)


async def test_what_is_open_needs_no_confirmation(house: House) -> None:
    desk = house.desk()
    reference = await asked(house, desk)
    await staff.confirm(a_clerk(house, desk), reference, words="seen")

    with pytest.raises(NotAllowed, match="nothing to confirm"):
        await staff.confirm(a_clerk(house, desk), reference, words="seen again")


async def test_a_held_reply_goes_out_only_when_somebody_lets_it(house: House) -> None:
    house.mode = Mode.APPROVE
    desk = house.desk()
    await receive(desk, a_mail("policy_question about orders"))
    await work(desk)
    (held,) = await Casebook(desk.store.database).unsent("held", None, limit=10)
    assert house.post == []

    await staff.release(a_clerk(house, desk), held.said.id)
    await work(desk)

    assert len(house.post) == 1


async def test_a_refused_reply_never_leaves_and_is_refused_once(house: House) -> None:
    house.mode = Mode.APPROVE
    desk = house.desk()
    await receive(desk, a_mail("policy_question about orders"))
    await work(desk)
    (held,) = await Casebook(desk.store.database).unsent("held", None, limit=10)

    await staff.refuse(a_clerk(house, desk), held.said.id)
    await work(desk)

    assert house.post == []
    with pytest.raises(NotAllowed):
        await staff.release(a_clerk(house, desk), held.said.id)


async def test_in_shadow_mode_nobody_is_reminded_and_staff_get_no_weekly_item(house: House) -> None:
    house.mode = Mode.SHADOW
    desk = house.desk()
    await asked(house, desk)

    for _ in range(3):
        house.later(days=8)
        await sweep(desk)

    reasons = {item.reason for item in await desk.store.staff_items()}
    assert "unproved_for_a_week" not in reasons
    assert "expired_unproved" not in reasons
