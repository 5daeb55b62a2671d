"""Behind and in front of a real Postfix: nothing lost, nothing twice, and nobody relays without logging in."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from dovecot import PASSWORD, Dovecot
from mail_builders import SHOP, a_channel, a_mail, a_playbook, an_outgoing
from postfix import running_postfix, usable
from test_mail_transport import RECIPIENTS, Inbox, submit

from bot.channels.mail.sink import MailSink
from bot.channels.mail.smtp_in import SmtpReceiver
from bot.channels.mail.smtp_out import Submission
from bot.channels.mail.smtp_out import submit as hand_over
from bot.channels.protocol import Arrival
from bot.errors import NotNow, StoreUnavailable

pytestmark = [
    pytest.mark.real_server,
    pytest.mark.skipif(not usable(), reason="Postfix is not installed, or we are not root: apt-get install postfix"),
]


class Recovering(Inbox):
    """The database is away at first."""

    def __init__(self, failures: int) -> None:
        super().__init__()
        self.failures = failures

    async def accept(self, arrival: Arrival) -> None:
        if self.failures:
            self.failures -= 1
            raise StoreUnavailable("away")
        await super().accept(arrival)


@pytest.mark.parametrize("lmtp", [True, False])
def test_a_mail_to_several_of_our_addresses_arrives_once_for_each_brand_and_leaves_the_queue(lmtp: bool) -> None:
    inbox = Inbox()

    async def road() -> bool:
        async with SmtpReceiver(inbox.accept, RECIPIENTS, lmtp=lmtp) as receiver:
            return await asyncio.to_thread(deliver, receiver.port)

    def deliver(port: int) -> bool:
        with running_postfix(transport=f"{'lmtp:inet' if lmtp else 'smtp'}:[127.0.0.1]:{port}") as postfix:
            submit(postfix.port, a_mail(), SHOP, "privacy@other.example")
            return postfix.drained()

    assert asyncio.run(road())
    assert sorted(arrival.brand for arrival in inbox.arrivals) == ["marigold", "other"]
    assert {arrival.envelope["mail_from"] for arrival in inbox.arrivals} == {"ada@example.org"}


def test_while_the_database_is_away_postfix_keeps_the_mail_and_comes_back() -> None:
    inbox = Recovering(failures=2)

    async def road() -> bool:
        async with SmtpReceiver(inbox.accept, RECIPIENTS) as receiver:
            return await asyncio.to_thread(deliver, receiver.port)

    def deliver(port: int) -> bool:
        with running_postfix(transport=f"smtp:[127.0.0.1]:{port}") as postfix:
            submit(postfix.port, a_mail(), SHOP)
            return postfix.drained(30)

    assert asyncio.run(road())
    assert len(inbox.arrivals) == 1


def a_submission(port: int, certificate: Path, user: str, password: str) -> Submission:
    return Submission(
        host="localhost", port=port, username=user, password=password, ca_file=str(certificate), timeout=10
    )  # fmt: skip


def test_our_mail_is_submitted_with_starttls_and_a_password(dovecot: Dovecot, tmp_path: Path) -> None:
    rendered = a_channel().render(an_outgoing(), a_playbook())

    async def road() -> int:
        async with MailSink(tmp_path) as sink:
            return await asyncio.to_thread(relay, sink)

    def relay(sink: MailSink) -> int:
        with running_postfix(relay=f"[127.0.0.1]:{sink.port}", auth=dovecot.auth, trusting=False) as postfix:
            good = a_submission(postfix.port, postfix.certificate, dovecot.user, PASSWORD)
            asyncio.run(hand_over(good, rendered.recipient, rendered.payload))
            wrong = a_submission(postfix.port, postfix.certificate, dovecot.user, "wrong")
            with pytest.raises(NotNow):
                asyncio.run(hand_over(wrong, rendered.recipient, rendered.payload))
            postfix.drained()
        return len(sink.paths())

    assert asyncio.run(road()) == 1


def test_a_certificate_that_nobody_vouches_for_gets_no_mail(dovecot: Dovecot) -> None:
    with running_postfix(auth=dovecot.auth) as postfix:
        submission = Submission(
            host="localhost", port=postfix.port, username=dovecot.user, password=PASSWORD, timeout=10
        )

        with pytest.raises(NotNow, match="certificate"):
            asyncio.run(hand_over(submission, "ada@example.org", a_mail()))


class Strict:
    """A server that knows none of its recipients."""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        return "550 5.1.1 no such person here"


@pytest.mark.parametrize("named", ["18ea53084252c940f99acdd0b703d9e5", "18ea530876e7dac070671023f07e92be"])
def test_what_comes_back_through_postfix_names_the_mail_of_ours_by_its_return_path(named: str) -> None:
    """VERP: the recipient's server refuses, Postfix reports to our tagged sender, and the report is of that mail."""
    inbox = Inbox()
    channel = a_channel(envelope_sender="returned@marigold.example")
    rendered = channel.render(replace(an_outgoing(), id=named), a_playbook())

    async def road() -> bool:
        loop = asyncio.get_running_loop()
        strict = await loop.create_server(lambda: SMTP(Strict(), loop=loop), "127.0.0.1", 0)
        async with SmtpReceiver(inbox.accept, {"returned@marigold.example": "marigold"}) as receiver, strict:
            return await asyncio.to_thread(relay, receiver.port, strict.sockets[0].getsockname()[1])

    def relay(ours: int, theirs: int) -> bool:
        with running_postfix(transport=f"smtp:[127.0.0.1]:{ours}", relay=f"[127.0.0.1]:{theirs}") as postfix:
            submission = Submission(host="127.0.0.1", port=postfix.port, security="none", timeout=10)
            asyncio.run(hand_over(submission, rendered.recipient, rendered.payload, sender=rendered.sender))
            return postfix.drained(30)

    assert asyncio.run(road())
    (report,) = inbox.arrivals
    message = channel.parse(report)
    assert message.silence is not None
    assert message.silence.robot
    assert message.bounce is not None
    assert (message.bounce.outbox_id, message.bounce.permanent) == (named, True)
