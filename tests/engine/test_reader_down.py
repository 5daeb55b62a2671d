"""A reader that hangs or says nonsense: nothing is decided, people are told, nothing is lost."""

import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.channels import Arrival
from bot.engine import reading
from bot.engine.desk import Desk
from bot.engine.intake import accept
from bot.engine.sweeps import sweep
from intents import Reading
from tests.engine.fakes import House, a_mail, receive, work

pytestmark = pytest.mark.anyio


class Hanging:
    """Answers when the test is over."""

    def __init__(self) -> None:
        self.asked = 0
        self.let_go = threading.Event()

    def read(self, text: str, *, subject: str = "", channel: str = "email") -> Reading:
        self.asked += 1
        self.let_go.wait(60)
        return Reading()


class Nonsense:
    def read(self, text: str, *, subject: str = "", channel: str = "email") -> Any:
        return {"intents": "x" * 1_000_000}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(folder=tmp_path)
    yield house
    await house.close()


@pytest.fixture
async def hanging(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(reading.read_in_time, "__kwdefaults__", {"limit": 0.05})
    reader = Hanging()
    yield replace(house.desk(), classifier=reader)
    reader.let_go.set()


WISHES = (
    "Please delete my account and all data",
    "Bitte löschen Sie meine Daten",
    "Je veux me désabonner de la newsletter",
    "Verwijder mijn gegevens",
    "Quiero acceder a mis datos personales",
    "Vorrei disiscrivermi",
    "Proszę usunąć: usuń moje konto",
)


@pytest.mark.parametrize("wish", WISHES)
async def test_what_sounds_of_privacy_goes_to_a_person_and_its_writer_is_told(
    house: House, hanging: Desk, wish: str
) -> None:
    await receive(hanging, a_mail(wish))
    await work(hanging)

    [item] = await hanging.store.staff_items()
    assert item.reason == "unclear"
    assert [mail.recipient for mail in house.post] == ["ada@example.org"]
    assert await hanging.store.requests() == []


async def test_other_mail_is_put_aside_and_handled_when_the_reader_is_back(house: House, hanging: Desk) -> None:
    await receive(hanging, a_mail("Where is my ring?"))
    await work(hanging)
    [aside] = await hanging.store.shunted()
    desk = house.desk()
    await sweep(desk)
    await work(desk)

    assert aside.reason == reading.NO_ANSWER
    assert (await hanging.store.overview()).messages == {"untouched": 1}
    assert house.post == []


async def test_a_chat_never_meets_silence(house: House, hanging: Desk) -> None:
    said = b'{"id": "1", "chat": "7", "text": "Where is my ring?"}'
    await accept(hanging, Arrival(channel="terminal", brand="rings", raw=said, received_at=house.now, external_id="1"))
    await work(hanging)

    assert (await hanging.store.overview()).outgoing == {"sent": 1}


async def test_a_reader_that_hangs_is_not_asked_for_each_message(house: House, hanging: Desk) -> None:
    await receive(hanging, *(a_mail("cookies", sender=f"p{n}@example.org", number=n) for n in range(5)))
    await work(hanging)

    assert isinstance(hanging.classifier, Hanging)
    assert hanging.classifier.asked == 1
    assert len(house.post) == 5


async def test_nonsense_decides_nothing(house: House) -> None:
    desk = replace(house.desk(), classifier=Nonsense())
    await receive(desk, a_mail("Please delete my account"))
    await work(desk)

    assert await desk.store.requests() == []
    assert [item.reason for item in await desk.store.staff_items()] == ["unclear"]
