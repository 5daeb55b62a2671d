"""What must not be in the database file: ordinary mail, codes, addresses in the audit, the subject of a lost error."""

import sqlite3
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from bot.core.conversation import WaitingForCode
from bot.core.effects import Drop, Effect, LeaveUntouched, Suppress
from bot.core.playbook import Mode
from bot.core.tickets import State
from bot.store import Store
from bot.store.upgrade import upgrade

from .builders import (
    ADDRESS,
    KEYS,
    LEASE,
    NOW,
    a_code,
    a_conversation,
    a_decision,
    a_message,
    a_verification,
    an_opening,
    claimed,
    saved,
)

pytestmark = pytest.mark.anyio

SECRET = b"do you have this ring in size seven"


def on_disk(url: str) -> bytes:
    """The database file and everything beside it."""
    path = Path(url.removeprefix("sqlite:///"))
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


@pytest.mark.parametrize("effect", [LeaveUntouched(), Drop(rule="L01")], ids=["ordinary", "a robot's"])
async def test_the_bytes_of_a_message_that_is_not_ours_are_gone_from_the_disk(sqlite_url: str, effect: Effect) -> None:
    store = Store.open(sqlite_url, KEYS)
    raw = b"Subject: a ring\r\n\r\n" + SECRET * 1000
    claim = await claimed(store, raw=raw, external_id="secret-id", origin={"uid": "secret-uid"})
    before = b"secret-id" in on_disk(sqlite_url)

    await store.save(claim, a_decision(effect), message=a_message(), mode=Mode.AUTOMATIC, now=NOW)
    await store.claim("worker", now=NOW, lease=LEASE)

    left = on_disk(sqlite_url)
    await store.close()
    assert before
    assert [word for word in (SECRET, b"secret-id", b"secret-uid", ADDRESS.encode()) if word in left] == []


async def test_a_reader_elsewhere_only_puts_off_the_tidying(sqlite_url: str) -> None:
    store = Store.open(sqlite_url, KEYS)
    await saved(store, LeaveUntouched())
    claim = await claimed(store, key="2", external_id="secret-id")
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM inbox").fetchone()
    await store.save(claim, a_decision(LeaveUntouched()), message=a_message(), mode=Mode.AUTOMATIC, now=NOW)

    await store.claim("worker", now=NOW, lease=LEASE)
    during = b"secret-id" in on_disk(sqlite_url)
    other.close()
    await store.claim("worker", now=NOW, lease=LEASE)

    assert (during, b"secret-id" in on_disk(sqlite_url)) == (True, False)
    await store.close()


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
async def test_the_database_is_for_its_owner_only(tmp_path: Path, suffix: str) -> None:
    url = f"sqlite:///{tmp_path}/desk.sqlite3"
    upgrade(url)
    store = Store.open(url, KEYS)
    await saved(store)

    mode = stat.S_IMODE(Path(f"{tmp_path}/desk.sqlite3{suffix}").stat().st_mode)

    await store.close()
    assert mode == 0o600


async def test_codes_are_never_in_the_database(sqlite_url: str) -> None:
    store = Store.open(sqlite_url, KEYS)
    digits = KEYS.code("nonce-1")
    waiting = WaitingForCode(
        digest=KEYS.code_digest("talk", digits), address=ADDRESS, expires_at=NOW + timedelta(hours=1)
    )

    await saved(store, an_opening(), a_code(), conversation=a_conversation(proof=waiting))

    left = on_disk(sqlite_url)
    await store.close()
    assert b"nonce-1" in left
    assert digits.encode() not in left


async def test_the_audit_holds_no_address_text_or_code(store: Store) -> None:
    effects = (an_opening(state=State.OPEN, verification=a_verification()), a_code())
    await saved(store, *effects, Suppress(address=ADDRESS, purpose="marketing"))

    async with store.database.reading() as connection:
        rows = (await connection.exec_driver_sql("SELECT * FROM audit")).all()
    written = " ".join(str(value) for row in rows for value in row)
    assert len(rows) == 5
    assert [word for word in (ADDRESS, "customers.example", "delete my account", "nonce-1") if word in written] == []


async def test_a_refused_statement_does_not_show_what_was_in_it(store: Store) -> None:
    claim = await claimed(store)
    decision = a_decision(an_opening(state=State.OPEN))

    with pytest.raises(IntegrityError) as caught:
        await store.save(claim, decision, message=a_message(), mode=Mode.AUTOMATIC, now=NOW)

    assert "parameters hidden" in str(caught.value)
