"""Keeping the house clean: the record is anchored, what was kept long enough erased, and who forgot is reminded.

Law: idempotent, run about once an hour; what fails is left for next time and does not stop the rest.
"""

from datetime import timedelta

import structlog

from bot.channels.mail.attachments import without_attachments
from bot.engine.desk import Desk
from bot.engine.webhooks import post_outside, tell_all

_log = structlog.get_logger()

BETWEEN = timedelta(hours=1)


async def keep_house(desk: Desk) -> None:
    """Raises only `StoreUnavailable`."""
    anchor = await desk.store.evidence.anchor()
    if anchor is not None:
        _log.info("audit anchored", day=anchor.day, heads=anchor.heads, digest=anchor.digest)
    if await desk.store.suppression.call_staff():
        _log.warning("suppressions unconfirmed")
    erased = await desk.store.retention.run(desk.retention, strip)
    if any(erased.values()):
        _log.info("retention done", **{name: count for name, count in erased.items() if count})


async def tell_receivers(desk: Desk) -> int:
    """Tell other programs what has happened; how many events were taken. Raises only `StoreUnavailable`."""
    return await tell_all(desk.store, desk.receivers, lambda: desk.now().timestamp(), post_outside)


def strip(channel: str, raw: bytes) -> bytes | None:
    """Only mail has attachments that can be told from the words."""
    return without_attachments(raw) if channel == "email" else None
