"""Mail in over SMTP and LMTP, mail out over submission, and the sink that keeps it."""

import asyncio
import shutil
import smtplib
import ssl
from collections.abc import Coroutine
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from mail_builders import SHOP, a_channel, a_mail, a_playbook, an_outgoing
from postfix import make_certificate

from bot.channels.mail.sink import MailSink
from bot.channels.mail.smtp_in import SmtpReceiver
from bot.channels.protocol import Arrival
from bot.errors import BadSetting, NotNow, Refused, StoreUnavailable, Uncertain

RECIPIENTS = {SHOP: "marigold", "privacy@other.example": "other"}


class Inbox:
    """Accepts arrivals, or fails as it is told."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.arrivals: list[Arrival] = []
        self.fault = fault

    async def accept(self, arrival: Arrival) -> None:
        if self.fault:
            raise self.fault
        self.arrivals.append(arrival)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(work, 20))


def submit(port: int, raw: bytes, *recipients: str) -> dict[str, tuple[int, bytes]]:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        return client.sendmail("ada@example.org", recipients, raw)


def refusal(port: int, raw: bytes, *recipients: str) -> int:
    """The code with which a submission is refused."""
    try:
        submit(port, raw, *recipients)
    except smtplib.SMTPRecipientsRefused as error:
        return next(iter(error.recipients.values()))[0]
    except smtplib.SMTPResponseException as error:
        return error.smtp_code
    return 250


async def received(inbox: Inbox, raw: bytes, *recipients: str, **options: Any) -> int:
    async with SmtpReceiver(inbox.accept, RECIPIENTS, **options) as receiver:
        return await asyncio.to_thread(refusal, receiver.port, raw, *recipients)


def test_a_mail_is_in_our_hands_before_the_sender_is_told_so() -> None:
    inbox = Inbox()

    assert run(received(inbox, a_mail(), SHOP)) == 250
    assert [(a.brand, a.envelope["mail_from"], a.envelope["rcpt_to"]) for a in inbox.arrivals] == [
        ("marigold", "ada@example.org", SHOP)
    ]
    assert inbox.arrivals[0].raw == a_mail()


def test_a_tag_or_another_case_is_the_same_address() -> None:
    inbox = Inbox()

    assert run(received(inbox, a_mail(), "Hello+news@Marigold.Example")) == 250
    assert inbox.arrivals[0].brand == "marigold"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (StoreUnavailable("locked"), 451),
        (NotNow("later"), 451),
        (RuntimeError("a bug of ours"), 451),
    ],
)
def test_what_cannot_be_stored_stays_with_the_sending_server(fault: Exception, code: int) -> None:
    assert run(received(Inbox(fault), a_mail(), SHOP)) == code


def test_an_unknown_recipient_is_refused() -> None:
    assert run(received(Inbox(), a_mail(), "nobody@marigold.example")) == 550


def test_a_mail_over_the_size_is_refused() -> None:
    inbox = Inbox()

    assert run(received(inbox, a_mail(body="x" * 70 + "\n" + "y" * 5000), SHOP, largest=4000)) == 552
    assert not inbox.arrivals


def test_a_line_longer_than_the_standard_allows_is_taken() -> None:
    inbox = Inbox()

    assert run(received(inbox, a_mail(body="x" * 50_000), SHOP)) == 250
    assert len(inbox.arrivals[0].raw) > 50_000


def test_several_recipients_of_one_brand_are_one_arrival_and_each_brand_gets_its_own() -> None:
    inbox = Inbox()

    run(received(inbox, a_mail(), SHOP, "hello+2@marigold.example", "privacy@other.example"))

    assert [arrival.brand for arrival in inbox.arrivals] == ["marigold", "other"]


@pytest.mark.parametrize(("fault", "code"), [(None, b"250"), (StoreUnavailable("locked"), b"451")])
def test_lmtp_answers_once_for_each_recipient(fault: Exception | None, code: bytes) -> None:
    async def talk() -> list[bytes]:
        async with SmtpReceiver(Inbox(fault).accept, RECIPIENTS, lmtp=True) as receiver:
            reader, writer = await asyncio.open_connection("127.0.0.1", receiver.port)
            commands = [
                b"LHLO me\r\n",
                b"MAIL FROM:<ada@example.org>\r\n",
                b"RCPT TO:<hello@marigold.example>\r\n",
                b"RCPT TO:<privacy@other.example>\r\n",
                b"DATA\r\n",
            ]
            await reader.readline()
            for command in commands:
                writer.write(command)
                while (await reader.readline())[3:4] == b"-":
                    pass
            writer.write(a_mail() + b"\r\n.\r\nQUIT\r\n")
            replies = [line async for line in reader]
            writer.close()
            return replies

    replies = run(talk())

    assert [line[:3] for line in replies] == [code, code, b"221"]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_a_server_that_wants_it_can_speak_to_us_over_tls(tmp_path: Path) -> None:
    make_certificate(tmp_path)
    trust = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trust.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    inbox = Inbox()

    def send(port: int) -> None:
        with smtplib.SMTP("localhost", port, timeout=10) as client:
            client.starttls(context=ssl.create_default_context(cafile=str(tmp_path / "cert.pem")))
            client.sendmail("ada@example.org", [SHOP], a_mail())

    async def road() -> None:
        async with SmtpReceiver(inbox.accept, RECIPIENTS, tls=trust) as receiver:
            await asyncio.to_thread(send, receiver.port)

    run(road())

    assert len(inbox.arrivals) == 1


def test_a_taken_port_is_one_clear_sentence() -> None:
    async def twice() -> None:
        async with SmtpReceiver(Inbox().accept, RECIPIENTS) as first:
            await SmtpReceiver(Inbox().accept, RECIPIENTS, port=first.port).start()

    with pytest.raises(BadSetting, match="Cannot listen for mail"):
        run(twice())


def test_one_mail_sent_is_one_file_in_the_sink_and_stays_there(tmp_path: Path) -> None:
    async def send() -> None:
        async with MailSink(tmp_path) as sink:
            channel = a_channel(port=sink.port)
            await channel.send(channel.render(an_outgoing(), a_playbook()))

    run(send())
    run(send())

    kept = [message_from_bytes(raw, policy=default) for raw in MailSink(tmp_path).messages()]
    assert [mail["Delivered-To"] for mail in kept] == ["ada@example.org"] * 2
    assert kept[0]["Return-Path"] == "<>"


class Script:
    """A mail server that says what it is told to say at each verb; "hang up" closes the connection."""

    def __init__(self, **said: str) -> None:
        self.said = {
            "connect": "220 hi", "ehlo": "250 me", "mail": "250 ok", "rcpt": "250 ok", "data": "354 go",
            "dot": "250 ok", "quit": "221 bye", **said,
        }  # fmt: skip
        self.port = 0

    async def __aenter__(self) -> "Script":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        alive = await self._say(writer, "connect")
        in_data = False
        while alive and (line := await reader.readline()):
            verb = line[:4].decode("latin-1").strip().lower()
            if in_data:
                if line == b".\r\n":
                    in_data, alive = False, await self._say(writer, "dot")
                continue
            alive = await self._say(writer, verb)
            in_data = verb == "data" and self.said["data"].startswith("354")
        writer.close()

    async def _say(self, writer: asyncio.StreamWriter, verb: str) -> bool:
        said = self.said.get(verb, "250 ok")
        if said == "hang up":
            return False
        writer.write(said.encode() + b"\r\n")
        await writer.drain()
        return True


@pytest.mark.parametrize(
    ("verb", "said", "outcome"),
    [
        ("connect", "421 busy", NotNow),
        ("connect", "554 no", NotNow),
        ("connect", "hang up", NotNow),
        ("ehlo", "hang up", NotNow),
        ("mail", "451 later", NotNow),
        ("mail", "530 log in first", NotNow),
        ("mail", "550 not you", Refused),
        ("mail", "hang up", NotNow),
        ("rcpt", "450 greylisted", NotNow),
        ("rcpt", "550 nobody", Refused),
        ("rcpt", "hang up", NotNow),
        ("data", "451 later", NotNow),
        ("data", "554 no", Refused),
        ("dot", "451 later", NotNow),
        ("dot", "552 full", Refused),
        ("dot", "hang up", Uncertain),
    ],
)
def test_what_the_server_says_settles_what_became_of_the_mail(verb: str, said: str, outcome: type[Exception]) -> None:
    async def send() -> None:
        async with Script(**{verb: said}) as server:
            channel = a_channel(port=server.port)
            await channel.send(channel.render(an_outgoing(), a_playbook()))

    with pytest.raises(outcome):
        run(send())


def test_a_mail_that_was_taken_stays_sent_even_if_the_farewell_fails() -> None:
    async def send() -> str:
        async with Script(quit="hang up") as server:
            channel = a_channel(port=server.port)
            return (await channel.send(channel.render(an_outgoing(), a_playbook()))).said

    assert run(send()).startswith("250")


def test_no_server_at_all_is_not_now() -> None:
    channel = a_channel(port=1)

    with pytest.raises(NotNow):
        run(channel.send(channel.render(an_outgoing(), a_playbook())))
