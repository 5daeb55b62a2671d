"""Pulling the plug (`kill -9`) in the middle of the demo and starting it again loses nothing and doubles nothing.

The demo runs as a newcomer starts it, in a process of its own. The kills fall at random places in the work, each
further on than the last: mail coming in, being handled, replies and codes going out.
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from bot.demo.play import samples

from .played import Left

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-c", "from bot.cli import main; main()", "demo", "--once")
#: Seconds that one start may take on a busy machine.
PATIENCE = 90.0
KILLS = 4


def start(folder: Path) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PRIVACY_DESK_")}
    environment["PYTHONPATH"] = str(ROOT)
    quiet = subprocess.DEVNULL
    return subprocess.Popen(COMMAND, cwd=folder, env=environment, stdin=quiet, stdout=quiet, stderr=quiet)


def wait_for(left: Left, steps: int, process: subprocess.Popen[bytes]) -> None:
    """Until so many steps of the work are done, or the process has ended by itself."""
    until = time.monotonic() + PATIENCE
    while work_done(left) < steps and process.poll() is None:
        assert time.monotonic() < until, "the demo did not get on"
        time.sleep(0.02)


def work_done(left: Left) -> int:
    """A number that grows with every step: a mail in, a mail handled, a mail sent."""
    if not (left.folder / "desk.sqlite3").exists():
        return 0
    try:
        handled = left.count("inbox", "state = 'done'")
        return left.count("inbox") + handled + left.count("outbox", "state IN ('sent', 'uncertain')")
    except sqlite3.Error:
        # The tables are being made.
        return 0


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Left:
    """A demo that was killed several times and then ran to its end."""
    folder = tmp_path_factory.mktemp("killed")
    left = Left(folder=folder / "desk" / "demo")
    moments = random.Random(6)
    for _ in range(KILLS):
        process = start(folder)
        wait_for(left, work_done(left) + moments.randint(3, 30), process)
        time.sleep(moments.random() / 50)
        process.kill()
        assert process.wait() == -signal.SIGKILL, "it had ended before it was killed"
    assert start(folder).wait(PATIENCE) == 0
    return left


def test_every_message_was_taken_in_once_and_handled(killed: Left) -> None:
    codes_sent_back = killed.count("inbox") - len(samples())

    assert 0 < codes_sent_back <= 5
    assert killed.count("inbox", "state <> 'done'") == 0


def test_no_request_was_made_twice(killed: Left) -> None:
    made = Counter(killed.rows("SELECT claimed_address, right_name FROM request"))

    assert made
    assert set(made.values()) == {1}


def test_no_mail_was_sent_twice(killed: Left) -> None:
    ids = Counter(str(mail["Message-ID"]) for mail in killed.mails)

    assert ids
    assert set(ids.values()) == {1}


def test_every_mail_was_sent_or_is_shown_as_uncertain_at_most_once_a_kill(killed: Left) -> None:
    states = Counter(state for (state,) in killed.rows("SELECT state FROM outbox"))

    assert states.keys() <= {"sent", "uncertain"}
    assert states["uncertain"] <= KILLS


def test_what_is_said_to_be_sent_has_arrived_and_nothing_else_has(killed: Left) -> None:
    arrived = {str(mail["Message-ID"]).strip("<>") for mail in killed.mails}
    rows = [(identity.strip("<>"), state) for identity, state in killed.rows("SELECT message_id, state FROM outbox")]

    assert {identity for identity, state in rows if state == "sent"} <= arrived
    assert arrived <= {identity for identity, _ in rows}


def test_no_message_got_two_replies(killed: Left) -> None:
    answered = Counter(killed.rows("SELECT inbox_id, kind FROM outbox"))

    assert set(answered.values()) == {1}


def test_the_requests_of_the_customers_who_got_and_sent_their_code_are_open(killed: Left) -> None:
    proved = killed.rows(
        "SELECT r.state FROM request r JOIN verification v ON r.verification_id = v.id WHERE v.level > 0"
    )

    assert proved
    assert {state for (state,) in proved} == {"open"}
