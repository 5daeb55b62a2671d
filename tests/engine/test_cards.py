"""A message with a card number is answered with a word about it, and the number is nowhere in the database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.channels import Arrival
from bot.engine.desk import Desk
from bot.store.schema import Inbox
from tests.core.builders import NOW

from .fakes import House, a_mail, receive, work

pytestmark = pytest.mark.anyio

CARD = "4111 1111 1111 1111"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(folder=tmp_path)
    yield made
    await made.close()


async def kept(desk: Desk) -> list[bytes | None]:
    async with desk.store.database.reading() as connection:
        return list(await connection.scalars(select(Inbox.raw)))


@pytest.mark.parametrize(
    "mail",
    [
        a_mail(f"deletion, and my card was {CARD}"),
        a_mail("deletion", Subject=f"my card {CARD}"),
        a_mail(f"deletion\r\n\r\nOn Monday somebody wrote:\r\n> my card is {CARD}"),
    ],
    ids=["in the text", "in the subject", "in a quotation"],
)
async def test_the_number_is_hidden_in_all_that_is_kept_and_the_person_is_told(house: House, mail: bytes) -> None:
    desk = house.desk()
    await receive(desk, mail)
    await work(desk)

    (raw,) = await kept(desk)
    assert raw is not None
    assert CARD.encode() not in raw
    assert "4111111111111111" not in raw.decode().replace(" ", "")
    assert b"deletion" in raw
    said = "".join(rendered.payload.decode() for rendered in house.post).replace("=\r\n", "").replace("\r\n", " ")
    assert "the number of a payment card" in said
    assert CARD not in said
    message = desk.channels["email"].parse(Arrival(channel="email", brand="rings", raw=raw, received_at=NOW))
    assert "deletion" in message.text


async def test_a_mail_without_a_card_keeps_its_bytes(house: House) -> None:
    desk = house.desk()
    mail = a_mail("deletion, order 4111 1111 1111 1112")
    await receive(desk, mail)
    await work(desk)

    assert await kept(desk) == [mail]
