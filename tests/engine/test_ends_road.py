"""On the whole road: a yes in the thread, a chat and its mailbox, and the choice of a question."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from bot import staff
from bot.channels import Arrival
from bot.core.tickets import State
from bot.engine.desk import Desk
from bot.engine.intake import accept
from bot.staff import Clerk
from intents import Doubt, FoundIntent, Reading

from .fakes import SENTENCE, House, a_mail, receive, work
from .letters import code_in, text_of


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(folder=tmp_path)
    yield made
    await made.close()


def trusting(desk: Desk) -> Desk:
    """Its mail server vouches for every sender."""
    channel = desk.channels["email"]
    parse = channel.parse
    channel.parse = lambda arrival: replace(parse(arrival), authenticated=True)  # type: ignore[method-assign]
    return desk


def the_code_mail(house: House) -> str:
    """Message-ID of the newest mail with a code."""
    mail = next(sent for sent in reversed(house.post) if "Your code:" in text_of(sent))
    return str(message_from_bytes(mail.payload, policy=policy.default)["Message-ID"])


async def states(desk: Desk) -> list[State]:
    return [row.state for row in await desk.store.requests()]


async def test_a_yes_to_the_code_mail_opens_an_erasure(house: House) -> None:
    desk = trusting(house.desk())
    await receive(desk, a_mail("deletion please"))
    await work(desk)
    assert "the word YES" in "".join(text_of(sent) for sent in house.post)

    await receive(desk, a_mail("Yes.", number=2, In_Reply_To=the_code_mail(house)))
    await work(desk)

    detail = await desk.store.request((await desk.store.requests())[0].reference)
    assert detail is not None
    assert detail.verification is not None
    assert (detail.request.state, detail.verification.method) == (State.OPEN, "reply")


async def test_a_yes_that_nobody_vouches_for_opens_nothing(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("deletion please"))
    await work(desk)
    assert "the word YES" not in "".join(text_of(sent) for sent in house.post)

    await receive(desk, a_mail("Yes.", number=2, In_Reply_To=the_code_mail(house)))
    await work(desk)

    assert await states(desk) == [State.AWAITING_VERIFICATION]


async def test_a_yes_to_another_mail_of_ours_opens_nothing(house: House) -> None:
    desk = trusting(house.desk())
    await receive(desk, a_mail("deletion please"))
    await work(desk)
    reply = next(sent for sent in house.post if "Your code:" not in text_of(sent))
    named = message_from_bytes(reply.payload, policy=policy.default)["Message-ID"]

    await receive(desk, a_mail("Yes.", number=2, In_Reply_To=named))
    await work(desk)

    assert await states(desk) == [State.AWAITING_VERIFICATION]


async def chat(house: House, desk: Desk, *texts: str, first: int = 0) -> None:
    for number, text in enumerate(texts, start=first):
        raw = f'{{"chat": "c1", "text": "{text}"}}'.encode()
        arrival = Arrival(
            channel="terminal", brand="rings", raw=raw, received_at=house.now, external_id=f"said {number}"
        )
        await accept(desk, arrival)
        await work(desk)


async def a_proved_chat(house: House, desk: Desk) -> str:
    """A request that was made and proved in a chat; its reference."""
    await chat(house, desk, "correction please", "ada@example.org")
    await chat(house, desk, code_in(house), first=2)
    (row,) = await desk.store.requests()
    assert row.state is State.OPEN
    house.post.clear()
    return row.reference


def a_clerk(house: House, desk: Desk) -> Clerk:
    return Clerk(name="dora", store=desk.store, playbooks=desk.playbooks, now=lambda: house.now)


async def told_where(house: House, desk: Desk, reference: str) -> str:
    await staff.complete(a_clerk(house, desk), reference, words="Your name is right now.")
    detail = await desk.store.request(reference)
    assert detail is not None
    return detail.outgoing[-1].channel


async def test_a_letter_goes_to_the_chat_in_which_the_person_is_still_there(house: House) -> None:
    desk = house.desk()
    reference = await a_proved_chat(house, desk)

    assert await told_where(house, desk, reference) == "terminal"


async def test_a_letter_goes_by_mail_once_nobody_has_written_in_the_chat_for_long(house: House) -> None:
    desk = house.desk()
    reference = await a_proved_chat(house, desk)
    house.now += timedelta(hours=13)

    assert await told_where(house, desk, reference) == "email"


async def test_a_letter_goes_by_mail_where_the_chat_was_parted_from_the_mailbox(house: House) -> None:
    desk = house.desk()
    reference = await a_proved_chat(house, desk)
    await chat(house, desk, "unlink", first=5)

    assert await told_where(house, desk, reference) == "email"


async def test_the_owner_of_the_mailbox_can_part_it_by_mail_and_staff_hear_of_it(house: House) -> None:
    desk = house.desk()
    await chat(house, desk, "correction please", "ada@example.org")
    named = the_code_mail(house)
    await chat(house, desk, code_in(house), first=2)

    await receive(desk, a_mail("UNLINK", number=9, In_Reply_To=named), now=house.now)
    await work(desk)

    assert "no longer belong together" in text_of(house.post[-1])
    assert "unlinked_by_mail" in {item.reason for item in await desk.store.staff_items()}
    (row,) = await desk.store.requests()
    assert await told_where(house, desk, row.reference) == "email"


async def test_a_stranger_can_part_nothing(house: House) -> None:
    desk = house.desk()
    await chat(house, desk, "correction please", "ada@example.org")
    named = the_code_mail(house)
    await chat(house, desk, code_in(house), first=2)

    await receive(desk, a_mail("UNLINK", sender="eve@example.net", number=9, In_Reply_To=named), now=house.now)
    await work(desk)

    (row,) = await desk.store.requests()
    assert await told_where(house, desk, row.reference) == "terminal"


async def test_the_number_that_picks_a_question_answers_it(house: House) -> None:
    desk = house.desk()
    house.reader.read = _unsure  # type: ignore[method-assign]
    await chat(house, desk, "what about my orders then")
    await chat(house, desk, "1", first=1)

    said = [sent.payload.decode() for sent in _all(desk)]
    assert "1 for a question about our privacy policy" in said[0]
    assert SENTENCE in said[1]
    assert await desk.store.staff_items() == []


def _unsure(text: str, *, subject: str = "", channel: str = "email") -> Reading:
    if text == "1":
        return Reading(language="en")
    both = tuple(FoundIntent(name=name, confidence=0.4, evidence=text) for name in ("policy_question", "access"))
    return Reading(candidates=both, doubt=Doubt.AMBIGUOUS, language="en")


def _all(desk: Desk) -> list:  # type: ignore[type-arg]
    queue = desk.channels["terminal"].sent  # type: ignore[attr-defined]
    return [queue.get_nowait() for _ in range(queue.qsize())]
