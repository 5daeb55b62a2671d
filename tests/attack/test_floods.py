"""Nobody is flooded by us, whoever writes in their name."""

import re

import pytest

from tests.engine.fakes import House, a_mail, receive, work
from tests.engine.test_road import read


async def test_a_signed_reference_of_the_forger_s_own_talk_does_not_lift_the_cap(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("policy_question about orders", sender="mallory@example.net"))
    await work(desk)
    signed = read(house.post.pop().payload)["Message-ID"]

    forged = (
        a_mail("unsubscribe", sender="victim@example.org", number=10 + number, In_Reply_To=signed)
        for number in range(12)
    )
    await receive(desk, *forged)
    await work(desk)

    assert len(house.post) == 3


async def test_a_robot_that_bears_no_mark_is_not_answered_for_ever(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("deletion"))
    await work(desk)

    seen = 0
    for turn in range(1, 12):
        answers = [
            a_mail("deletion access we have received your message", number=100 * turn + place, In_Reply_To=found[1])
            for place, sent in enumerate(house.post[seen:])
            if (found := re.search(r"Message-ID: *\r?\n? *(<\S+>)", sent.payload.decode()))
        ]
        seen = len(house.post)
        await receive(desk, *answers)
        await work(desk)

    assert len(house.post) == 13


@pytest.mark.parametrize(
    "spellings",
    [
        ("victim", "Victim", "vIctim", "VICTIM"),
        ("victim", "victim+a", "victim+b", "Victim+c"),
    ],
)
async def test_a_mailbox_spelt_in_other_ways_gets_no_more_mails_and_no_more_codes(
    house: House, spellings: tuple[str, ...]
) -> None:
    desk = house.desk()

    mails = (a_mail("deletion", sender=f"{name}@example.org", number=n) for name in spellings for n in range(3))
    await receive(desk, *mails)
    await work(desk)

    assert len(house.post) == 3
    assert len(await desk.store.requests()) == 12


async def test_a_mailbox_with_an_underscore_is_not_counted_for_another(house: House) -> None:
    desk = house.desk()

    await receive(desk, *(a_mail("unsubscribe", sender="adaXb+c@example.org", number=n) for n in range(3)))
    await receive(desk, a_mail("unsubscribe", sender="ada_b@example.org", number=9))
    await work(desk)

    assert len(house.post) == 4


async def test_a_flood_in_one_name_is_one_alert_of_each_kind_and_loses_no_request(house: House) -> None:
    desk = house.desk()

    await receive(desk, *(a_mail("deletion please", number=number) for number in range(20)))
    await work(desk)

    assert len(await desk.store.requests()) == 20
    assert sorted(item.reason for item in await desk.store.staff_items()) == ["sending_stopped", "too_many_codes"]
