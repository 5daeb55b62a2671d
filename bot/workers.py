"""What the workers need of the wiring: their queue beside the tables, who is told of work, and a worker itself.

Law: their library is an extra; where one process does everything, it is never imported.
"""

import asyncio
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from bot.channels.webchat import WebChatChannel
from bot.engine.desk import Desk
from bot.errors import BadSetting
from bot.settings import Settings
from bot.store.dispatch import Dispatch
from bot.store.store import utc_now
from bot.store.upgrade import pending, upgrade

if TYPE_CHECKING:
    from bot.engine.worker import Worker

#: Of the queue alone; the tables have their own.
_CONNECTIONS = 6


def upgrade_everything(settings: Settings) -> int:
    """Bring the tables, and those of the queue of jobs, to this version; how many steps that took. Blocking."""
    steps = len(pending(settings.database_url))
    upgrade(settings.database_url)
    return steps + (_jobs().upgrade_jobs(settings.database_url) if settings.engine == "workers" else 0)


def make_dispatch(settings: Settings) -> Dispatch | None:
    """Who is told of work: the workers' queue, nobody where one process does everything."""
    if settings.engine == "embedded":
        return None
    told: Dispatch = _jobs().Jobs(_jobs().make_app(settings.database_url), utc_now)
    return told


def make_worker(settings: Settings, desk: Desk, owner: str, queues: Sequence[str]) -> "Worker":
    """One that does the work of a desk. Raises `BadSetting`."""
    if settings.engine != "workers":
        raise BadSetting('the work is done by `privacy-desk serve` itself; set engine = "workers" to share it')
    app = _jobs().make_app(settings.database_url, at_once=_CONNECTIONS)
    from bot.engine.worker import Worker

    return Worker(desk, app, owner=owner, queues=queues)


async def listen_for_answers(settings: Settings, desk: Desk, stop: asyncio.Event) -> None:
    """Tell browsers that wait here of what workers have answered."""
    chats = [channel for channel in desk.channels.values() if isinstance(channel, WebChatChannel)]

    def heard(channel: str, recipient: str) -> None:
        for chat in chats:
            if chat.name == channel:
                chat.door.ring(recipient)

    def lost() -> None:
        for chat in chats:
            chat.door.ring_all()

    await _jobs().listen(settings.database_url, heard, lost, stop)


def _jobs() -> ModuleType:
    """The queue of jobs, whose library is an extra: without it, one process does everything."""
    try:
        from bot.engine import jobs
    except ImportError as error:
        raise BadSetting("workers: their library is missing; install privacy-desk[postgres]") from error
    return jobs
