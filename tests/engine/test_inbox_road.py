"""The whole service on a real IMAP inbox: privacy mail is answered, ordinary mail stays exactly as it was."""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

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


def settings(dovecot: Dovecot, sink: MailSink, folder: Path) -> Settings:
    inbox = ImapSettings(
        brand=BRAND,
        host="127.0.0.1",
        port=dovecot.imap,
        user=dovecot.user,
        password_from="SHOP_IMAP_PASSWORD",
        security="none",
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
