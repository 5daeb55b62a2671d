"""What people wrote is unreadable on the disk, and keys are replaced while everybody works on."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from weakref import WeakKeyDictionary

import pytest
from sqlalchemy import select

from bot import seals
from bot.core.effects import Effect, Suppress
from bot.core.tickets import State
from bot.errors import OurFault
from bot.keys import Keys, load_keys, replace_key
from bot.store import Store, erasing, holdings
from bot.store.schema import Conversation, Inbox, Outbox, Request, Table, sealed
from bot.store.schema import Verification as VerificationRow
from bot.store.suppression import Entry
from bot.store.worklist import Wanted, Worklist

from .builders import ADDRESS, BRAND, KEYS, NOW, RAW, a_code, a_reply, a_verification, an_opening, saved
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


OPENED = an_opening(state=State.OPEN, verification=a_verification())
THEIRS = (Conversation.address, Request.claimed_address, Request.subject, VerificationRow.subject, Outbox.recipient)


async def dump(store: Store) -> str:
    """Every cell as it lies there."""
    found: list[str] = []
    async with store.database.reading() as connection:
        for table in Table.metadata.sorted_tables:
            rows = await connection.exec_driver_sql(f'SELECT * FROM "{table.name}"')
            found += [str(bytes(c) if isinstance(c, bytes | memoryview) else c) for row in rows for c in row]
    return "\n".join(found)


async def owners(store: Store) -> list[str | None]:
    async with store.database.reading() as connection:
        return [await connection.scalar(select(column)) for column in THEIRS]


async def found_by_address(store: Store) -> list[object]:
    """What is looked up by whose it is: in any case, exactly, and by the mailbox."""
    since = NOW - timedelta(days=1)
    async with store.database.reading() as connection:
        talks = await erasing.talks_of(connection, BRAND, [ADDRESS.upper()])
        about = await holdings.about(connection, KEYS, BRAND, ADDRESS.upper())
    return [
        len(talks),
        len(about["requests"]),
        await store.codes_sent(ADDRESS.replace("@", "+x@"), since=since),
        await store.kinds_since(BRAND, ADDRESS, since),
        (await Worklist(store.database, KEYS).page(Wanted(search=ADDRESS), after=None, limit=9))[0].person,
    ]


FOUND = [1, 1, 1, frozenset({"transfers"}), ADDRESS]


def a_life() -> tuple[Effect, ...]:
    request = replace(OPENED.request, kind="transfers", right="access", level=1)
    return replace(OPENED, request=request), a_code(), a_reply()


async def test_no_address_stands_on_the_disk(store: Store) -> None:
    await saved(store, *a_life(), Suppress(address=ADDRESS, purpose="marketing"))

    assert ADDRESS not in (await dump(store)).lower()
    assert await owners(store) == [ADDRESS] * len(THEIRS)
    assert await found_by_address(store) == FOUND


async def test_what_an_older_version_has_stored_in_the_clear_is_found_and_then_sealed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without:
        without.setattr(sealed, "_KEYS", WeakKeyDictionary())
        await saved(store, *a_life())
    assert ADDRESS in await dump(store)
    before = await found_by_address(store)

    assert await store.reseal() > 0

    assert ADDRESS not in await dump(store)
    assert (before, await found_by_address(store)) == (FOUND, FOUND)
    assert await owners(store) == [ADDRESS] * len(THEIRS)
    assert await store.reseal() == 0
    assert await store.evidence.faults() == []


async def test_addresses_are_found_while_a_key_is_replaced_and_sealed_anew_by_the_new_one(
    opened: Store, tmp_path: Path
) -> None:
    try:
        await saved(opened, *a_life())
        replace_key(tmp_path / "keys")
        between = await found_by_address(opened)
        await opened.change_request("PD-AAAA-AAAA", State.IN_PROGRESS, by="clerk", now=NOW)

        await opened.reseal()

        new = Keys(current=bytes.fromhex((tmp_path / "keys").read_text().split()[0]))
        async with opened.database.reading() as connection:
            subjects = await connection.exec_driver_sql(
                "SELECT subject FROM request UNION SELECT subject FROM verification"
            )
            (cell,) = subjects.scalars().all()
        assert seals.unseal_alike(new, "address", sealed.sealed_address(cell)).decode() == ADDRESS
        assert (between, await found_by_address(opened)) == (FOUND, FOUND)
    finally:
        await opened.close()


async def test_a_request_that_is_proved_again_after_a_key_was_replaced_is_tied_to_its_first_proof(
    opened: Store, tmp_path: Path
) -> None:
    try:
        await saved(opened, OPENED)
        replace_key(tmp_path / "keys")

        await saved(
            opened, an_opening(reference="PD-BBBB-BBBB", state=State.OPEN, verification=a_verification()), key="2"
        )

        assert await opened.reseal() > 0
        assert {row.subject for row in await opened.requests()} == {ADDRESS}
    finally:
        await opened.close()


async def test_while_an_older_version_works_beside_this_one_addresses_stay_in_the_clear_and_are_sealed_later(
    url: str, store: Store
) -> None:
    beside = Store.open(url, KEYS, host="shop.example", clock=lambda: NOW, seal_addresses=False)
    await saved(beside, *a_life())
    await beside.close()

    assert ADDRESS in await dump(store)
    assert await found_by_address(store) == FOUND
    await store.reseal()
    assert ADDRESS not in await dump(store)


def test_one_address_has_one_form_and_no_other_shares_its_marks() -> None:
    cell = sealed.address_cell(GIVEN, ADDRESS)

    assert cell == sealed.address_cell(GIVEN, ADDRESS)
    assert sealed.address_marks(GIVEN, ADDRESS) == sealed.address_marks(GIVEN, ADDRESS.upper())
    assert sealed.address_marks(GIVEN, "bob@other.example")[0] != sealed.address_marks(GIVEN, ADDRESS)[0]


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
