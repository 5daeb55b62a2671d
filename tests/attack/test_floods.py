"""Nobody is flooded by us, whoever writes in their name."""

import re

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
