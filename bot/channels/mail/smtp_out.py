"""Hand a mail to the submission server, and say truly what became of it.

A reply of 4xx, or no connection, is `NotNow`: provably not delivered. 5xx to the sender, the recipient or the content
is `Refused`. Whatever breaks once the content was on its way is `Uncertain`, and nobody sends it again by themselves.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPException, SMTPResponseException

from bot.errors import BadSetting, NotNow, Refused, Uncertain

#: Replies that speak of our account and not of the mail: mending the settings helps, so the mail waits.
_ABOUT_OUR_ACCOUNT = frozenset({530, 534, 535, 538})


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """The server that takes our mail, and how it wants to be spoken to."""

    host: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    #: Gives a fresh OAuth 2.0 access token; then XOAUTH2 is used and no password.
    token: Callable[[], str] | None = field(default=None, repr=False)
    #: Envelope sender, a mailbox of ours that never answers; "" is the null sender.
    envelope_sender: str = ""
    #: A file of certificates to trust beside the system's, "" for the system's alone.
    ca_file: str = ""
    #: Seconds for each step.
    timeout: float = 60.0


async def submit(submission: Submission, recipient: str, message: bytes, *, sender: str = "") -> str:
    """The server's reply to the accepted message; raises `NotNow`, `Refused` or `Uncertain`.

    `sender` is the envelope sender of this one mail, "" for the usual one.
    """
    async with _session(submission) as client:
        await _envelope(client, sender or submission.envelope_sender, recipient)
        try:
            response = await client.data(message)
        except SMTPResponseException as error:
            raise _verdict(error) from error
        except (SMTPException, OSError, TimeoutError) as error:
            raise Uncertain(f"The connection broke while the mail was handed over: {_clause(error)}.") from error
        return f"{response.code} {response.message}"[:500]


async def try_out(submission: Submission, address: str) -> None:
    """Log in and name a mail from and to `address`, but send none; raises `NotNow`, `Refused` or `Uncertain`."""
    async with _session(submission) as client:
        await _envelope(client, submission.envelope_sender or address, address)
        with suppress(SMTPException, OSError, TimeoutError):
            await client.rset()


@asynccontextmanager
async def _session(submission: Submission) -> AsyncIterator[SMTP]:
    """A greeted, secured and authenticated session; everything that fails in here is `NotNow`."""
    client = SMTP(
        hostname=submission.host,
        port=submission.port,
        use_tls=submission.security == "tls",
        start_tls=submission.security == "starttls",
        tls_context=_trust(submission),
        username=submission.username or None,
        password=None if submission.token else submission.password or None,
        oauth_token_generator=await _token(submission),
        timeout=submission.timeout,
    )
    where = f"{submission.host}:{submission.port}"
    try:
        await client.connect()
    except (SMTPException, OSError, TimeoutError, ValueError) as error:
        client.close()
        raise NotNow(f"The mail server {where} cannot be used now: {_clause(error)}.") from error
    try:
        yield client
    finally:
        with suppress(SMTPException, OSError, TimeoutError):
            await client.quit(timeout=5)
        client.close()


async def _token(submission: Submission) -> Callable[[], Awaitable[str]] | None:
    """Gives the token as the library wants it, got beforehand; raises `NotNow` where there is none."""
    if submission.token is None:
        return None
    try:
        token = await asyncio.to_thread(submission.token)
    except BadSetting as error:
        raise NotNow(str(error)) from error

    async def given() -> str:
        return token

    return given


def _trust(submission: Submission) -> ssl.SSLContext | None:
    if submission.security == "none":
        return None
    try:
        return ssl.create_default_context(cafile=submission.ca_file or None)
    except OSError as error:
        raise NotNow(f"The certificate file {submission.ca_file} cannot be read; mend the setting.") from error


async def _envelope(client: SMTP, sender: str, recipient: str) -> None:
    try:
        await client.mail(sender)
        await client.rcpt(recipient)
    except SMTPResponseException as error:
        raise _verdict(error) from error
    except (SMTPException, OSError, TimeoutError) as error:
        raise NotNow(f"The connection broke before the mail was handed over: {_clause(error)}.") from error


def _verdict(error: SMTPResponseException) -> NotNow | Refused | Uncertain:
    said = f"{error.code} {error.message}"[:300].replace("\n", " ")
    if 400 <= error.code < 500 or error.code in _ABOUT_OUR_ACCOUNT:
        return NotNow(f"The mail server said: {said}")
    if 500 <= error.code < 600:
        return Refused(f"The mail server refused the mail: {said}")
    return Uncertain(f"The mail server gave an answer that means nothing: {said}")


def _clause(error: BaseException) -> str:
    return str(error).rstrip(".")[:200] or type(error).__name__
