"""Mail is parsed in a process that can be killed, with the same result as in this one."""

from collections.abc import Iterator

import pytest
from hostile import cases
from mail_builders import HOST, SHOP, a_mail, an_arrival, read

from bot.channels.mail.parsing_child import ParsingChild
from bot.channels.mail.understanding import Ourselves
from bot.errors import BadMessage

OURSELVES = Ourselves.of([SHOP, "privacy@marigold.example"], host=HOST, authserv_id="mx.marigold.example")


@pytest.fixture(scope="module")
def child() -> Iterator[ParsingChild]:
    child = ParsingChild()
    yield child
    child.close()


@pytest.mark.parametrize(
    "raw",
    [
        a_mail(),
        a_mail("Auto-Submitted: auto-replied", "In-Reply-To: <a@b>", "References: <c@d> <a@b>"),
        a_mail("X-Failed-Recipients: gone@example.org", subject="=?utf-8?q?L=C3=B6schen?="),
        a_mail(
            body="--b\nContent-Disposition: attachment; filename=x.txt\n\nx\n--b--",
            content_type="multipart/mixed; boundary=b",
        ),
    ],
)  # fmt: skip
def test_the_child_reads_what_this_process_reads(child: ParsingChild, raw: bytes) -> None:
    assert child.parse(an_arrival(raw), OURSELVES) == read(raw)


def test_what_the_reader_refuses_the_child_refuses_with_the_same_reason(child: ParsingChild) -> None:
    with pytest.raises(BadMessage, match="no header fields"):
        child.parse(an_arrival(b"\r\n\r\n"), OURSELVES)


def test_a_hostile_mail_does_not_disturb_the_next_one(child: ParsingChild) -> None:
    for name, raw in cases():
        if name.startswith(("html deep", "26 MB", "noise", "nested 5000", "20,000", "utf-16", "nothing")):
            try:
                child.parse(an_arrival(raw), OURSELVES)
            except BadMessage:
                continue

    assert child.parse(an_arrival(a_mail()), OURSELVES).text == "Please delete my account."


def test_a_child_that_takes_too_long_is_killed_and_the_next_mail_is_read() -> None:
    child = ParsingChild(seconds=0.01)
    try:
        with pytest.raises(BadMessage, match="could not be read within"):
            child.parse(an_arrival(a_mail()), OURSELVES)
        child._seconds = 20.0

        assert child.parse(an_arrival(a_mail()), OURSELVES).address == "ada@example.org"
    finally:
        child.close()


def test_a_child_that_wants_too_much_memory_refuses_the_mail() -> None:
    child = ParsingChild(memory=40 * 1024 * 1024)
    try:
        with pytest.raises(BadMessage):
            child.parse(an_arrival(a_mail(body="x\n" * 10_000_000)), OURSELVES)
    finally:
        child.close()
