"""Tables T05-T13: whose mailbox a mail names, and whom our own server vouches for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mail_builders import a_mail, an_arrival, read

from bot.channels.mail.addresses import parse_address, parse_mailbox
from bot.channels.mail.dedupe import content_key

VICTIM = "victim@shop.example"


@pytest.mark.parametrize(
    ("field", "address"),
    [
        ("ada@example.org", "ada@example.org"),
        ("<ada@example.org>", "ada@example.org"),
        ("Ada Byron <ada@example.org>", "ada@example.org"),
        ('"Byron, Ada" <ada@example.org>', "ada@example.org"),
        ("=?utf-8?q?Ad=C3=A4?= <ada@example.org>", "ada@example.org"),
        ("ada@example.org (Ada Byron)", "ada@example.org"),
        ("Ada <Ada@EXAMPLE.org>", "Ada@example.org"),
        ("Ada <ada+shop@example.org>", "ada+shop@example.org"),
        ("Ada <a.d.a@example.org>", "a.d.a@example.org"),
        ("ada@example.org <ada@example.org>", "ada@example.org"),
        ("Ada <o'hara@example.org>", "o'hara@example.org"),
        ("Ada <ada@bücher.example>", "ada@xn--bcher-kva.example"),
        ("Ada <ada@sub.example.co.uk>", "ada@sub.example.co.uk"),
        ("Byron, Ada <ada@example.org>", "ada@example.org"),
        ("Ada [Home] <ada@example.org>,", "ada@example.org"),
    ],
)
def test_a_plain_from_names_its_writer(field: str, address: str) -> None:
    assert parse_mailbox(field).address == address


@pytest.mark.parametrize(
    "field",
    [
        "",
        "Ada",
        f"{VICTIM}, evil@example.org",
        f"evil@example.org, {VICTIM}",
        f"<evil@example.org>, <{VICTIM}>",
        f"<{VICTIM}> <evil@example.org>",
        f"{VICTIM} <evil@example.org>",
        f"Friends: {VICTIM}, evil@example.org;",
        f"Friends: {VICTIM};",
        f"<@evil.example:{VICTIM}>",
        f"<@a.example,@b.example:{VICTIM}>",
        f"<<{VICTIM}>>",
        f"<{VICTIM}",
        f"{VICTIM}>",
        f'"{VICTIM}"@evil.example',
        f'"a@b"{VICTIM}',
        f'"victim"@shop.example <{VICTIM}>x',
        f"=?utf-8?q?{VICTIM.replace('@', '=40')}?=",
        f"=?utf-8?b?dmljdGltQHNob3AuZXhhbXBsZQ==?= <=?utf-8?q?{VICTIM}?=>",
        "<=?utf-8?q?victim=40shop.example?=>",
        f"{VICTIM} (evil@example.org)",
        f"({VICTIM}) {VICTIM} <x",
        "victim(@evil.example)@shop.example <evil",
        "victim@shop@evil.example",
        "victim@shop.example@evil.example",
        "victim @shop.example",
        "victim@ shop.example",
        ".victim@shop.example",
        "victim.@shop.example",
        "vic..tim@shop.example",
        "victim@shop",
        "victim@shop..example",
        "victim@-shop.example",
        "victim@[192.0.2.1]",
        "victim@192.0.2.1",
        "victim@shop.example.",
        f"{VICTIM}\x00",
        "victim@shop\u200b.example",
        "vict\u200bim@shop.example",
        "victim@ｓｈｏｐ.example",
        "ｖictim@shop.example",
        "vіctim@shop.example",
        "victim@shop。example",
        "\u202evictim@shop.example",
        "victim@shop.example\u2028",
        'Ada "unfinished <ada@example.org>',
        "Ada \\<ada@example.org>",
        f"evil@example.org <{VICTIM}> <",
        "a" * 65 + "@shop.example",
        "a@" + "b" * 64 + ".example",
        "a" * 5000 + "@shop.example",
        f"; {VICTIM} <evil@example.org>",
    ],
)
def test_a_from_that_can_be_read_in_two_ways_is_nobodys(field: str) -> None:
    assert parse_mailbox(field).address == ""


@pytest.mark.parametrize(
    ("field", "address"),
    [
        (f'"{VICTIM}" <evil@example.org>', "evil@example.org"),
        (f'"{VICTIM} via shop" <evil@example.org>', "evil@example.org"),
        ("=?utf-8?q?victim=40shop.example?= <evil@example.org>", "evil@example.org"),
        (f'"<{VICTIM}>" <evil@example.org>', "evil@example.org"),
        ("victim@shоp.example", "victim@xn--shp-ted.example"),
        ("victim+x@shop.example", "victim+x@shop.example"),
        ("v.ictim@shop.example", "v.ictim@shop.example"),
        ("VICTIM@shop.example", "VICTIM@shop.example"),
    ],
)
def test_a_look_alike_is_itself_and_never_the_victim(field: str, address: str) -> None:
    assert parse_mailbox(field).address == address != VICTIM


def test_two_from_fields_name_nobody() -> None:
    assert read(a_mail(f"From: {VICTIM}")).address == ""


def test_no_from_field_names_nobody() -> None:
    assert read(b"To: x@y.example\r\nSubject: hi\r\n\r\nDelete my data.\r\n").address == ""


def test_a_name_is_shown_without_what_could_mislead() -> None:
    name = parse_mailbox("=?utf-8?q?Ada=E2=80=AE_gnal=E2=80=8B=0D=0Abcc=3A?= <ada@example.org>").name

    assert name == "Ada gnal bcc:"


@given(st.text(alphabet='ab@.<>"\\(),;: =?_-\u200b\uff20é', max_size=40))
def test_whatever_is_parsed_is_one_plain_address_that_stands_in_the_field(field: str) -> None:
    address = parse_mailbox(field).address

    assert address == parse_address(address)
    if address.isascii() and "xn--" not in address:
        assert address.lower() in field.lower()


A_PASS = (
    "Authentication-Results: mx.marigold.example; dkim=pass header.d=example.org; dmarc=pass header.from=example.org"
)


@pytest.mark.parametrize(
    "lines",
    [
        [A_PASS],
        [A_PASS, "Authentication-Results: evil.example; dmarc=fail"],
        ["Authentication-Results: MX.marigold.example 1; dmarc=pass (p=NONE sp=NONE) header.from=Example.org"],
    ],
)
def test_our_own_servers_topmost_word_is_believed(lines: list[str]) -> None:
    assert read(a_mail(*lines)).authenticated


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["Authentication-Results: evil.example; dmarc=pass header.from=example.org"],
        ["Authentication-Results: evil.example; none", A_PASS],
        ["Authentication-Results: mx.marigold.example; dmarc=fail header.from=example.org", A_PASS],
        ["Authentication-Results: mx.marigold.example; none"],
        ["Authentication-Results: mx.marigold.example; dkim=pass header.d=example.org; spf=pass"],
        ["Authentication-Results: mx.marigold.example; dmarc=pass header.from=evil.example"],
        ["Authentication-Results: mx.marigold.example; dmarc=pass header.from=sub.example.org"],
        ["Authentication-Results: mx.marigold.example; dmarc=pass"],
        ["Authentication-Results: mx.marigold.example (dmarc=pass header.from=example.org); dmarc=fail"],
        ['Authentication-Results: mx.marigold.example; spf=fail reason="; dmarc=pass header.from=example.org"'],
        ["Authentication-Results: mx.marigold.example.evil.example; dmarc=pass header.from=example.org"],
        ["Authentication-Results: evil.example mx.marigold.example; dmarc=pass header.from=example.org"],
        [A_PASS + "; dmarc=fail header.from=example.org"],
        ["X-" + A_PASS],
        ["ARC-" + A_PASS],
        ["Authentication-Results: mx.marigold.example; x-dmarc=pass header.from=example.org"],
        ["Authentication-Results: mx.marigold.example; dmarc=passed header.from=example.org"],
    ],
)
def test_anybody_elses_word_or_another_verdict_is_not(lines: list[str]) -> None:
    assert not read(a_mail(*lines)).authenticated


def test_without_a_server_of_ours_nobody_is_believed() -> None:
    from mail_builders import a_channel

    assert not a_channel(authserv_id="").parse(an_arrival(a_mail(A_PASS))).authenticated


def test_an_ambiguous_writer_is_never_authenticated() -> None:
    assert not read(a_mail(A_PASS, sender="ada@example.org, eve@example.org")).authenticated


def test_the_same_mail_by_another_road_has_the_same_key() -> None:
    relayed = a_mail("Received: from a by b", "X-Spam: no").replace(b"\r\n", b"\n") + b"\n\n"

    assert content_key(a_mail()) == content_key(relayed)


@pytest.mark.parametrize(
    "other",
    [
        a_mail(body="Please keep my account.\n"),
        a_mail(sender="eve@example.org"),
        a_mail(message_id="<2@example.org>"),
        a_mail().replace(b"09:00:00", b"09:00:01"),
        a_mail(subject="Another account"),
    ],
)
def test_a_claimed_message_id_is_not_enough_to_be_the_same_mail(other: bytes) -> None:
    assert content_key(a_mail()) != content_key(other)


@given(st.binary(max_size=300))
def test_any_bytes_have_a_key(raw: bytes) -> None:
    assert len(content_key(raw)) == 64
