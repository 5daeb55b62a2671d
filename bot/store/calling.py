"""Calls staff where no message of this moment does: time has passed, or something outside goes wrong.

Law: one open item for one trouble; whoever closes it is called again only when the trouble goes on.
"""

from datetime import datetime, timedelta

from sqlalchemy import exists, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.ids import new_id
from bot.store.schema import Event, Inbox, Request, StaffItem, Suppression

WEBHOOK_FAILED, UNCONFIRMED = "webhook_failed", "suppressions_unconfirmed"
#: How long the shop may take to put a suppression into its own lists; the law gives it ten business days (CAN-SPAM).
_CONFIRMED_IN = timedelta(days=3)
#: How long a closed item keeps silent.
_AGAIN_AFTER = timedelta(days=7)


async def call(
    connection: AsyncConnection,
    *,
    inbox_id: str,
    conversation_id: str,
    brand: str,
    reference: str,
    reason: str,
    urgent: bool,
    now: datetime,
) -> None:
    """Put an item on the staff's list."""
    await connection.execute(
        insert(StaffItem).values(
            id=new_id(),
            inbox_id=inbox_id,
            conversation_id=conversation_id,
            brand=brand,
            reference=reference,
            reason=reason,
            urgent=urgent,
            state="open",
            created_at=now,
        )
    )


async def event_failed(connection: AsyncConnection, event_id: str, *, now: datetime) -> None:
    """A receiver never took this event: told once a brand, at the request or the suppression that it is about."""
    event = (
        await connection.execute(select(Event.brand, Event.reference, Event.digest).where(Event.id == event_id))
    ).one()
    made_by = select(Request.inbox_id).where(Request.reference == event.reference)
    if not event.reference:
        made_by = select(Suppression.inbox_id).where(Suppression.digest == event.digest)
    inbox_id = await connection.scalar(made_by)
    # Of a suppression that was undone nothing is left to lead to.
    if inbox_id is not None and not await _is_known(connection, event.brand, WEBHOOK_FAILED, now=now):
        await _call_about(connection, inbox_id, event.brand, event.reference, WEBHOOK_FAILED, now=now)


async def unconfirmed(connection: AsyncConnection, *, now: datetime) -> int:
    """Suppressions that the shop's own lists seem not to know: one item for each brand; how many were made."""
    late = (Suppression.address.is_not(None), Suppression.created_at <= now - _CONFIRMED_IN)
    found = await connection.execute(
        select(Suppression.brand, func.min(Suppression.inbox_id)).where(*late).group_by(Suppression.brand)
    )
    made = 0
    for brand, inbox_id in found.all():
        if not await _is_known(connection, brand, UNCONFIRMED, now=now):
            await _call_about(connection, inbox_id, brand, "", UNCONFIRMED, now=now)
            made += 1
    return made


async def _is_known(connection: AsyncConnection, brand: str, reason: str, *, now: datetime) -> bool:
    """An item of the sort is open, or was made a short while ago."""
    heard = (StaffItem.state == "open") | (StaffItem.created_at > now - _AGAIN_AFTER)
    found = exists().where(StaffItem.brand == brand, StaffItem.reason == reason, heard)
    return bool(await connection.scalar(select(found)))


async def _call_about(
    connection: AsyncConnection, inbox_id: str, brand: str, reference: str, reason: str, *, now: datetime
) -> None:
    talk = await connection.scalar(select(Inbox.conversation_id).where(Inbox.id == inbox_id))
    if talk is not None:
        await call(
            connection,
            inbox_id=inbox_id,
            conversation_id=talk,
            brand=brand,
            reference=reference,
            reason=reason,
            urgent=False,
            now=now,
        )
