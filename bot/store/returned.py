"""Mail of ours that came back, and the mailboxes that get no more of it by themselves (RELIABILITY L17).

Law: whom a mute is about is told by our own row, never by a report; a mute ends by itself or by a clerk.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.effects import NoteBounce
from bot.keys import Keys
from bot.store import whose
from bot.store.saved import Saving
from bot.store.schema import Mute, Outbox

_MUTED_FOR = timedelta(days=60)
#: So many temporary failures within so long mute as one for good does.
_SOFT, _SOFT_WITHIN = 3, timedelta(days=7)


async def note_bounce(saving: Saving, effect: NoteBounce) -> None:
    """Link the report to its row, and mute the mailbox where it failed for good."""
    recipient = await saving.connection.scalar(select(Outbox.recipient).where(Outbox.id == effect.outbox_id))
    if recipient is None:
        return
    for_good = {"bounced_for_good": True} if effect.permanent else {}
    await saving.connection.execute(
        update(Outbox).where(Outbox.id == effect.outbox_id).values(bounced_at=saving.now, **for_good)
    )
    muted = effect.permanent or await _soft_bounces(saving, recipient) >= _SOFT
    if muted:
        await _mute(saving, recipient, effect.outbox_id)
    await saving.note("mail_came_back", outbox=effect.outbox_id, muted="yes" if muted else "no")


async def _soft_bounces(saving: Saving, recipient: str) -> int:
    counted = select(func.count()).select_from(Outbox)
    since = saving.now - _SOFT_WITHIN
    theirs = whose.exactly(saving.connection, Outbox.recipient, recipient)
    return await saving.connection.scalar(counted.where(theirs, Outbox.bounced_at >= since)) or 0


async def _mute(saving: Saving, address: str, outbox_id: str) -> None:
    await unmute(saving.connection, saving.keys, address)
    await saving.connection.execute(
        insert(Mute).values(
            digest=saving.keys.digest("mute", address.lower()),
            outbox_id=outbox_id,
            muted_at=saving.now,
            muted_until=saving.now + _MUTED_FOR,
        )
    )


async def unmute(connection: AsyncConnection, keys: Keys, address: str) -> bool:
    """False where it was not muted."""
    gone = await connection.execute(delete(Mute).where(Mute.digest.in_(keys.digests("mute", address.lower()))))
    return gone.rowcount > 0


async def is_muted(connection: AsyncConnection, keys: Keys, address: str, *, now: datetime) -> bool:
    found = exists().where(Mute.digest.in_(keys.digests("mute", address.lower())), Mute.muted_until > now)
    return bool(await connection.scalar(select(found)))


async def mutes(connection: AsyncConnection, *, now: datetime) -> Sequence[RowMapping]:
    """Every mailbox that is muted now, with the mail that came back from it last."""
    found = await connection.execute(
        select(Outbox.recipient.label("address"), Outbox.brand, Mute.outbox_id, Mute.muted_at, Mute.muted_until)
        .join(Outbox, Outbox.id == Mute.outbox_id)
        .where(Mute.muted_until > now)
        .order_by(Mute.muted_at)
    )
    return found.mappings().all()
