"""The whole service on a real IMAP inbox: privacy mail is answered, ordinary mail stays exactly as it was."""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.channels.mail.sink import MailSink
from bot.core.tickets import State
from bot.demo.customers import code_mails, reply_with
from bot.demo.house import ADDRESS, BRAND, settled
from bot.service import Service, serving
from bot.settings import BrandSettings, ImapSettings, Settings, SubmissionSettings, WebSettings
from tests.channels.mail.dovecot import PASSWORD, Dovecot, installed, running_dovecot
from tests.engine.fakes import a_mail

pytestmark = [
    pytest.mark.real_server,
    pytest.mark.skipif(not installed(), reason="Dovecot is not installed: apt-get install dovecot-imapd dovecot-lmtpd"),
]


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    with running_dovecot() as server:
        yield server.other("shop@marigold.example")


def settings(dovecot: Dovecot, sink: MailSink, folder: Path, **chosen: Any) -> Settings:
    inbox = ImapSettings(
        brand=BRAND,
        host="127.0.0.1",
        port=dovecot.imap,
        user=dovecot.user,
        password_from="SHOP_IMAP_PASSWORD",
        security="none",
        **chosen,
    )
    return Settings(
        data_dir=folder,
        host="marigoldandfinch.example",
        brands=(BrandSettings(name=BRAND, addresses=(ADDRESS,), mode="automatic"),),
        smtp_out=SubmissionSettings(port=sink.port),
        imap=(inbox,),
        web=WebSettings(port=0),
    )


async def until(condition: Callable[[], bool], service: Service) -> None:
    """Wait for something that a customer or a clerk could see; at most twenty seconds."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, await service.desk.store.overview()
        await asyncio.sleep(0.1)
    await settled(service)


async def test_a_deletion_is_proved_by_its_code_and_a_ring_size_stays_untouched(
    dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_IMAP_PASSWORD", PASSWORD)
    dovecot.deliver(a_mail("Hi, which ring size would fit a 17 mm finger? Best, Zoe", sender="zoe@example.org"))
    dovecot.deliver(a_mail("Please delete my account and all data you have about me. Ada", number=2))
    before = dovecot.snapshot()

    async with MailSink(tmp_path / "sent") as sink, serving(settings(dovecot, sink, tmp_path / "desk")) as service:
        await until(lambda: bool(code_mails(sink)), service)
        (asked,) = code_mails(sink)
        dovecot.deliver(reply_with(asked, said=asked.code), sender=asked.address)
        await until(lambda: len(list(sink.messages())) == 3, service)
        requests = await service.desk.store.requests()
        recipients = {mail.address for mail in code_mails(sink)}

    after = dovecot.snapshot()
    assert ("deletion", State.OPEN, "ada@example.org") in [(row.right, row.state, row.subject) for row in requests]
    assert recipients == {"ada@example.org"}
    ring_size, deletion, _ = sorted(after)
    assert after[ring_size] == before[ring_size]
    assert after[deletion][1] - before[deletion][1] == {b"$PrivacyDesk"}


def folder_of(dovecot: Dovecot, folder: str) -> list[bytes]:
    with dovecot.session() as person:
        person.select_folder(folder, readonly=True)
        found = person.fetch(person.search(["ALL"]), ["BODY.PEEK[]"])
        return [found[uid][b"BODY[]"] for uid in sorted(found)]


async def test_handled_mail_is_moved_and_answers_are_kept_if_the_operator_likes(
    dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_IMAP_PASSWORD", PASSWORD)
    with dovecot.session() as person:
        person.create_folder("Privacy")
    dovecot.deliver(a_mail("Hi, which ring size would fit a 17 mm finger? Best, Zoe", sender="zoe@example.org"))
    dovecot.deliver(a_mail("Please delete my account and all data you have about me. Ada", number=2))

    async with MailSink(tmp_path / "sent") as sink:
        chosen = settings(dovecot, sink, tmp_path / "desk", handled="move", append_sent=True)
        async with serving(chosen) as service:
            await until(lambda: len(list(sink.messages())) == 2 and len(folder_of(dovecot, "Privacy")) == 1, service)

    kept = folder_of(dovecot, "Sent")
    assert b"delete my account" in folder_of(dovecot, "Privacy")[0]
    assert [b"ring size" in raw for raw in folder_of(dovecot, "INBOX")] == [True]
    assert len(kept) == 1
    assert b"Subject: Your code" not in kept[0]


async def test_staff_answer_from_their_own_program_and_the_bot_falls_silent(
    dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_IMAP_PASSWORD", PASSWORD)
    dovecot.deliver(a_mail("Please delete my account and all data you have about me. Ada", number=2))
    answer = a_mail("Dear Ada, I do it myself.", sender=ADDRESS, number=9, To="ada@example.org",
                    In_Reply_To="<2@customers.example>")  # fmt: skip

    async with MailSink(tmp_path / "sent") as sink, serving(settings(dovecot, sink, tmp_path / "desk")) as service:
        await until(lambda: len(list(sink.messages())) == 2, service)
        (row,) = await service.desk.store.requests()
        with dovecot.session() as person:
            person.append("Sent", answer, [b"\\Seen"])
        for _ in range(200):
            if await service.desk.store.mail.is_taken_over(row.conversation):
                break
            await asyncio.sleep(0.1)
        thread = code_mails(sink)[0]
        dovecot.deliver(
            reply_with(thread, said="Please send me a copy of all data you have about me"), sender="ada@example.org"
        )
        reasons: list[str] = []
        for _ in range(200):
            reasons = [item.reason for item in await service.desk.store.staff_items()]
            if "a_person_answers_here" in reasons:
                break
            await asyncio.sleep(0.1)
        await settled(service)
        sent = len(list(sink.messages()))

    assert "a_person_answers_here" in reasons
    assert sent == 2
