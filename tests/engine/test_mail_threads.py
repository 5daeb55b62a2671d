"""Threads that others write in as well: bounces, the shop's own people, and what a colleague hands on."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bot.channels import Arrival
from bot.channels.mail.channel import MailChannel
from bot.channels.mail.smtp_out import Submission
from bot.core.tickets import State
from bot.engine.desk import Desk
from bot.engine.intake import accept, accept_from_sent
from tests.engine.fakes import KEYS, NOW, SHOP, House, a_mail, receive, work
from tests.engine.test_road import code_in, code_mail, read

ANN = "ann@shop.example"
BOUNCES = "returned@shop.example"
#: Ann's domain was proved when her mail came in.
PROVED = {"dmarc": "shop.example"}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(folder=tmp_path)
    yield house
    await house.close()


def desk_of(house: House) -> Desk:
    """With a mailbox for bounces, and the shop's own domain known."""
    mail = MailChannel(
        addresses={"rings": SHOP},
        aliases=frozenset({BOUNCES}),
        host="shop.example",
        colleagues=frozenset({"shop.example"}),
        keys=KEYS,
        submission=Submission(host="127.0.0.1", envelope_sender=BOUNCES),
    )
    desk = house.desk()
    post = desk.channels["email"]
    post.key, post.parse, post.render = mail.key, mail.parse, mail.render  # type: ignore[attr-defined]
    return replace(desk, barred=mail.barred)


async def take(desk: Desk, raw: bytes, **envelope: str) -> None:
    await accept(desk, Arrival(channel="email", brand="rings", raw=raw, received_at=NOW, envelope=envelope))
    await work(desk)


async def reasons(desk: Desk) -> list[str]:
    return [item.reason for item in await desk.store.staff_items()]


def a_report(cited: str, *, action: str = "failed", status: str = "5.1.1", to: str = BOUNCES) -> bytes:
    """A delivery report in the standard's form."""
    return (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {to}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        "Message-ID: <report@mx.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI could not deliver it.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; ada@example.org\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {cited}\r\nSubject: x\r\n\r\n--b--\r\n"
    ).encode()


async def asked(house: House) -> Desk:
    """Ada has asked for deletion, and her code and our answer have left."""
    desk = desk_of(house)
    await receive(desk, a_mail("deletion please"))
    await work(desk)
    assert len(house.post) == 2
    return desk


async def test_each_mail_has_a_return_path_of_its_own(house: House) -> None:
    await asked(house)

    paths = [sent.sender for sent in house.post]
    assert len(set(paths)) == 2
    assert all(path.startswith("returned+") and len(path.partition("@")[0]) <= 64 for path in paths)


async def test_a_hard_bounce_is_linked_told_to_staff_and_mutes_the_mailbox(house: House) -> None:
    desk = await asked(house)
    before = len(house.post)

    await take(desk, a_report("<lost@elsewhere>", to=house.post[0].sender), mail_from="")
    await receive(desk, a_mail("unsubscribe me", number=2))
    await work(desk)

    assert "mail_came_back" in await reasons(desk)
    assert [row.address for row in await desk.store.mail.mutes()] == ["ada@example.org"]
    assert len(house.post) == before
    assert "unsubscribe" in {row.right for row in await desk.store.requests()}


async def test_a_report_that_cites_our_message_id_is_linked_too(house: House) -> None:
    desk = await asked(house)

    await take(desk, a_report(read(house.post[0].payload)["Message-ID"], to=SHOP), mail_from="")

    assert await desk.store.mail.is_muted("ada@example.org")


async def test_a_bounce_in_free_text_is_known_by_the_mailbox_that_it_came_to(house: House) -> None:
    desk = await asked(house)
    text = "Hi. I'm the mail program. I'm afraid I wasn't able to deliver it: 550 5.1.1 no mailbox here"

    await take(
        desk,
        a_mail(text, sender="Mail Office <office@mx.example>"),
        mail_from="",
        rcpt_to=house.post[0].sender,
    )

    assert await desk.store.mail.is_muted("ada@example.org")


async def test_a_muted_mailbox_is_written_to_again_when_a_clerk_says_so(house: House) -> None:
    desk = await asked(house)
    await take(desk, a_report("<x@y>", to=house.post[0].sender), mail_from="")
    before = len(house.post)

    await desk.store.mail.unmute("ada@example.org")
    await receive(desk, a_mail("unsubscribe me", number=2))
    await work(desk)

    assert len(house.post) == before + 1


