"""A PostgreSQL server of our own for the tests: Debian's programs, a throw-away cluster, a free port on loopback."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

#: Newest first.
FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def why_not() -> str:
    """Why no server can be started here, "" where one can."""
    if find_spec("psycopg") is None:
        return "the driver psycopg is not installed (pip install 'privacy-desk[postgres]')"
    if not FOLDERS or not (FOLDERS[0] / "initdb").exists():
        return "PostgreSQL is not installed (apt-get install postgresql)"
    if os.geteuid() == 0 and not (shutil.which("setpriv") and _user()):
        return "PostgreSQL refuses root, and there is no setpriv or no user postgres"
    return ""


@contextmanager
def server() -> Iterator[str]:
    """The URL of a running server; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="privacy-desk-postgres-"))
    try:
        if os.geteuid() == 0 and (user := _user()):
            os.chown(folder, user.pw_uid, user.pw_gid)
        data, port = folder / "data", _free_port()
        subprocess.run(
            _as_user([FOLDERS[0] / "initdb", "-D", data, "-A", "trust", "-U", "desk", "-E", "UTF8", "--no-sync"]),
            check=True,
            capture_output=True,
            cwd=folder,
        )
        options = ["-p", str(port), "-k", folder, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                _as_user([FOLDERS[0] / "postgres", "-D", data, *options]), stdout=log, stderr=log, cwd=folder
            )
        try:
            _wait(port)
            yield f"postgresql://desk@127.0.0.1:{port}/postgres"
        finally:
            # The fast way: it does not wait for those who are connected still.
            process.send_signal(signal.SIGINT)
            process.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return None


def _as_user(command: list[Path | str]) -> list[str]:
    words = [str(word) for word in command]
    if os.geteuid() != 0:
        return words
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--", *words]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait(port: int, *, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    engine = create_engine(f"postgresql+psycopg://desk@127.0.0.1:{port}/postgres")
    while True:
        try:
            engine.connect().close()
            engine.dispose()
            return
        except OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
