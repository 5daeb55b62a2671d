"""Nobody is flooded by us, whoever writes in their name."""

import re
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from bot.channels import Arrival
from bot.channels.mail.vouching import PROVED
from bot.engine.desk import Caps
from bot.engine.intake import accept
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

    assert len(house.post) == 2


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

    assert len(house.post) == 3


async def test_a_flood_in_one_name_is_one_alert_of_each_kind_and_loses_no_request(house: House) -> None:
    desk = house.desk()

    await receive(desk, *(a_mail("deletion please", number=number) for number in range(20)))
    await work(desk)

    assert len(await desk.store.requests()) == 20
    assert sorted(item.reason for item in await desk.store.staff_items()) == ["sending_stopped", "too_many_codes"]


async def test_two_answers_under_one_subject_are_enough_for_three_hours(house: House) -> None:
    desk = house.desk()

    for number in range(3):
        await receive(desk, a_mail("policy_question about orders", number=number), now=house.now)
        await work(desk)
        house.later(minutes=59)
    in_three_hours = len(house.post)
    house.later(minutes=4)
    await receive(desk, a_mail("policy_question about orders", number=9), now=house.now)
    await work(desk)

    assert (in_three_hours, len(house.post)) == (2, 3)


def waiting_and_alarms(house: House) -> tuple[int, int]:
    with closing(sqlite3.connect(house.folder / "desk.sqlite3")) as database:
        waiting = "SELECT count(*) FROM outbox WHERE state = 'queued'"
        alarms = "SELECT count(*) FROM staff_item WHERE reason = 'sending_held_back'"
        return database.execute(waiting).fetchone()[0], database.execute(alarms).fetchone()[0]


@pytest.mark.parametrize(("caps", "at_once"), [(Caps(mails_to_a_domain=30), 30), (Caps(mails_an_hour=5), 5)])
async def test_what_is_too_much_for_a_domain_or_for_the_desk_waits_and_is_one_alarm(
    house: House, caps: Caps, at_once: int
) -> None:
    desk = replace(house.desk(), caps=caps)
    people = [f"person{number}@crowd.example" for number in range(at_once + 3)]

    await receive(desk, *(a_mail("policy_question about orders", sender=who, number=n) for n, who in enumerate(people)))
    await work(desk)
    sent = len(house.post)
    held = waiting_and_alarms(house)
    for _ in range(15):
        house.later(minutes=5)
        await work(desk)

    assert (sent, held) == (at_once, (3, 1))
    assert len(house.post) == len(people)


@pytest.mark.parametrize(("envelope", "sent"), [({PROVED: "example.org"}, 1), ({}, 0)], ids=["vouched", "not"])
async def test_answers_to_people_whom_their_server_vouches_for_do_not_wait_for_their_domain(
    house: House, envelope: dict[str, str], sent: int
) -> None:
    desk = replace(house.desk(), caps=Caps(mails_to_a_domain=0))
    raw = a_mail("policy_question about orders")
    await accept(desk, Arrival(channel="email", brand="rings", raw=raw, received_at=house.now, envelope=envelope))

    await work(desk)

    assert len(house.post) == sent