async def test_a_mute_ends_by_itself_after_sixty_days(house: House) -> None:
    desk = await asked(house)
    await take(desk, a_report("<x@y>", to=house.post[0].sender), mail_from="")

    house.later(days=61)

    assert not await desk.store.mail.is_muted("ada@example.org")


async def test_a_delay_is_no_failure_but_the_third_within_a_week_mutes(house: House) -> None:
    desk = await asked(house)
    await receive(desk, a_mail("unsubscribe me", number=2))
    await work(desk)

    for number, sent in enumerate(house.post):
        assert not await desk.store.mail.is_muted("ada@example.org")
        report = a_report("<x@y>", action="delayed", status="4.4.1", to=sent.sender)
        await take(desk, report.replace(b"<report@", f"<report{number}@".encode()), mail_from="")

    assert await desk.store.mail.is_muted("ada@example.org")
    assert "mail_came_back" not in await reasons(desk)


FORGED_PATHS = [
    "returned@shop.example",
    "returned+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@shop.example",
    "returned+x@shop.example",
]


@pytest.mark.parametrize("path", FORGED_PATHS)
async def test_a_report_that_nothing_of_ours_signs_mutes_nobody(house: House, path: str) -> None:
    desk = await asked(house)

    await take(desk, a_report("<pd.aaaa.bbbb.cccc@shop.example>", to=path), mail_from="", rcpt_to=path)

    assert await desk.store.mail.mutes() == []
    assert "mail_came_back" not in await reasons(desk)


async def test_nothing_leaves_to_an_address_of_our_own_or_to_one_that_nobody_reads(house: House) -> None:
    desk = desk_of(house)

    assert desk.barred(SHOP.upper()).startswith("L08")
    assert desk.barred("returned+tag@shop.example").startswith("L08")
    assert desk.barred("mailer-daemon@example.org").startswith("L07")
    assert desk.barred("no-reply@example.org").startswith("L07")
    assert desk.barred("noreplyson@example.org") == ""


def an_answer_of_ann(**headers: str) -> bytes:
    named = {"To": "Ada <ada@example.org>", "Subject": "Re: Hello", **headers}
    return a_mail("Dear Ada, I see to it myself.", sender=f"Ann <{ANN}>", number=50, **named)


async def test_a_colleagues_answer_is_put_with_the_request_and_the_bot_falls_silent(house: House) -> None:
    desk = await asked(house)
    before = len(house.post)
    ours = read(house.post[0].payload)["Message-ID"]

    await take(desk, an_answer_of_ann(In_Reply_To=ours), **PROVED)
    (row,) = await desk.store.requests()
    detail = await desk.store.request(row.reference)
    await receive(desk, a_mail("access please", number=3, In_Reply_To=ours))
    await work(desk)

    assert detail is not None
    assert detail.messages[-1].rules == ("note_our_own_reply",)
    assert len(house.post) == before
    assert "a_person_answers_here" in await reasons(desk)


async def test_a_clerk_hands_the_talk_back_to_the_bot(house: House) -> None:
    desk = await asked(house)
    await take(desk, an_answer_of_ann(In_Reply_To="<1@customers.example>"), **PROVED)
    (row,) = await desk.store.requests()
    before = len(house.post)

    await desk.store.mail.hand_back(row.reference, by="ann")
    await receive(desk, a_mail("unsubscribe me", number=3, In_Reply_To=read(house.post[0].payload)["Message-ID"]))
    await work(desk)

    assert len(house.post) == before + 1
    assert await desk.store.broken_chains() == ()


async def test_the_answer_may_be_to_the_persons_own_mail(house: House) -> None:
    desk = await asked(house)

    await take(desk, an_answer_of_ann(In_Reply_To="<1@customers.example>"), **PROVED)

    (row,) = await desk.store.requests()
    assert await desk.store.mail.is_taken_over(row.conversation)


@pytest.mark.parametrize(("sender", "joins"), [("ada@example.org", True), ("mallory@example.net", False)])
async def test_what_the_person_writes_to_a_colleagues_answer_stays_in_that_talk(
    house: House, sender: str, joins: bool
) -> None:
    desk = await asked(house)
    await take(desk, an_answer_of_ann(In_Reply_To="<1@customers.example>"), **PROVED)
    before = len(house.post)
    (row,) = await desk.store.requests()

    await receive(desk, a_mail("access please", sender=sender, number=3, In_Reply_To="<50@customers.example>"))
    await work(desk)

    asked_there = [request.conversation for request in await desk.store.requests()]
    assert (asked_there.count(row.conversation) == len(asked_there)) is joins
    assert (len(house.post) == before) is joins


