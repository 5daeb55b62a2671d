"""What leaves: well-formed, threaded, in the shop's name, and with nothing in it that a stranger wrote."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from mail_builders import KEYS, SHOP, a_channel, a_playbook, an_outgoing

from bot.channels.protocol import Outgoing
from bot.core.effects import Line, Quotation
from bot.errors import Refused

QUOTED = """\
We keep chat logs for 30 days.\x20\x20
  Then they go <away> & are forgotten; ünïcode “too”.
.
From here on, nothing."""


def rendered(outgoing: Outgoing, shop: str = "Marigold & Finch") -> EmailMessage:
    payload = a_channel().render(outgoing, a_playbook(shop=shop)).payload
    return message_from_bytes(payload, policy=default)  # type: ignore[return-value]


def a_quotation(text: str = QUOTED) -> Quotation:
    return Quotation(text=text, section="Retention", first_line=12, last_line=15, policy_sha256="0" * 64)


def test_it_carries_every_header_of_an_automatic_reply() -> None:
    mail = rendered(an_outgoing(subject="My account", references=("<0@example.org>",)))

    assert mail["From"].addresses[0].display_name == "Marigold & Finch"
    assert mail["From"].addresses[0].addr_spec == SHOP
    assert mail["To"] == "ada@example.org"
    assert mail["Subject"] == "Re: My account"
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["X-Privacy-Desk-Loop"]
    assert mail["In-Reply-To"] == "<1@example.org>"
    assert mail["References"].split() == ["<0@example.org>", "<1@example.org>"]
    assert mail["Date"] == "Sun, 22 Nov 2026 09:30:00 +0000"
    assert not [name for name in mail if name.lower().startswith("list-") or name.lower() == "precedence"]


def test_its_message_id_is_the_rows_own_and_can_be_read_again() -> None:
    mail = rendered(an_outgoing())
    reference = KEYS.read_message_id("".join(mail["Message-ID"].split()))

    assert reference is not None
    assert (reference.outbox_id, reference.conversation_id) == ("out-1", "talk-1")


def test_the_same_row_always_gives_the_same_bytes() -> None:
    first, second = (a_channel().render(an_outgoing(a_quotation()), a_playbook()).payload for _ in range(2))

    assert first == second


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("", "Your privacy message"),
        ("My account", "Re: My account"),
        ("Re: My account", "Re: My account"),
        ("AW: Mein Konto", "Re: Mein Konto"),
        ("Win at http://evil.example/x", "Your privacy message"),
        ("Visit evil.com now", "Your privacy message"),
        ("Über mich", "Re: Über mich"),
    ],
)
def test_the_subject_is_the_threads_or_a_fixed_phrase(subject: str, expected: str) -> None:
    assert rendered(an_outgoing(subject=subject))["Subject"] == expected


def test_a_code_is_a_mail_of_its_own_with_a_fixed_subject() -> None:
    mail = rendered(an_outgoing(kind="code", subject="My account", in_reply_to=""))

    assert mail["Subject"] == "Your confirmation code"
    assert mail["In-Reply-To"] is None


def test_a_quotation_arrives_byte_for_byte_with_its_section_and_lines() -> None:
    mail = rendered(an_outgoing(Line(key="policy_says"), a_quotation()))
    plain = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")  # type: ignore[union-attr]
    rich = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]

    assert QUOTED in plain
    assert 'section "Retention"' in plain
    assert "12-15" in plain
    assert "Then they go &lt;away&gt; &amp; are forgotten" in rich
    assert rich.count("<br>") >= 3


def test_both_forms_say_who_wrote_it_and_how_to_reach_a_person() -> None:
    mail = rendered(an_outgoing())

    for kind in ("plain", "html"):
        content = mail.get_body((kind,)).get_content()  # type: ignore[union-attr]
        assert "automated privacy assistant" in content
        assert "+44 20 7946 0000" in content


@pytest.mark.parametrize("bad", ["\r\nBcc: victim@example.org", "\nX: y", "\r", "\x00", "\u2028", "\x85", "\x0b"])
def test_a_subject_that_could_break_out_of_its_header_is_refused(bad: str) -> None:
    with pytest.raises(Refused):
        rendered(an_outgoing(subject=f"Hello{bad}"))


@pytest.mark.parametrize("bad", ["Shop\r\nBcc: victim@example.org", "Shop\n", "Shöp\u2028"])
def test_a_shop_name_that_could_break_out_of_its_header_is_refused(bad: str) -> None:
    with pytest.raises(Refused):
        rendered(an_outgoing(), shop=bad)


@pytest.mark.parametrize(
    "recipient",
    [
        "ada@example.org, victim@example.org",
        "ada@example.org\r\nBcc: v@example.org",
        "Ada <ada@example.org>",
        "ada",
        "",
    ],
)
def test_a_mail_goes_to_exactly_one_plain_address(recipient: str) -> None:
    with pytest.raises(Refused):
        rendered(an_outgoing(recipient=recipient))


@pytest.mark.parametrize("bad", ["<a b@x>", "<a@x>\r\nBcc: v@x", "<>", "<a@x><b@x>"])
def test_a_broken_reference_is_refused(bad: str) -> None:
    with pytest.raises(Refused):
        rendered(an_outgoing(in_reply_to=bad))


@pytest.mark.parametrize("shop", ['Ann "Q" O\'Hara', "Bücher & Mehr", "A" * 200, "=?utf-8?q?x?=", "Back\\slash"])
def test_any_shop_name_is_shown_as_it_is(shop: str) -> None:
    mail = rendered(an_outgoing(), shop=shop)

    assert mail["From"].addresses[0].display_name == shop
    assert mail["From"].addresses[0].addr_spec == SHOP


def test_the_wire_has_exactly_the_expected_headers_and_no_long_line() -> None:
    payload = a_channel().render(an_outgoing(a_quotation(), subject="x" * 5000), a_playbook()).payload
    mail = message_from_bytes(payload, policy=default)

    assert list(mail.keys()) == [
        "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
        "X-Auto-Response-Suppress", "X-Privacy-Desk-Loop", "Content-Language", "MIME-Version", "Content-Type",
    ]  # fmt: skip
    assert max(map(len, payload.split(b"\r\n"))) <= 998
    assert b"\n" not in payload.replace(b"\r\n", b"")
