"""No mail of any kind makes the reader fail, hang or swell: it is read, or refused with a reason (T27-T33)."""

import resource
import time

import pytest
from hostile import cases
from hypothesis import given
from hypothesis import strategies as st
from mail_builders import a_channel, a_mail, an_arrival, read

from bot.channels.mail.structure import DEEPEST, MOST_FIELDS, MOST_PARTS
from bot.core.messages import InboundMessage
from bot.errors import BadMessage

CASES = dict(cases())


def outcome(raw: bytes) -> InboundMessage | str:
    """What becomes of a mail: the message, or the reason why it cannot be read."""
    try:
        return a_channel().parse(an_arrival(raw))
    except BadMessage as fault:
        return str(fault)


def test_the_corpus_is_large() -> None:
    assert len(CASES) >= 500


@pytest.mark.parametrize("raw", CASES.values(), ids=CASES)
def test_a_hostile_mail_is_read_or_refused_within_two_seconds(raw: bytes) -> None:
    started = time.process_time()

    result = outcome(raw)

    assert time.process_time() - started < 2.0
    if isinstance(result, InboundMessage):
        assert not any(ord(c) < 32 or ord(c) in (0x85, 0x2028, 0x2029) for c in result.subject + result.sender)
        assert len(result.text) <= 200_000


@pytest.mark.parametrize("raw", CASES.values(), ids=CASES)
def test_a_hostile_mail_has_a_key_within_a_second(raw: bytes) -> None:
    started = time.process_time()

    assert a_channel().key(an_arrival(raw)) == a_channel().key(an_arrival(raw))
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("26 MB", "bytes"),
        ("line of 1.2 MB", "line"),
        ("2,100 fields", f"more than {MOST_FIELDS} fields"),
        ("header over 1 MB", "header is larger"),
        ("600 parts", f"more than {MOST_PARTS} parts"),
        ("nested 31 deep", f"more than {DEEPEST} deep"),
        ("forwarded 5000 times", f"more than {DEEPEST} deep"),
        ("no header", "no header fields"),
    ],
)
def test_what_is_over_a_cap_is_refused_with_the_reason(name: str, reason: str) -> None:
    assert reason in str(outcome(CASES[name]))


@pytest.mark.parametrize(
    "name", ["1,900 fields", "400 parts", "nested 29 deep", "line of 900 KB", "20,000 continuations"]
)
def test_what_is_under_every_cap_is_read(name: str) -> None:
    assert isinstance(outcome(CASES[name]), InboundMessage)


def test_memory_stays_within_bounds_over_the_whole_corpus() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for raw in CASES.values():
        outcome(raw)

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


def test_an_attachments_name_is_a_label_and_never_a_path() -> None:
    names = [name for key, raw in CASES.items() if key.startswith("attachment") for name in read(raw).attachments]

    assert len(names) >= 10
    assert all(name and "/" not in name and "\\" not in name and name.isprintable() for name in names)
    assert all(len(name) <= 120 and not name.startswith(".") for name in names)


def test_hidden_html_is_not_the_writers_word() -> None:
    assert "delete" not in read(CASES["html hidden"]).text


@pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", "punycode", "zlib", "rot13"])
def test_an_evil_charset_is_never_looked_up(charset: str) -> None:
    raw = a_mail(body="+ADw- \\u0041 nopqr delete\n", content_type=f"text/plain; charset={charset}")

    assert read(raw).text == "+ADw- \\u0041 nopqr delete"


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        (b"L\xf6schen", "text/plain; charset=iso-8859-1", "Löschen"),
        (b"L\xf6schen", "text/plain; charset=nonsense", "Löschen"),
        (b"L\xc3\xb6schen", "text/plain", "Löschen"),
        (b"\xd5\xc4\xc1\xcc\xc9\xd4\xc5", "text/plain; charset=koi8-r", "удалите"),
        ("削除".encode("iso2022_jp"), "text/plain; charset=ISO-2022-JP", "削除"),
        ("删除".encode("gbk"), "text/plain; charset=GB2312", "删除"),
        (b"caf\xe9 \x93quote\x94", "text/plain; charset=us-ascii", "café “quote”"),
    ],
)
def test_any_charset_of_real_mail_is_read(body: bytes, content_type: str, text: str) -> None:
    assert read(a_mail(body="", content_type=content_type) + body).text == text


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    assert outcome(raw) is not None


@given(
    st.binary(max_size=600),
    st.sampled_from(["text/plain", "text/html", "multipart/mixed; boundary=b", "message/rfc822"]),
)
def test_any_body_of_any_type_is_read_or_refused(body: bytes, content_type: str) -> None:
    assert outcome(a_mail(body="", content_type=content_type) + body) is not None


@given(st.text(max_size=200))
def test_any_subject_becomes_one_visible_line(subject: str) -> None:
    message = outcome(a_mail(subject=subject.encode("utf-8", "replace").decode()))

    if isinstance(message, InboundMessage):
        assert "\n" not in message.subject
        assert "\r" not in message.subject
