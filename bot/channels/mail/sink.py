"""A mail server on loopback that keeps what it is sent in a Maildir: where the demo's and the tests' mails end up.

A message is on the disk before the sender is told so; what an earlier run kept is still there.
"""

import asyncio
import os
import socket
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from bot.channels.mail.structure import LARGEST_MAIL
from bot.errors import BadSetting


class MailSink:
    """One listening socket; every message for anybody becomes a file in `maildir`/new."""

    def __init__(self, maildir: Path, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.maildir = maildir
        self._host, self._port = host, port
        self._numbers = count(1)
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port that it listens on."""
        if self._server is None:
            return self._port
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen; raises `BadSetting` where the folder or the port cannot be had."""
        loop = asyncio.get_running_loop()
        try:
            for name in ("tmp", "new", "cur"):
                (self.maildir / name).mkdir(parents=True, exist_ok=True)
            self._server = await loop.create_server(
                lambda: SMTP(self, loop=loop, hostname="localhost", data_size_limit=LARGEST_MAIL),
                self._host,
                self._port,
            )
        except OSError as error:
            raise BadSetting(
                f"The mail sink cannot use {self._host}:{self._port} or {self.maildir}: {error}"
            ) from error

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        sender, recipients = (envelope.mail_from or "").strip("<>"), ", ".join(envelope.rcpt_tos)
        stamp = f"Return-Path: <{sender}>\r\nDelivered-To: {recipients}\r\n"
        await asyncio.to_thread(self._keep, stamp.encode("utf-8", "replace") + content)
        return "250 2.0.0 Kept"

    def messages(self) -> Iterator[bytes]:
        """Every message kept, oldest first."""
        return (path.read_bytes() for path in self.paths())

    def paths(self) -> list[Path]:
        """The files of the messages kept, oldest first."""
        return sorted(path for name in ("new", "cur") for path in (self.maildir / name).glob("[0-9]*"))

    def _keep(self, message: bytes) -> None:
        name = f"{time.time_ns():020d}.{os.getpid()}_{next(self._numbers):06d}.{socket.gethostname()}"
        draft = self.maildir / "tmp" / name
        with draft.open("xb") as file:
            file.write(message)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self.maildir / "new" / name)
