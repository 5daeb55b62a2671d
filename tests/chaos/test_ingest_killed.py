"""`ingest` killed again and again in the midst of its batches, then repeated: every mail counts once."""

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from bot.keys import load_keys
from bot.store import Store
from tests.cli.mails import as_mbox
from tests.engine.fakes import a_mail

ROOT = Path(__file__).parents[2]
SETTINGS = '[[brands]]\nname = "marigold"\naddresses = ["hello@shop.example"]\nmode = "automatic"\n'
MAILS, WISHES, KILLS = 300, 60, 3


def begin(folder: Path) -> "subprocess.Popen[str]":
    known = {name: value for name, value in os.environ.items() if not name.startswith("PRIVACY_DESK_")}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.chaos.desk", "ingest", "mails", "--brand", "marigold", "--processes", "2"],
        cwd=folder,
        env=known | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def handled(folder: Path) -> int:
    log = folder / "desk" / "ingest.jsonl"
    return log.read_text().count("message handled") if log.exists() else 0


def kill_in_the_midst(folder: Path, after: int) -> None:
    ingest, before = begin(folder), handled(folder)
    while ingest.poll() is None and handled(folder) < before + after:
        time.sleep(0.005)
    ingest.send_signal(signal.SIGKILL)
    ingest.communicate()


def test_every_mail_counts_once(tmp_path: Path) -> None:
    (tmp_path / "privacy-desk.toml").write_text(SETTINGS)
    texts = ["deletion please" if number % (MAILS // WISHES) == 0 else "A ring in size 54?" for number in range(MAILS)]
    mails = [a_mail(text, number=n, sender=f"person{n}@example.org") for n, text in enumerate(texts)]
    as_mbox(tmp_path / "mails", *mails)
    dice = random.Random(7)

    for _ in range(KILLS):
        kill_in_the_midst(tmp_path, after=dice.randrange(1, 90))
    out, _ = begin(tmp_path).communicate()
    again, _ = begin(tmp_path).communicate()

    counts = Counter({words: int(count) for count, words in (line.strip().split(" ", 1) for line in out.splitlines())})
    assert counts["taken in"] + counts["known already"] == MAILS
    assert f"{MAILS} known already" in again
    assert rows(tmp_path, "SELECT state, outcome, count(*) FROM inbox GROUP BY 1, 2 ORDER BY 2") == [
        ("done", "request_opened", WISHES),
        ("done", "untouched", MAILS - WISHES),
    ]
    assert rows(tmp_path, "SELECT count(*), count(DISTINCT claimed_address) FROM request") == [(WISHES, WISHES)]
    assert rows(tmp_path, "SELECT kind, state, count(*) FROM outbox GROUP BY 1, 2 ORDER BY 1") == [
        ("code", "queued", WISHES),
        ("reply", "queued", WISHES),
    ]
    assert rows(tmp_path, "SELECT count(*) FROM inbox WHERE raw IS NOT NULL AND outcome = 'untouched'") == [(0,)]
    assert asyncio.run(broken_chains(tmp_path)) == ()


def rows(folder: Path, statement: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / "desk" / "desk.sqlite3") as connection:
        return connection.execute(statement).fetchall()


async def broken_chains(folder: Path) -> tuple[str, ...]:
    store = Store.open(f"sqlite:///{folder}/desk/desk.sqlite3", load_keys(folder / "desk" / "keys", {}))
    try:
        return await store.broken_chains()
    finally:
        await store.close()
