"""What is hidden in a mail, what is put into its headers, and what of ours goes over the wire."""

import html
import re
from email import message_from_bytes
from typing import Any

import pytest

from bot.channels import Arrival, Outgoing
from bot.channels.mail.rendering import render_mail
from bot.channels.mail.understanding import Ourselves, understand
from bot.core.effects import Quotation
from bot.core.tickets import State
from tests.core.builders import NOW, a_playbook
from tests.engine.fakes import SHOP, House, a_mail, receive, work
from tests.engine.test_road import code_in, code_mail, states

OURSELVES = Ourselves.of([SHOP], host="shop.example", authserv_id="")
OUR_FIELDS = {
    "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
    "X-Auto-Response-Suppress", "X-Privacy-Desk-Loop", "Content-Language", "MIME-Version", "Content-Type",
}  # fmt: skip


@pytest.mark.parametrize(
    "style", ["opacity:0", "opacity: 0;", "max-height:0px;overflow:hidden", "display:none", "font-size:0"]
)
def test_what_nobody_can_see_was_not_written(style: str) -> None:
    page = f'<p>Hello</p><p style="{style}">deletion 111111</p><p style="opacity:0.9;max-height:0.5em">there</p>'
    raw = f"From: ada@example.org\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n{page}".encode()

    message = understand(Arrival(channel="email", brand="rings", raw=raw, received_at=NOW), OURSELVES)

    assert "111111" not in message.text
    assert "there" in message.text


@pytest.mark.parametrize("sender", ["data-request@law.example", "gdpr-request@agency.example"])
async def test_a_request_is_not_lost_because_its_mailbox_is_called_so(house: House, sender: str) -> None:
    desk = house.desk()

    await receive(desk, a_mail("deletion", sender=sender))
    await work(desk)

    assert await states(desk) == {"deletion": State.AWAITING_VERIFICATION}
    assert house.post == []
    assert (await desk.store.overview()).staff_items == 1


@pytest.mark.parametrize(
    "forged",
    [
        {"sender": '"x\\\r\n Bcc: e@evil.example" <ada@example.org>'},
        {"Subject": "=?utf-8?B?QmNjOiB4QHgNCkJjYzogZXZpbA==?="},
        {"Message_ID": "<=?utf-8?q?=0d=0aBcc?=@x>"},
        {"Message_ID": "<a\u2028Bcc:@x>"},
        {"Message_ID": "<" + "q" * 290 + "@x>"},
        {"References": "<a@b>\t<c\x0bd@e> " + " ".join(f"<{n}@r>" for n in range(500))},
        {"Reply_To": "e@evil.example", "Cc": "c@evil.example", "Sender": "s@evil.example"},
        {"Subject": "x" * 60_000},
    ],
)
async def test_no_header_of_theirs_becomes_one_of_ours(house: House, forged: dict[str, Any]) -> None:
    desk = house.desk()

    await receive(desk, a_mail("deletion", **forged))
    await work(desk)

    assert house.post
    for sent in house.post:
        head = sent.payload.partition(b"\r\n\r\n")[0].decode("ascii")
        names = re.findall(r"^([^\s:]+):", head, re.MULTILINE)
        assert sent.recipient == "ada@example.org"
        assert set(names) <= OUR_FIELDS
        assert len(names) == len(set(names))
        assert "evil" not in head


@pytest.mark.parametrize("place", ["subject", "attachment's name", "attachment", "forwarded mail"])
async def test_a_code_that_is_not_in_the_writer_s_own_words_proves_nothing(house: House, place: str) -> None:
    desk = house.desk()
    await receive(desk, a_mail("access"))
    await work(desk)
    asked = code_mail(house)
    code = code_in(asked)
    subject = f"Re: {code}" if place == "subject" else "Re: your mail"
    name = f"{code}.txt" if place == "attachment's name" else "a.txt"
    kind = "message/rfc822" if place == "forwarded mail" else "text/plain"
    inside = f"Subject: fwd\r\n\r\n{code}" if place in ("attachment", "forwarded mail") else "nothing"
    whole = (
        f"From: ada@example.org\r\nTo: {SHOP}\r\nMessage-ID: <2@x>\r\nIn-Reply-To: {asked['Message-ID']}\r\n"
        f'Subject: {subject}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="q"\r\n\r\n--q\r\n'
        f"Content-Type: text/plain\r\n\r\nsee this\r\n--q\r\nContent-Type: {kind}\r\n"
        f'Content-Disposition: attachment; filename="{name}"\r\n\r\n{inside}\r\n--q--\r\n'
    )

    await receive(desk, whole.encode())
    await work(desk)

    assert await states(desk) == {"access": State.AWAITING_VERIFICATION}


@pytest.mark.parametrize(
    "span",
    [
        "We keep\u00a0data \u2019til\u2028the end",
        "tab\there  two  spaces ",
        "line one \nline two\t\n\n  indented",
        "dot\n.\n..dots\nFrom here\n-- \nsignature",
        "<b>&amp; &nbsp; \"q\" 'a'</b>",
        "form\x0cfeed \x85 next line",
        "caf\u00e9 e\u0301 \U0001f600 \ufeff\u200b\u00ad",
        "a" * 2000,
        "=3D =\n=20 ends=",
        "\n leading and trailing \n",
        "one line\r\nanother",
    ],
)
def test_a_quoted_span_comes_out_of_both_parts_byte_for_byte(span: str) -> None:
    quotation = Quotation(text=span, section="S", first_line=1, last_line=2, policy_sha256="ab" * 32)
    outgoing = Outgoing(
        id="1", channel="email", brand="rings", conversation="c", recipient="ada@example.org", language="en",
        kind="reply", parts=(quotation,), message_id="<a@shop.example>", created_at=NOW,
    )  # fmt: skip
    raw = render_mail(outgoing, a_playbook(), sender=SHOP, loop_mark="x")

    parts = [part for part in message_from_bytes(raw).walk() if not part.is_multipart()]
    decoded = [bytes(part.get_payload(decode=True)) for part in parts]  # type: ignore[arg-type]
    plain, rich = (found.decode().replace("\r\n", "\n") for found in decoded)
    quoted = re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", rich, re.DOTALL)

    # A line end of the wire is CRLF, whatever the policy's own was.
    expected = span.replace("\r\n", "\n")
    assert expected in plain
    assert [html.unescape(found.replace("<br>", "\n")) for found in quoted] == [expected]
    assert max(map(len, raw.split(b"\r\n"))) <= 998
