"""A copy of a desk: whole, private, never in the way of what is there; and careful once it is restored."""

import shutil
import stat
import tarfile
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import BadSetting
from bot.store import Store
from bot.store.backup import back_up, restore

from .builders import KEYS, LEASE, NOW, a_reply, an_arrival, saved

pytestmark = pytest.mark.anyio

LATER = NOW + timedelta(days=1)


@pytest.fixture
def keys_file(tmp_path: Path) -> Path:
    file = tmp_path / "keys"
    file.write_text("ab" * 32)
    return file


async def test_what_was_there_is_there_again_and_what_was_about_to_leave_waits(
    url: str, store: Store, keys_file: Path, tmp_path: Path
) -> None:
    await saved(store, a_reply())
    back_up(url, keys_file, tmp_path / "copy", now=NOW)
    await store.accept(an_arrival(), key="since then", conversation="other")
    await store.close()
    keys_file.write_text("cd" * 32)

    held = restore(url, keys_file, tmp_path / "copy", force=True, now=LATER)

    again = Store.open(url, KEYS, clock=lambda: LATER)
    overview = await again.overview()
    assert (held, overview.outgoing, overview.unhandled) == (1, {"held": 1}, 0)
    assert await again.claim_outgoing("sender", now=LATER, lease=LEASE) is None
    assert await again.restored_at() == LATER
    assert keys_file.read_text() == "ab" * 32
    assert await again.broken_chains() == ()
    await again.close()


async def test_nothing_is_replaced_unasked(url: str, store: Store, keys_file: Path, tmp_path: Path) -> None:
    await store.accept(an_arrival(), key="1", conversation="talk")
    back_up(url, keys_file, tmp_path / "copy", now=NOW)

    with pytest.raises(BadSetting, match="--force"):
        restore(url, keys_file, tmp_path / "copy", force=False, now=LATER)
    with pytest.raises(BadSetting, match="exists already"):
        back_up(url, keys_file, tmp_path / "copy", now=NOW)

    assert (await store.overview()).unhandled == 1


async def test_a_new_machine_needs_no_force(sqlite_url: str, keys_file: Path, tmp_path: Path) -> None:
    back_up(sqlite_url, keys_file, tmp_path / "copy", now=NOW)
    new = tmp_path / "new"

    restore(f"sqlite:///{new}/desk.sqlite3", new / "keys", tmp_path / "copy", force=False, now=LATER)

    assert (new / "keys").read_text() == keys_file.read_text()
    assert stat.S_IMODE((new / "desk.sqlite3").stat().st_mode) == 0o600
    assert list(new.glob(".backup*")) == []


async def test_a_copy_is_for_its_owner_only(sqlite_url: str, keys_file: Path, tmp_path: Path) -> None:
    back_up(sqlite_url, keys_file, tmp_path / "copy", now=NOW)

    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600
    with tarfile.open(tmp_path / "copy") as archive:
        assert archive.getnames() == ["about.json", "database", "keys"]


@pytest.mark.parametrize("content", [b"", b"Dear diary", b"\x1f\x8b" + b"x" * 100])
async def test_what_is_no_backup_is_said_so(sqlite_url: str, keys_file: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "copy").write_bytes(content)

    with pytest.raises(BadSetting, match="is no backup"):
        restore(sqlite_url, keys_file, tmp_path / "copy", force=True, now=LATER)


async def test_a_backup_of_another_kind_is_refused(sqlite_url: str, keys_file: Path, tmp_path: Path) -> None:
    back_up(sqlite_url, keys_file, tmp_path / "copy", now=NOW)

    with pytest.raises(BadSetting, match="sqlite"):
        restore("postgresql://desk@127.0.0.1:1/desk", keys_file, tmp_path / "copy", force=True, now=LATER)


async def test_without_postgresql_s_programs_the_remedy_is_named(
    keys_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: None)

    with pytest.raises(BadSetting, match="apt-get install postgresql-client"):
        back_up("postgresql://desk@127.0.0.1:1/desk", keys_file, tmp_path / "copy", now=NOW)
