"""Receive mail over SMTP or LMTP.

The message is in `accept`'s hands before anybody is told "250"; whatever fails there becomes a 4xx, so that the sending
server keeps the mail and comes back. The mail server sends us a copy, never the only one (law 3).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from ssl import SSLContext
from types import TracebackType
from typing import Any, Self

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from bot.channels.mail.addresses import without_tag
from bot.channels.mail.structure import LARGEST_MAIL, LONGEST_LINE
from bot.channels.protocol import Arrival
from bot.errors import BadSetting, OurFault, TheirFault
from bot.logs import where_raised

_log = structlog.get_logger()

Accept = Callable[[Arrival], Awaitable[object]]

_LATER = "451 4.3.0 The message cannot be stored now; please try again later"
_TAKEN = "250 2.0.0 Stored"
_UNKNOWN = "550 5.1.1 Nobody here has this address"
_MOST_RECIPIENTS = 100
_IDLE_SECONDS = 300


class _LongLines(SMTP):
    """Takes the longer lines that real programs send."""

    line_length_limit = LONGEST_LINE


class _LongLinesLmtp(LMTP):
    line_length_limit = LONGEST_LINE


class SmtpReceiver:
    """One listening socket in the running loop; `async with`, or `start` and `stop`."""

    def __init__(
        self,
        accept: Accept,
        recipients: Mapping[str, str],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        lmtp: bool = False,
        channel: str = "email",
        hostname: str = "localhost",
        largest: int = LARGEST_MAIL,
        tls: SSLContext | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`recipients` maps our addresses to brands; a +tag or another case is the same address."""
        self._handler = _Handler(accept, recipients, channel=channel, lmtp=lmtp, now=now)
        self._options: dict[str, Any] = {
            "data_size_limit": largest,
            "hostname": hostname,
            "enable_SMTPUTF8": True,
            "tls_context": tls,
        }
        self._lmtp = lmtp
        self._host, self._port = host, port
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port that it listens on."""
        if self._server is None:
            return self._port
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen; raises `BadSetting` where the address cannot be had."""
        # The library logs envelopes, and an envelope is a person's address.
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        kind = _LongLinesLmtp if self._lmtp else _LongLines
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: kind(self._handler, loop=loop, timeout=_IDLE_SECONDS, ident="Privacy Desk", **self._options),
                self._host,
                self._port,
            )
        except OSError as error:
            reason = error.strerror or str(error)
            raise BadSetting(
                f"Cannot listen for mail on {self._host}:{self._port} ({reason}); choose another port in the settings."
            ) from error

    async def stop(self) -> None:
        """Listen no more; messages that are being stored are answered first."""
        if self._server is not None:
            self._server.close()
            await self._handler.settled()
            self._server = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


class _Handler:
    """What aiosmtpd asks at each step; the names of the methods are its own."""

    def __init__(
        self,
        accept: Accept,
        recipients: Mapping[str, str],
        *,
        channel: str,
        lmtp: bool,
        now: Callable[[], datetime],
    ) -> None:
        self._accept = accept
        self._brands = {without_tag(address): brand for address, brand in recipients.items()}
        self._channel, self._lmtp, self._now = channel, lmtp, now
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def settled(self) -> None:
        """Until no message is being stored."""
        await self._idle.wait()

    async def handle_RCPT(  # noqa: N802
        self,
        server: Any,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Only our own addresses."""
        if without_tag(address) not in self._brands:
            return _UNKNOWN
        if len(envelope.rcpt_tos) >= _MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Store one arrival for each brand; one reply, or in LMTP one for each recipient (RFC 2033)."""
        self._busy += 1
        self._idle.clear()
        try:
            reply = await self._store(envelope)
        finally:
            self._busy -= 1
            if not self._busy:
                self._idle.set()
        return "\r\n".join([reply] * len(envelope.rcpt_tos)) if self._lmtp else reply

    async def _store(self, envelope: Envelope) -> str:
        for arrival in self._arrivals(envelope):
            try:
                await self._accept(arrival)
            except OurFault:
                return _LATER
            except TheirFault:
                return "554 5.6.0 The message cannot be taken"
            except Exception as fault:
                _log.error("accepting a mail failed", fault=type(fault).__name__, at=where_raised(fault))
                return _LATER
        return _TAKEN

    def _arrivals(self, envelope: Envelope) -> list[Arrival]:
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        received_at = self._now()
        first: dict[str, str] = {}
        for address in envelope.rcpt_tos:
            first.setdefault(self._brands[without_tag(address)], address)
        return [
            Arrival(
                channel=self._channel,
                brand=brand,
                raw=raw,
                received_at=received_at,
                envelope={"mail_from": (envelope.mail_from or "").strip("<>"), "rcpt_to": address},
            )
            for brand, address in first.items()
        ]

    async def handle_exception(self, error: Exception) -> str:
        """Whatever nobody foresaw: the sending server keeps the mail."""
        return _LATER
