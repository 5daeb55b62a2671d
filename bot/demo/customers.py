"""The customers of the demo: they read their mail, and some of them answer with the code.

They see what customers see, the mails in the sink, and nothing else.
"""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from bot.channels.mail.sink import MailSink
from bot.demo.house import ADDRESS

_CODE = re.compile(r"(?<!\d)(\d{6})(?!\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeMail:
    """A mail with a code, as its reader sees it."""

    address: str
    code: str
    message_id: str


def code_mails(sink: MailSink) -> list[CodeMail]:
    """Every code mail that anybody got, oldest first."""
    mails = [message_from_bytes(raw, policy=policy.default) for raw in sink.messages()]
    return [code for mail in mails if (code := _as_code_mail(mail))]


def reply_with(code: CodeMail, *, said: str) -> bytes:
    """The reply to a code mail, in its thread; the same reply is the same bytes."""
    reply = EmailMessage(policy=policy.SMTP.clone(max_line_length=998))
    reply["From"] = code.address
    reply["To"] = ADDRESS
    reply["Subject"] = "Re: your code"
    reply["Date"] = "Mon, 23 Nov 2026 10:00:00 +0000"
    reply["Message-ID"] = f"<{said}-{code.message_id.strip('<>').partition('@')[0]}@customers.example>"
    reply["In-Reply-To"] = code.message_id
    reply["References"] = code.message_id
    reply.set_content(f"Hello, here it is: {said}\n")
    return reply.as_bytes()


def wrong(code: str) -> str:
    """Six digits that are not `code`."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


def _as_code_mail(mail: EmailMessage) -> CodeMail | None:
    if mail["In-Reply-To"] or not mail["Message-ID"]:
        return None
    body = mail.get_body(("plain",))
    found = _CODE.search(body.get_content()) if body else None
    return found and CodeMail(address=str(mail["To"]), code=found.group(1), message_id=str(mail["Message-ID"]))
