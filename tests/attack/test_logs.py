"""Whatever happens, no word, address or code of a person stands in the log."""

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest

from bot import logs
from bot.errors import NotNow, Refused, Uncertain
from tests.engine.fakes import House, a_mail, receive, work
from tests.engine.test_road import code_in, code_mail


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    kept, level = list(root.handlers), root.level
    stream = io.StringIO()
    logs.configure(stream)
    yield stream
    logs.configure(sys.stderr)
    root.handlers[:] = kept
    root.setLevel(level)


async def test_a_run_with_every_fault_logs_nothing_of_the_person(house: House, written: io.StringIO) -> None:
    desk = house.desk()
    canary = {"sender": "Canary Bird <canary@cage.example>", "Subject": "canary"}
    await receive(desk, a_mail("deletion canary", **canary))
    await work(desk)
    code = code_in(code_mail(house))
    faults = [Refused("550 canary"), Uncertain("canary"), NotNow("canary"), RuntimeError("canary")]

    for number, house.refusal in enumerate(faults, start=10):
        await receive(desk, a_mail("unsubscribe canary", number=number, **canary))
        house.later(hours=2)
        await work(desk)
    house.reader.failures = 3
    await receive(desk, b"\x00canary", a_mail("canary", number=50, **canary))
    await work(desk)

    lines = written.getvalue().splitlines()
    assert len(lines) > 10
    assert not [line for line in lines if "canary" in line.lower() or "cage" in line or code in line]


def test_a_library_s_failure_is_one_line_without_its_words(written: io.StringIO) -> None:
    try:
        raise RuntimeError("canary@cage.example\nwrote 123456")
    except RuntimeError:
        logging.getLogger("asyncio").exception("Task of %s failed", "canary@cage.example")

    (line,) = written.getvalue().splitlines()
    assert json.loads(line)["fault"] == "RuntimeError"
    assert "canary" not in line
