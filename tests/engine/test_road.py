"""From a mail that comes in to the ticket and the mails that go out."""

import re
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot.core.playbook import Mode
from bot.core.tickets import State
from bot.engine.desk import Desk
from bot.engine.loop import EmbeddedLoop
from bot.errors import NotNow, Refused, Uncertain
from tests.engine.fakes import SENTENCE, House, a_mail, receive, work


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(folder=tmp_path)
    yield house
    await house.close()


def read(payload: bytes) -> EmailMessage:
    mail = message_from_bytes(payload, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def body(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def code_mail(house: House) -> EmailMessage:
    """The newest mail with a code."""
    newest_first = (read(sent.payload) for sent in reversed(house.post))
    return next(mail for mail in newest_first if "code" in mail["Subject"])


def code_in(mail: EmailMessage) -> str:
    found = re.search(r"\b\d{6}\b", body(mail))
    assert found is not None
    return found.group()


async def states(desk: Desk) -> dict[str, State]:
    return {row.right: row.state for row in await desk.store.requests()}


async def test_a_deletion_waits_for_the_code_that_went_to_its_sender(house: House) -> None:
    desk = house.desk()

    await receive(desk, a_mail("deletion please"))
    await work(desk)

    assert await states(desk) == {"deletion": State.AWAITING_VERIFICATION}
    assert [sent.recipient for sent in house.post] == ["ada@example.org", "ada@example.org"]
    assert code_mail(house)["In-Reply-To"] is None


async def test_the_code_sent_back_opens_the_request_with_a_due_date(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("deletion please"))
    await work(desk)
    asked = code_mail(house)

    await receive(desk, a_mail(code_in(asked), number=2, In_Reply_To=asked["Message-ID"]))
    await work(desk)

    (row,) = await desk.store.requests()
    assert (row.state, row.subject, row.due_on) == (State.OPEN, "ada@example.org", "2026-04-02")


async def test_a_wrong_code_opens_nothing(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("deletion please"))
    await work(desk)
    asked = code_mail(house)
    wrong = f"{(int(code_in(asked)) + 1) % 1_000_000:06d}"

    await receive(desk, a_mail(wrong, number=2, In_Reply_To=asked["Message-ID"]))
    await work(desk)

    assert await states(desk) == {"deletion": State.AWAITING_VERIFICATION}
    assert "not right" in body(read(house.post[-1].payload))


async def test_a_code_in_a_mail_of_its_own_finds_the_talk_that_waits_for_it(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("deletion please"))
    await work(desk)

    await receive(desk, a_mail(code_in(code_mail(house)), number=2))
    await work(desk)

    assert await states(desk) == {"deletion": State.OPEN}


async def test_a_stranger_cannot_use_a_code_in_a_thread_that_is_not_theirs(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("deletion please"))
    await work(desk)
    asked = code_mail(house)

    stolen = a_mail(code_in(asked), sender="mallory@example.net", number=2, In_Reply_To=asked["Message-ID"])
    await receive(desk, stolen)
    await work(desk)

    assert await states(desk) == {"deletion": State.AWAITING_VERIFICATION}
    assert {sent.recipient for sent in house.post} == {"ada@example.org"}


async def test_a_code_that_is_only_quoted_opens_nothing(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("deletion please"))
    await work(desk)
    asked = code_mail(house)
    quoted = "\r\n".join(f"> {line}" for line in body(asked).splitlines())

    await receive(desk, a_mail(f"What is this?\r\n\r\n{quoted}", number=2, In_Reply_To=asked["Message-ID"]))
    await work(desk)

    assert await states(desk) == {"deletion": State.AWAITING_VERIFICATION}


async def test_ordinary_mail_is_left_and_nothing_of_it_is_kept(house: House) -> None:
    desk = house.desk()

    await receive(desk, a_mail("Which ring size is the zanzibar band?", sender="zoe@example.org"))
    await work(desk)
    await work(desk)
    await desk.store.close()

    assert house.post == []
    kept = b"".join(file.read_bytes() for file in house.folder.glob("desk.sqlite3*"))
    assert b"zanzibar" not in kept
    assert b"zoe@example.org" not in kept


async def test_a_question_is_answered_with_the_policy_s_own_words_in_its_thread(house: House) -> None:
    desk = house.desk()

    await receive(desk, a_mail("policy_question how long do you keep orders"))
    await work(desk)

    (sent,) = map(read, (sent.payload for sent in house.post))
    assert SENTENCE in body(sent)
    assert "Keeping" in body(sent)
    assert sent["In-Reply-To"] == "<1@customers.example>"


async def test_nobody_can_have_their_subject_delivered_to_somebody_else(house: House) -> None:
    desk = house.desk()

    await receive(desk, a_mail("unsubscribe", Subject="You won: evil.example"))
    await work(desk)

    assert b"evil" not in house.post[0].payload


async def test_a_question_of_an_ambiguous_sender_goes_to_staff_and_is_not_answered(house: House) -> None:
    desk = house.desk()

    await receive(desk, a_mail("policy_question about orders", sender="ada@example.org, bob@example.org"))
    await work(desk)

    assert house.post == []
    assert [item.reason for item in await desk.store.staff_items()] == ["no_clear_sender"]


async def test_a_mail_that_says_another_thing_in_html_goes_to_staff(house: House) -> None:
    desk = house.desk()
    two_faced = (
        b"From: ada@example.org\r\nTo: hello@shop.example\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/alternative; boundary="x"\r\n\r\n'
        b"--x\r\nContent-Type: text/plain\r\n\r\nunsubscribe me from your letters please\r\n"
        b"--x\r\nContent-Type: text/html\r\n\r\n<p>deletion of everything that you had about my cousin</p>\r\n--x--\r\n"
    )

    await receive(desk, two_faced)
    await work(desk)

    assert house.post == []
    assert [item.reason for item in await desk.store.staff_items()] == ["text_and_html_differ"]


async def test_what_the_policy_does_not_say_is_said_so(house: House) -> None:
    desk = house.desk()

    await receive(desk, a_mail("policy_question about your parrot"))
    await work(desk)

    assert "does not say" in body(read(house.post[0].payload))


async def test_an_unsubscribe_is_done_at_once_without_a_code(house: House) -> None:
    desk = house.desk()

    await receive(desk, a_mail("unsubscribe"))
    await work(desk)

    assert await states(desk) == {"unsubscribe": State.OPEN}
    assert len(house.post) == 1
    assert await desk.store.is_suppressed("rings", "marketing", "ada@example.org")


async def test_the_same_mail_twice_is_one_message(house: House) -> None:
    desk = house.desk()

    first, second = await receive(desk, a_mail("deletion please"), a_mail("deletion please"))
    await work(desk)

    assert first == second
    assert len(await desk.store.requests()) == 1


async def test_another_mail_with_the_same_message_id_is_another_message(house: House) -> None:
    desk = house.desk()

    first, second = await receive(desk, a_mail("deletion please"), a_mail("access please"))

    assert first != second


async def test_shadow_mode_records_and_sends_nothing(house: House) -> None:
    house.mode = Mode.SHADOW
    desk = house.desk()

    await receive(desk, a_mail("deletion please"))
    await work(desk)

    assert await states(desk) == {"deletion": State.AWAITING_VERIFICATION}
    assert house.post == []


async def test_the_mode_of_an_intent_goes_before_the_brand_s(house: House) -> None:
    house.modes = {"deletion": Mode.APPROVE}
    desk = house.desk()

    await receive(desk, a_mail("deletion, unsubscribe"), a_mail("unsubscribe", sender="bob@example.org", number=2))
    await work(desk)

    assert [sent.recipient for sent in house.post] == ["bob@example.org"]


async def test_a_mode_that_became_careful_stops_what_was_queued_before(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("unsubscribe"))
    await EmbeddedLoop(desk).handle_all()

    house.mode = Mode.SHADOW
    await EmbeddedLoop(house.desk()).deliver_all()

    assert house.post == []


async def test_a_message_that_breaks_the_reader_is_tried_again_and_then_shunted_with_its_reason(house: House) -> None:
    house.reader.failures = 3
    desk = house.desk()
    await receive(desk, a_mail("deletion please"), a_mail("unsubscribe", sender="bob@example.org", number=2))

    for _ in range(4):
        await work(desk)
        house.later(minutes=30)

    (shunted,) = await desk.store.shunted()
    assert "RuntimeError" in shunted.reason
    assert "please" not in shunted.reason
    assert set(await states(desk)) == {"unsubscribe"}


async def test_a_shunted_message_is_handled_after_a_retry(house: House) -> None:
    house.reader.failures = 3
    desk = house.desk()
    await receive(desk, a_mail("deletion please"))
    for _ in range(4):
        await work(desk)
        house.later(minutes=30)

    await desk.store.retry("all")
    await work(desk)

    assert set(await states(desk)) == {"deletion"}
    assert list(await desk.store.shunted()) == []


@pytest.mark.parametrize(
    ("refusal", "state"),
    [
        (NotNow("busy"), "queued"),
        (Refused("no such mailbox"), "failed"),
        (Uncertain("the line broke"), "uncertain"),
    ],
)
async def test_what_the_server_said_decides_whether_it_is_sent_again(
    house: House, refusal: Exception, state: str
) -> None:
    house.refusal = refusal
    desk = house.desk()
    await receive(desk, a_mail("unsubscribe"))
    await work(desk)

    house.refusal = None
    before = (await desk.store.overview()).outgoing
    house.later(minutes=10)
    await work(desk)

    assert before == {state: 1}
    assert len(house.post) == (1 if state == "queued" else 0)


async def test_nobody_gets_more_than_three_mails_an_hour_however_many_come_in_their_name(house: House) -> None:
    desk = house.desk()

    await receive(desk, *(a_mail("deletion please", number=number) for number in range(20)))
    await work(desk)

    assert len(house.post) == 3
    assert len(await desk.store.requests()) == 20
    assert [item.reason for item in await desk.store.staff_items()].count("sending_stopped") == 1
