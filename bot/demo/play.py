"""Plays the demo: the recorded inbox goes in through the real SMTP door, then some customers answer with their code."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files

from aiosmtplib import SMTP

from bot.channels import Arrival
from bot.channels.mail.reading import read_mail
from bot.channels.mail.sink import MailSink
from bot.demo.customers import CodeMail, code_mails, reply_with, wrong
from bot.demo.house import ADDRESS, BRAND, settled
from bot.service import Service
from bot.store import Handled
from bot.wiring import utc_now

#: These customers of the sample inbox answer with their code; the last of them mistypes it first.
_ANSWERING = ("01-delete-account", "02-copy-of-my-data", "36-german-deletion", "08-correct-my-record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One recorded message."""

    name: str
    raw: bytes

    @property
    def sender(self) -> str:
        return read_mail(self.raw).writer.address

    @property
    def subject(self) -> str:
        return read_mail(self.raw).subject


def samples() -> list[Sample]:
    """The recorded inbox, in order."""
    found = [entry for entry in files("bot.demo").joinpath("inbox").iterdir() if entry.name.endswith(".eml")]
    return [
        Sample(name=entry.name.removesuffix(".eml"), raw=entry.read_bytes())
        for entry in sorted(found, key=lambda entry: entry.name)
    ]


async def feed(service: Service, mails: Sequence[Sample], sent: Callable[[], object]) -> None:
    """Hand each mail to the SMTP door, one connection for all, and call `sent` after each."""
    async with SMTP(hostname="127.0.0.1", port=service.smtp_port, start_tls=False) as client:
        for mail in mails:
            await client.sendmail(mail.sender, [ADDRESS], mail.raw)
            sent()


async def answer_with_codes(service: Service, sink: MailSink) -> int:
    """Some customers answer their code mail; returns how many replies they wrote."""
    senders = {sample.name: sample.sender for sample in samples()}
    replies: list[Sample] = []
    for name in _ANSWERING:
        mails = [mail for mail in code_mails(sink) if mail.address == senders[name]]
        replies += [reply for mail in mails[:1] for reply in _replies(mail, mistypes=name == _ANSWERING[-1])]
    await feed(service, replies, lambda: None)
    await settled(service)
    return len(replies)


async def what_became(service: Service, sample: Sample) -> Handled | None:
    """What became of a sample, None where it was not handled yet."""
    arrival = Arrival(channel="email", brand=BRAND, raw=sample.raw, received_at=utc_now())
    return await service.desk.store.handled(service.desk.channels["email"].key(arrival))


def _replies(mail: CodeMail, *, mistypes: bool) -> list[Sample]:
    said = [wrong(mail.code), mail.code] if mistypes else [mail.code]
    return [Sample(name=f"code of {mail.address}", raw=reply_with(mail, said=digits)) for digits in said]
