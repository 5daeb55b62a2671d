"""How quickly mail is taken in, beside two helpdesks that read the same messages from the same disk in the same run.

Run by hand on a quiet machine: `python -m tests.bench.bench_ingest [MESSAGES]`. The first time it installs
django-helpdesk and Roundup into `build/bench`. Whole commands are timed, with their start; every sender is another one,
every tenth mail answers an earlier one, and a fifth are privacy messages of the training text.
"""

import mailbox
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from bot.wiring import utc_now
from intents.catalogue import load_catalogue
from intents.corpus import Example, load_corpus
from tests.bench.peers import DjangoHelpdesk, Roundup

_MESSAGES = 2000
_PRIVACY_SHARE, _REPLY_SHARE = 0.2, 0.1
_BAR = 40
_OURS: dict[str, Sequence[str | Path]] = {
    "privacy-desk ingest": [Path(sys.executable).with_name("privacy-desk")],
    "the same without its reader": [sys.executable, "-m", "tests.bench.without_reader"],
}
_SETTINGS = """
[[brands]]
name = "marigold"
addresses = ["hello@shop.example"]
mode = "automatic"
"""


def main() -> None:
    """Prints a table and a plot of messages a second, and the seconds of processor time of each whole command."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else _MESSAGES
    folder = Path("build/bench").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    mails = _mails(count)
    mbox = _mbox(folder / "in.mbox", mails)
    rates: dict[str, float] = {}
    worked: dict[str, float] = {}
    for peer in (DjangoHelpdesk(folder, mails), Roundup(folder, mbox)):
        seconds, worked[peer.name] = _seconds(peer.take_in)
        rates[peer.name] = count / seconds
        if (taken := peer.count()) < count:
            print(f"{peer.name} took in {taken} of {count} only")
    mbox = _mbox(folder / "in.mbox", mails)
    for name, command in _OURS.items():
        seconds, worked[name] = _seconds(partial(_ingest, folder / "desk", command, mbox))
        rates[name] = count / seconds
    best = max(list(rates.values())[:2])
    for name, rate in rates.items():
        bar = "#" * max(1, round(_BAR * rate / max(rates.values())))
        print(f"{name:<28} {rate:7.1f} mails/s  {rate / best:5.2f} x  {worked[name]:6.1f} s of CPU  {bar}")
    print("to reach: 1 x with the reader and 3 x without it, on as many processes as cores; hoped for: 3 x and 10 x")


def _mails(count: int) -> list[bytes]:
    chance = random.Random(11)
    corpus = load_corpus(load_catalogue())
    privacy, ordinary = ([one for one in corpus if bool(one.gold) is wanted] for wanted in (True, False))
    return [
        _mail(number, chance.choice(privacy if chance.random() < _PRIVACY_SHARE else ordinary), chance)
        for number in range(count)
    ]


def _mail(number: int, example: Example, chance: random.Random) -> bytes:
    message = EmailMessage()
    message["From"] = f"Person {number} <person{number}@example.org>"
    message["To"] = "hello@shop.example"
    message["Subject"] = example.subject or "A word from me"
    message["Message-ID"] = f"<{number}.bench@example.org>"
    message["Date"] = format_datetime(utc_now())
    if number and chance.random() < _REPLY_SHARE:
        message["In-Reply-To"] = f"<{chance.randrange(number)}.bench@example.org>"
    message.set_content(example.text)
    return bytes(message)


def _mbox(path: Path, mails: list[bytes]) -> Path:
    path.unlink(missing_ok=True)
    box = mailbox.mbox(path)
    for raw in mails:
        box.add(raw)
    box.close()
    return path


def _seconds(work: Callable[[], None]) -> tuple[float, float]:
    """By the clock, and of the processor by the processes that it began."""
    start, before = time.perf_counter(), getrusage(RUSAGE_CHILDREN)
    work()
    seconds, after = time.perf_counter() - start, getrusage(RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _ingest(desk: Path, command: Sequence[str | Path], mbox: Path) -> None:
    shutil.rmtree(desk, ignore_errors=True)
    desk.mkdir()
    (desk / "privacy-desk.toml").write_text(_SETTINGS)
    known = {**os.environ, "PYTHONPATH": str(Path.cwd()), "OMP_NUM_THREADS": "1"}
    subprocess.run(
        [*command, "ingest", str(mbox), "--brand", "marigold"], cwd=desk, env=known, capture_output=True, check=True
    )


if __name__ == "__main__":
    main()
