"""`serve` as a process of its own: it says when it is ready, takes mail, shows its pages, and stops when told to."""

import asyncio
import os
import re
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.demo.play import samples
from bot.engine.loop import EmbeddedLoop

from .mails import RING
from .shell import Shell

ROOT = Path(__file__).parents[2]
SETTINGS = """[[brands]]
name = "marigold"
addresses = ["hello@shop.example"]

[smtp_in]
port = 0

[web]
port = 0
"""
PATIENCE = 60.0
#: Somebody wants an account deleted.
WISH = samples()[0]


def command(*words: str, folder: Path, encoding: str = "utf-8") -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PRIVACY_DESK_")}
    environment["PYTHONIOENCODING"] = encoding
    return subprocess.Popen(
        (sys.executable, "-c", "from bot.cli import main; main()", *words),
        cwd=folder,
        env=environment | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    (tmp_path / "privacy-desk.toml").write_text(SETTINGS)
    process = command("serve", folder=tmp_path)
    yield process
    process.kill()
    process.communicate()


def said_until_ready(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("Ready"):
            return said
    raise AssertionError(said)


def test_serve_takes_mail_answers_for_its_health_and_stops_when_told(
    serving: subprocess.Popen[str], shell: Shell
) -> None:
    said = said_until_ready(serving)
    ports = dict(
        re.findall(r"(SMTP|http:/)[ /]127\.0\.0\.1:(\d+)", said.partition("mail out")[0] + said.partition("pages")[2])
    )
    page = f"http://127.0.0.1:{ports['http:/']}"

    with smtplib.SMTP("127.0.0.1", int(ports["SMTP"])) as client:
        for raw in (WISH.raw, RING):
            client.sendmail("ada@example.org", ["hello@shop.example"], raw)
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail("ada@example.org", ["hello@elsewhere.example"], RING)
    until = time.monotonic() + PATIENCE
    while httpx.get(f"{page}/ready").json() != {"ready": True, "unhandled": 0}:
        assert time.monotonic() < until
        time.sleep(0.05)

    assert httpx.get(f"{page}/health").text == "ok\n"
    assert "mode shadow" in httpx.get(page).text
    assert WISH.sender not in httpx.get(page).text
    second = shell("serve")
    assert second.status == 2
    assert "another privacy-desk works in desk" in second.refusal
    serving.send_signal(signal.SIGTERM)
    assert serving.wait(PATIENCE) == 0
    assert serving.stderr is not None
    log = serving.stderr.read()
    assert "Traceback" not in log
    assert WISH.sender not in log
    [request] = shell("requests list --json").objects
    assert request["claimed_address"] == WISH.sender
    [detail] = shell(f"requests show {request['reference']} --json").objects
    assert {sent["state"] for sent in detail["outgoing"]} == {"shadow"}


def test_a_mistake_ends_the_process_with_status_2_and_one_line(tmp_path: Path) -> None:
    (tmp_path / "privacy-desk.toml").write_text("[web]\nport = 70000\n")

    process = command("serve", folder=tmp_path)
    out, err = process.communicate(timeout=PATIENCE)

    assert (process.returncode, out, err.count("\n")) == (2, "", 1)
    assert "web.port" in err


def test_a_terminal_without_quotation_marks_is_served_all_the_same(tmp_path: Path) -> None:
    process = command("ask", "Do you use cookies?", folder=tmp_path, encoding="ascii")
    out, err = process.communicate(timeout=PATIENCE)

    assert (process.returncode, err) == (0, "")
    assert "9. Cookies" in out


def test_a_loop_that_breaks_ends_the_process_instead_of_leaving_it_deaf(shell: Shell) -> None:
    async def broken(self: EmbeddedLoop, stop: asyncio.Event) -> None:
        raise RuntimeError("the loop broke")

    shell.monkeypatch.setattr(EmbeddedLoop, "run", broken)
    Path("privacy-desk.toml").write_text(SETTINGS)

    with pytest.raises(RuntimeError, match="the loop broke"):
        shell("serve")
