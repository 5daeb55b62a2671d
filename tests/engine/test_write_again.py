"""An opt-out is taken back by the owner of the mailbox alone, also where there is no page."""

from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from bot import words
from bot.core.rules.let_them_write_again import wants_it_again
from bot.engine.desk import Desk
from bot.store.suppression import Entry
from bot.words.heard import phrases

from .fakes import House, a_mail, receive, work
from .letters import text_of
from .test_ends_road import trusting

pytestmark = pytest.mark.anyio

ADA = Entry(brand="rings", purpose="marketing", address="ada@example.org")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(folder=tmp_path)
    yield made
    await made.close()


async def said_again(house: House, desk: Desk, *, sender: str = "ada@example.org", in_thread: bool = True) -> bool:
    """Whether the address is still on the list."""
    await receive(desk, a_mail("unsubscribe"))
    await work(desk)
    ours = str(message_from_bytes(house.post[-1].payload, policy=policy.default)["Message-ID"])
    thread = {"In_Reply_To": ours} if in_thread else {}
    await receive(desk, a_mail("Write again", number=2, sender=sender, **thread))
    await work(desk)
    return await desk.store.suppression.has(ADA)


async def test_the_owner_takes_it_back_in_answer_to_our_mail(house: House) -> None:
    desk = trusting(house.desk())

    assert not await said_again(house, desk)
    assert "WRITE AGAIN" in text_of(house.post[0])
    assert "may write to you again" in text_of(house.post[-1])
    assert await desk.store.evidence.faults() == []


async def test_from_a_mailbox_that_nobody_vouches_for_staff_are_asked(house: House) -> None:
    desk = house.desk()

    assert await said_again(house, desk)
    assert [item.reason for item in await desk.store.staff_items()] == ["wants_marketing_again"]


@pytest.mark.parametrize("how", [{"sender": "mallory@example.net"}, {"in_thread": False}])
async def test_nobody_else_takes_it_back(house: House, how: dict[str, object]) -> None:
    desk = trusting(house.desk())

    assert await said_again(house, desk, **how)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", words.languages())
def test_the_words_that_a_mail_offers_are_heard(language: str) -> None:
    offered = words.phrase("receipt_undo", language).rpartition(".")[0]
    last = [word for word in offered.split() if word == word.upper()]

    assert wants_it_again(phrases(), " ".join(last[-4:]) if language in ("fr", "it") else " ".join(last))
