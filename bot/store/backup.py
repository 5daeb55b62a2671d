"""Copies of a whole desk, its database and its keys in one file; and a desk out of such a copy.

Law: a copy is whole, of one moment, and for its owner only; a restored desk sends nothing that may have been sent since
the copy was made: what was about to leave waits for staff. All of this blocks.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, create_engine, delete, insert, inspect, update

from bot.errors import BadSetting, StoreUnavailable
from bot.store.database import prepare_sqlite, read_url, told_plainly
from bot.store.schema import Milestone, Outbox
from bot.store.upgrade import upgrade

_DATABASE, _KEYS, _ABOUT = "database", "keys", "about.json"
#: Of the milestone.
RESTORED = "restored"


def back_up(url: str, keys_file: Path, to: Path, *, now: datetime) -> None:
    """Write everything into the new file `to`; the desk may go on working.

    Raises `BadSetting` or `StoreUnavailable`.
    """
    place = read_url(url)
    if to.exists():
        raise BadSetting(f"{to} exists already; name a new file")
    with _work_folder(to.parent) as folder:
        copy = folder / _DATABASE
        if place.get_backend_name() == "sqlite":
            _copy_sqlite(Path(place.database or ""), copy)
        else:
            _run("pg_dump", place, "--format=custom", "--no-owner", f"--file={copy}")
        about = {"made_at": now.isoformat(), "kind": place.get_backend_name(), "keys": keys_file.exists()}
        (folder / _ABOUT).write_text(json.dumps(about))
        whole = folder / "whole"
        with tarfile.open(whole, "x") as archive:
            archive.add(folder / _ABOUT, _ABOUT)
            archive.add(copy, _DATABASE)
            if keys_file.exists():
                archive.add(keys_file, _KEYS)
        whole.chmod(0o600)
        with whole.open("rb") as written:
            os.fsync(written.fileno())
        whole.rename(to)


def restore(url: str, keys_file: Path, source: Path, *, force: bool, now: datetime) -> int:
    """Make the database and the keys what they were; how many messages of ours wait for staff now.

    Nothing that is there is replaced without `force`. Raises `BadSetting` or `StoreUnavailable`.
    """
    place = read_url(url)
    with _work_folder(keys_file.parent) as folder:
        about = _unpack(source, folder)
        if about["kind"] != place.get_backend_name():
            raise BadSetting(f"{source} holds a {about['kind']} database, and the settings name another kind")
        if not force and (_is_in_use(place) or _differ(keys_file, folder / _KEYS)):
            raise BadSetting("there is a desk already, which would be lost; use --force, or another data_dir")
        if place.get_backend_name() == "sqlite":
            _put_sqlite(folder / _DATABASE, Path(place.database or ""))
        else:
            options = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
            _run("pg_restore", place, *options, f"--dbname={place.database}", str(folder / _DATABASE))
        if (folder / _KEYS).exists():
            (folder / _KEYS).chmod(0o600)
            (folder / _KEYS).replace(keys_file)
    upgrade(url)
    return _be_careful(place, now)


def _be_careful(place: URL, now: datetime) -> int:
    """What was about to leave may have left since; and mail that came since is answered by staff's leave only."""
    engine = create_engine(place, hide_parameters=True)
    if place.get_backend_name() == "sqlite":
        prepare_sqlite(engine, patience=30.0)
    try:
        with told_plainly(), engine.begin() as connection:
            held = connection.execute(
                update(Outbox)
                .where(Outbox.state.in_(("queued", "sending")))
                .values(state="held", claimed_by=None, claimed_until=None, reason="restored from a backup")
            )
            connection.execute(delete(Milestone).where(Milestone.name == RESTORED))
            connection.execute(insert(Milestone).values(name=RESTORED, at=now))
            if inspect(connection).has_table("procrastinate_jobs"):
                # The rows get new jobs by themselves.
                connection.exec_driver_sql("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")
            return held.rowcount
    finally:
        engine.dispose()


@contextmanager
def _work_folder(beside: Path) -> Iterator[Path]:
    """On the same disk, so that what is whole can be moved into its place; for its owner only."""
    try:
        beside.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".backup-", dir=beside))
    except OSError as error:
        raise BadSetting(f"{beside} cannot be written ({error.strerror})") from error
    try:
        yield folder
    except (OSError, tarfile.TarError, sqlite3.Error) as error:
        raise StoreUnavailable(f"The copy could not be made: {error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy_sqlite(database: Path, copy: Path) -> None:
    """By SQLite's own means: one moment, while others write."""
    if not database.exists():
        raise BadSetting(f"there is no database {database}")
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    copy.chmod(0o600)


def _put_sqlite(copy: Path, database: Path) -> None:
    with closing(sqlite3.connect(copy)) as found:
        if found.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise BadSetting("the database in the backup is damaged; take another backup")
    for left in (f"{database}-wal", f"{database}-shm"):
        Path(left).unlink(missing_ok=True)
    copy.chmod(0o600)
    database.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(copy, database)


def _unpack(source: Path, folder: Path) -> dict[str, str]:
    try:
        with tarfile.open(source) as archive:
            for name in (_ABOUT, _DATABASE, _KEYS):
                if name in archive.getnames():
                    archive.extract(name, folder, filter="data")
        about: dict[str, str] = json.loads((folder / _ABOUT).read_text())
    except (OSError, tarfile.TarError, ValueError) as error:
        raise BadSetting(f"{source} is no backup of a desk; make one with: privacy-desk db backup FILE") from error
    return about


def _is_in_use(place: URL) -> bool:
    if place.get_backend_name() == "sqlite":
        return Path(place.database or "").exists()
    engine = create_engine(place, hide_parameters=True)
    try:
        with told_plainly(), engine.connect() as connection:
            return inspect(connection).has_table("inbox")
    finally:
        engine.dispose()


def _differ(present: Path, restored: Path) -> bool:
    return present.exists() and restored.exists() and present.read_bytes() != restored.read_bytes()


def _run(program: str, place: URL, *options: str) -> None:
    """One of PostgreSQL's own programs; the password goes by the environment, which no other user can read."""
    if shutil.which(program) is None:
        raise BadSetting(f"{program} is missing; install PostgreSQL's programs: apt-get install postgresql-client")
    named = {
        "PGHOST": place.host,
        "PGPORT": str(place.port or ""),
        "PGUSER": place.username,
        "PGPASSWORD": place.password,
        "PGDATABASE": place.database,
    }
    environment = os.environ | {name: value for name, value in named.items() if value}
    ended = subprocess.run([program, *options], env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        said = ended.stderr.strip().splitlines() or [""]
        raise StoreUnavailable(f"{program} failed: {said[0]}")