async def test_a_mail_in_the_sent_folder_counts_as_a_colleagues(house: House) -> None:
    desk = await asked(house)
    raw = an_answer_of_ann(In_Reply_To="<1@customers.example>").replace(ANN.encode(), SHOP.encode())

    arrival = Arrival(channel="email", brand="rings", raw=raw, received_at=NOW, envelope={"sent_folder": "yes"})
    assert await accept_from_sent(desk, arrival) is not None
    await work(desk)

    (row,) = await desk.store.requests()
    assert await desk.store.mail.is_taken_over(row.conversation)


async def test_what_else_lies_in_the_sent_folder_is_not_even_kept(house: House) -> None:
    desk = await asked(house)
    ours = house.post[0].payload
    others = a_mail("Your ring is ready.", sender=ANN, number=60, To="zoe@example.org", In_Reply_To="<9@zoe.example>")

    for raw in (ours, others):
        arrival = Arrival(channel="email", brand="rings", raw=raw, received_at=NOW, envelope={"sent_folder": "yes"})
        assert await accept_from_sent(desk, arrival) is None


async def test_a_code_in_a_mail_of_its_own_finds_the_talk_that_waits_for_it_among_several(house: House) -> None:
    desk = desk_of(house)
    await receive(desk, a_mail("deletion please"))
    await work(desk)
    first = code_mail(house)
    await receive(desk, a_mail("correction please", number=2))
    await work(desk)

    await receive(desk, a_mail(code_in(first), number=3))
    await work(desk)

    assert {row.right: row.state for row in await desk.store.requests()} == {
        "deletion": State.OPEN,
        "correction": State.AWAITING_VERIFICATION,
    }


async def test_a_code_from_another_mailbox_proves_nothing_and_is_shown_to_staff_once(house: House) -> None:
    desk = await asked(house)
    code = code_mail(house)
    before = len(house.post)

    for number in (5, 6):
        stray = a_mail(code_in(code), sender="ada@work.example", number=number, In_Reply_To=code["Message-ID"])
        await receive(desk, stray)
    await work(desk)

    (row,) = await desk.store.requests()
    assert row.state is State.AWAITING_VERIFICATION
    assert await reasons(desk) == ["code_from_another_mailbox"]
    assert len(house.post) == before


