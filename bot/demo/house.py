"""The fictional shop's house: where the demo keeps its things, and how it is set up.

Nothing here needs an account, a token or another machine: mail goes out to a sink on loopback.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.channels.mail.sink import MailSink
from bot.service import Service
from bot.settings import BrandSettings, GivenSettings, ReceiverSettings, Settings, SubmissionSettings, WebSettings

BRAND = "marigold"
ADDRESS = "hello@marigoldandfinch.example"
FOLDER = Path("desk/demo")
#: The ports that the README names; a free one is taken where another program has them.
_SMTP_PORT, _WEB_PORT = 8025, 8080


@asynccontextmanager
async def sink_running(folder: Path = FOLDER) -> AsyncIterator[MailSink]:
    """The mailboxes of everybody in the world, as far as the demo is concerned."""
    async with MailSink(folder / "sent") as sink:
        yield sink


def demo_settings(sink: MailSink, *, folder: Path = FOLDER, doors: bool = True) -> Settings:
    """Embedded defaults in automatic mode; without `doors` only the loop runs (for `talk`).

    A shop's own settings that lie in the same folder are not looked at: the demo never touches its database.
    """
    return GivenSettings(
        data_dir=folder,
        host="marigoldandfinch.example",
        brands=(BrandSettings(name=BRAND, addresses=(ADDRESS,), mode="automatic"),),
        smtp_in=ReceiverSettings(port=_free(_SMTP_PORT)) if doors else None,
        smtp_out=SubmissionSettings(port=sink.port, security="none"),
        imap=(),
        web=WebSettings(port=_free(_WEB_PORT) if doors else 0),
    )


async def settled(service: Service, *, seconds: float = 120.0) -> bool:
    """Wait until every message is handled and every reply is sent; False where that takes longer than `seconds`."""
    until = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < until:
        overview = await service.desk.store.overview()
        if not overview.unhandled and not overview.undelivered:
            return True
        await asyncio.sleep(0.1)
    return False


def _free(port: int) -> int:
    """`port`, or 0 (any free one) where another program has it."""
    try:
        with socket.create_server(("127.0.0.1", port)):
            return port
    except OSError:
        return 0
