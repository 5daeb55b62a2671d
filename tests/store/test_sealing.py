"""What people wrote is unreadable on the disk, and keys are replaced while everybody works on."""

from pathlib import Path

import pytest
from sqlalchemy import select

from bot import seals
from bot.core.effects import Suppress
from bot.core.tickets import State
from bot.errors import OurFault
from bot.keys import Keys, load_keys, replace_key
from bot.store import Store
from bot.store.schema import Inbox, Outbox
from bot.store.suppression import Entry

from .builders import ADDRESS, BRAND, NOW, RAW, a_reply, a_verification, an_opening, saved
from .builders import KEYS as GIVEN

pytestmark = pytest.mark.anyio


@pytest.fixture
async def opened(url: str, tmp_path: Path) -> Store:
    """A store whose keys stand in a file."""
    return Store.open(url, load_keys(tmp_path / "keys", {}), host="shop.example", clock=lambda: NOW)


async def stored(store: Store, column: str, table: str) -> list[str]:
    async with store.database.reading() as connection:
        rows = await connection.exec_driver_sql(f"SELECT {column} FROM {table}")
        return [bytes(c).decode("latin-1") if isinstance(c, bytes | memoryview) else str(c) for (c,) in rows]


async def test_what_was_written_is_sealed_on_the_disk_and_read_by_the_desk(store: Store) -> None:
    await saved(store, an_opening(state=State.OPEN, verification=a_verification()), a_reply())

    assert "delete my account" not in "".join(await stored(store, "raw", "inbox"))
    assert "Marigold" not in "".join(await stored(store, "parts", "outbox"))
    async with store.database.reading() as connection:
        assert await connection.scalar(select(Inbox.raw)) == RAW
        assert (await connection.scalar(select(Outbox.parts)))[0]["line"] == "hello"  # type: ignore[index]


async def test_what_was_stored_before_there_were_seals_is_read_as_it_stands(store: Store) -> None:
    await saved(store, a_reply())
    async with store.database.writing() as connection:
        await connection.exec_driver_sql("UPDATE outbox SET subject = 'plain words'")

    async with store.database.reading() as connection:
        assert await connection.scalar(select(Outbox.subject)) == "plain words"


async def test_a_key_is_replaced_while_another_process_works_on(opened: Store, url: str, tmp_path: Path) -> None:
    """`opened` is the running desk; `other` is a command that comes later."""
    try:
        await saved(opened, a_reply(), key="before")
        old = (tmp_path / "keys").read_text().split()
        replace_key(tmp_path / "keys")
        other = Store.open(url, load_keys(tmp_path / "keys", {}), host="shop.example", clock=lambda: NOW)
        await saved(other, a_reply(), key="after", conversation=None)
        resealed = await other.reseal()
        await other.close()

        async with opened.database.reading() as connection:
            raws = list(await connection.scalars(select(Inbox.raw)))
        new_alone = Keys(current=bytes.fromhex((tmp_path / "keys").read_text().split()[0]))
        sealed = [cell.encode("latin-1") for cell in await stored(opened, "raw", "inbox")]
        assert raws == [RAW, RAW]
        assert resealed == 2
        assert [seals.unseal(new_alone, "column", cell) for cell in sealed] == [RAW, RAW]
        assert (tmp_path / "keys").read_text().split()[1:] == old
        assert await opened.evidence.faults() == []
    finally:
        await opened.close()


async def test_a_suppression_made_before_is_found_by_who_has_the_new_key(opened: Store, tmp_path: Path) -> None:
    await saved(opened, Suppress(address=ADDRESS, purpose="marketing"))

    replace_key(tmp_path / "keys")

    found = await opened.suppression.has(Entry(brand=BRAND, purpose="marketing", address=ADDRESS))
    await opened.close()
    assert found


def test_what_was_changed_is_not_returned() -> None:
    sealed = bytearray(seals.seal(GIVEN, "column", b"secret"))
    sealed[-1] ^= 1

    with pytest.raises(OurFault):
        seals.unseal(GIVEN, "column", bytes(sealed))
    with pytest.raises(OurFault):
        seals.unseal(GIVEN, "another purpose", seals.seal(GIVEN, "column", b"secret"))
    with pytest.raises(OurFault):
        seals.unseal(Keys(current=b"x" * 32), "column", seals.seal(GIVEN, "column", b"secret"))


def test_a_token_is_read_by_its_maker_alone() -> None:
    word = seals.token(GIVEN, "link", "ada@example.org")

    assert "ada" not in word
    assert seals.read_token(GIVEN, "link", word) == "ada@example.org"
    assert seals.read_token(GIVEN, "other", word) is None
    assert seals.read_token(GIVEN, "link", word[:-2]) is None
    assert seals.read_token(GIVEN, "link", "ä") is None