NO_COLLEAGUES: Mapping[str, tuple[bytes, Mapping[str, str]]] = {
    "a forged From": (an_answer_of_ann(In_Reply_To="<1@customers.example>"), {}),
    "proved for another domain": (an_answer_of_ann(In_Reply_To="<1@customers.example>"), {"dmarc": "evil.example"}),
    "their vacation note": (
        an_answer_of_ann(In_Reply_To="<1@customers.example>", Auto_Submitted="auto-replied"), PROVED
    ),
    "to somebody else": (an_answer_of_ann(In_Reply_To="<1@customers.example>", To="eve@example.net"), PROVED),
    "in no thread of ours": (an_answer_of_ann(In_Reply_To="<77@customers.example>"), PROVED),
    "a name like a colleague's": (
        an_answer_of_ann(In_Reply_To="<1@customers.example>", From=f"{ANN} <eve@x.example>"),
        {"dmarc": "x.example"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", list(NO_COLLEAGUES))
async def test_nobody_else_silences_the_bot(house: House, case: str) -> None:
    desk = await asked(house)
    raw, envelope = NO_COLLEAGUES[case]

    await take(desk, raw, **envelope)

    (row,) = await desk.store.requests()
    assert not await desk.store.mail.is_taken_over(row.conversation)


async def test_a_proof_still_counts_where_a_person_answers(house: House) -> None:
    desk = await asked(house)
    await take(desk, an_answer_of_ann(In_Reply_To="<1@customers.example>"), **PROVED)
    asked_for = code_mail(house)

    await receive(desk, a_mail(code_in(asked_for), number=4, In_Reply_To=asked_for["Message-ID"]))
    await work(desk)

    (row,) = await desk.store.requests()
    assert row.state is State.OPEN


FORWARDS = {
    "Gmail": (
        "please look\r\n\r\n---------- Forwarded message ---------\r\nFrom: Zoe Q <zoe@example.net>\r\n"
        "Date: Mon, 2 Mar 2026 at 08:00\r\nSubject: My data\r\nTo: <ann@shop.example>\r\n\r\n\r\ndeletion of it all\r\n"
    ),
    "Outlook": (
        "FYI\r\n\r\n________________________________\r\nFrom: Zoe Q <zoe@example.net>\r\n"
        "Sent: Monday, March 2, 2026 8:00 AM\r\nTo: Ann <ann@shop.example>\r\n"
        "Subject: My data\r\n\r\ndeletion please\r\n"
    ),
    "Apple Mail": (
        "\r\n\r\n> Begin forwarded message:\r\n> \r\n> From: Zoe Q <zoe@example.net>\r\n> Subject: My data\r\n"
        "> Date: 2 March 2026 at 08:00:00 GMT\r\n> To: ann@shop.example\r\n> \r\n> deletion please\r\n"
    ),
    "German Outlook": (
        "\r\n\r\nVon: Zoe Q <zoe@example.net>\r\nGesendet: Montag, 2. März 2026 08:00\r\nAn: Ann <ann@shop.example>\r\n"
        "Betreff: Meine Daten\r\n\r\ndeletion bitte\r\n"
    ),
}


@pytest.mark.parametrize("program", list(FORWARDS))
async def test_what_a_colleague_forwards_is_proposed_for_its_original_sender(house: House, program: str) -> None:
    desk = desk_of(house)
    subject = "WG: Meine Daten" if program == "German Outlook" else "Fwd: My data"

    await take(desk, a_mail(FORWARDS[program], sender=ANN, Subject=subject), **PROVED)

    (row,) = await desk.store.requests()
    assert (row.right, row.state, row.claimed_address, row.received_at) == (
        "deletion", State.AWAITING_VERIFICATION, "zoe@example.net", NOW,
    )  # fmt: skip
    assert await reasons(desk) == ["forwarded_by_a_colleague"]
    assert house.post == []


async def test_a_mail_that_hangs_on_is_a_forward_too(house: House) -> None:
    desk = desk_of(house)
    inner = a_mail("deletion please", sender="Zoe <zoe@example.net>", number=8).decode()
    text = f"--b\r\n\r\nsee below\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--b--"

    raw = a_mail(text, sender=ANN, MIME_Version="1.0", Content_Type='multipart/mixed; boundary="b"')
    await take(desk, raw, **PROVED)

    (row,) = await desk.store.requests()
    assert row.claimed_address == "zoe@example.net"


async def test_a_forward_of_a_stranger_or_of_ordinary_mail_proposes_nothing(house: House) -> None:
    desk = desk_of(house)
    forwarded = a_mail(FORWARDS["Gmail"], sender=ANN, Subject="Fwd: My data")
    ordinary = FORWARDS["Gmail"].replace("deletion of it all", "where is my ring?")

    await take(desk, forwarded)
    await take(desk, a_mail(ordinary, sender=ANN, Subject="Fwd: My ring", number=2), **PROVED)

    assert await desk.store.requests() == []
    assert house.post == []


async def test_an_opt_out_that_a_colleague_forwards_is_proposed_and_not_done(house: House) -> None:
    desk = desk_of(house)
    forwarded = FORWARDS["Gmail"].replace("deletion of it all", "unsubscribe")

    await take(desk, a_mail(forwarded, sender=ANN, Subject="Fwd: My data"), **PROVED)

    (row,) = await desk.store.requests()
    assert (row.right, row.state) == ("unsubscribe", State.AWAITING_VERIFICATION)
    assert not await desk.store.is_suppressed("rings", "marketing", "zoe@example.net")


async def test_two_desks_that_are_wired_to_each_other_fall_silent(tmp_path: Path) -> None:
    houses = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        houses.append(House(folder=tmp_path / name))
    desks = [house.desk() for house in houses]
    said = [0, 0]

    # A customer's mail at the first desk is forged in the name of the other desk's inbox.
    await receive(desks[0], a_mail("deletion please", sender="desk@other.example"))
    for _ in range(10):
        for here, there in ((0, 1), (1, 0)):
            await work(desks[here])
            fresh = houses[here].post[said[here] :]
            said[here] = len(houses[here].post)
            for sent in fresh:
                # Each desk believes that it is at its own address: what it gets is from the other one.
                await receive(desks[there], sent.payload.replace(SHOP.encode(), b"desk@other.example"))
    for house in houses:
        await house.close()

    assert said[0] <= 2
    assert said[1] == 0
