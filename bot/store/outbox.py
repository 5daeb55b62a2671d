"""The outbox: each message of ours leaves once, or says why not.

Law: a row that may have been delivered is never sent again by itself; what is refused or uncertain is told to staff.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.protocol import Outgoing
from bot.keys import Keys
from bot.store import audit, conversations, dispatch, serialise, whose
from bot.store.ids import new_id
from bot.store.schema import Outbox, StaffItem
from bot.store.values import ClaimLost, NotAllowed, Queued, Which

#: Minutes until the next attempt; the last one again and again. Source: RELIABILITY, faults, SMTP 4xx.
BACK_OFF = (1, 5, 15, 60, 240)
GIVE_UP_AFTER = timedelta(hours=48)
#: Channels in which a message is there once, however often it is sent: its browser knows it by its id.
_THERE_ONCE = ("webchat",)


async def is_any_due(connection: AsyncConnection, *, now: datetime, which: Which) -> bool:
    """Whether it is worth a writer's turn to claim one, or to abandon what a vanished sender left behind."""
    queued = and_(Outbox.state == "queued", Outbox.not_before <= now, *_those(which))
    left = and_(Outbox.state == "sending", Outbox.claimed_until <= now)
    return await connection.scalar(select(Outbox.id).where(or_(queued, left)).limit(1)) is not None


async def claim(
    connection: AsyncConnection, keys: Keys, owner: str, *, now: datetime, lease: timedelta, which: Which
) -> Queued | None:
    """Take the oldest message that is due; what a vanished sender left behind becomes uncertain."""
    await _abandon(connection, keys, Outbox.claimed_until <= now, now=now)
    row = (
        (
            await connection.execute(
                select(*Outbox.__table__.columns)
                .where(Outbox.state == "queued", Outbox.not_before <= now, *_those(which))
                .order_by(Outbox.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
        )
        .mappings()
        .one_or_none()
    )
    if row is None:
        return None
    await connection.execute(
        update(Outbox)
        .where(Outbox.id == row["id"])
        .values(state="sending", claimed_by=owner, claimed_until=now + lease, attempts=row["attempts"] + 1)
    )
    return Queued(
        outgoing=outgoing_from_row(row),
        nonce=row["nonce"],
        intents=frozenset(row["intents"]),
        attempts=row["attempts"],
        approved=bool(row["approved_by"]),
    )


def _those(which: Which) -> list[ColumnElement[bool]]:
    wanted = [Outbox.channel == which.channel] if which.channel else []
    wanted += [Outbox.id == which.only] if which.only else []
    return [*wanted, Outbox.channel.not_in(which.not_by)] if which.not_by else wanted


def outgoing_from_row(row: RowMapping) -> Outgoing:
    return Outgoing(
        id=row["id"],
        channel=row["channel"],
        brand=row["brand"],
        conversation=row["conversation_id"],
        recipient=row["recipient"],
        language=row["language"],
        kind=row["kind"],
        parts=serialise.parts_from_json(row["parts"]),
        subject=row["subject"],
        in_reply_to=row["in_reply_to"],
        references=tuple(row["thread_references"]),
        message_id=row["message_id"],
        created_at=row["created_at"],
    )


async def release(connection: AsyncConnection, keys: Keys, owner: str, *, now: datetime) -> int:
    """What `owner` was sending when it ended may have gone out: it becomes uncertain."""
    return await _abandon(connection, keys, Outbox.claimed_by == owner, now=now)


async def abandon(connection: AsyncConnection, keys: Keys, outbox_id: str, *, now: datetime) -> int:
    """The same of one message whose sender is known to be dead."""
    return await _abandon(connection, keys, Outbox.id == outbox_id, now=now)


async def _abandon(connection: AsyncConnection, keys: Keys, which: ColumnElement[bool], *, now: datetime) -> int:
    found = await connection.execute(
        select(Outbox.id, Outbox.channel, Outbox.conversation_id)
        .where(which, Outbox.state == "sending")
        .with_for_update(skip_locked=True)
    )
    left = found.all()
    for row in left:
        if row.channel in _THERE_ONCE:
            await _change(connection, row.id, ("sending",), state="queued", not_before=now, **_FREE)
            await dispatch.deliver(connection, row.id, row.conversation_id, now)
        else:
            await finish(connection, keys, row.id, "uncertain", now=now, reason="the sender ended while sending")
    return len(left)


async def channel_of(connection: AsyncConnection, outbox_id: str) -> str:
    """ "" where there is no such message."""
    return await connection.scalar(select(Outbox.channel).where(Outbox.id == outbox_id)) or ""


async def finish(
    connection: AsyncConnection,
    keys: Keys,
    outbox_id: str,
    state: str,
    *,
    now: datetime,
    reason: str = "",
    said: str = "",
) -> None:
    """Write the end of one message that is being sent; raises `ClaimLost` where it is not.

    Whoever learns late that it did send may still say so of an uncertain one.
    """
    ready = ("sending", "uncertain") if state == "sent" else ("sending",)
    row = await _change(
        connection, outbox_id, ready, state=state, reason=reason, said=said, finished_at=now, nonce="", **_FREE
    )
    await _note(connection, keys, row, state, now=now)
    if state == "sent":
        await dispatch.sent(connection, row["channel"], row["recipient"])
    if state in ("failed", "uncertain", "stopped") and not await _is_known(connection, row, f"sending_{state}"):
        await call_staff(connection, row, reason=f"sending_{state}", now=now)


async def put_off(
    connection: AsyncConnection, keys: Keys, outbox_id: str, *, at: datetime, reason: str, wait: timedelta | None = None
) -> None:
    """After a failure that was provably no delivery: again after `wait`, or later with each attempt where nobody has
    named it; failed when two days are over."""
    row = await _row(connection, outbox_id)
    wait = wait or timedelta(minutes=BACK_OFF[min(row["attempts"], len(BACK_OFF)) - 1])
    if at + wait > row["created_at"] + GIVE_UP_AFTER:
        await finish(connection, keys, outbox_id, "failed", now=at, reason=reason)
        return
    await _change(connection, outbox_id, ("sending",), state="queued", reason=reason, not_before=at + wait, **_FREE)
    await dispatch.deliver(connection, outbox_id, row["conversation_id"], at + wait)


async def approve(connection: AsyncConnection, keys: Keys, outbox_id: str, *, by: str, now: datetime) -> None:
    """Let a held message go; raises `NotAllowed` where it is not held."""
    try:
        row = await _change(connection, outbox_id, ("held",), state="queued", not_before=now, approved_by=by)
    except ClaimLost as error:
        raise NotAllowed("Message $outbox_id is not waiting for approval.", outbox_id=outbox_id) from error
    await dispatch.deliver(connection, outbox_id, row["conversation_id"], now)
    await _note(connection, keys, row, "approved", now=now, actor=by)


async def refuse(connection: AsyncConnection, keys: Keys, outbox_id: str, *, by: str, now: datetime) -> None:
    """A held message never leaves; raises `NotAllowed` where it is not held."""
    try:
        row = await _change(
            connection,
            outbox_id,
            ("held",),
            state="stopped",
            reason="not let go by staff",
            approved_by=by,
            finished_at=now,
            nonce="",
        )
    except ClaimLost as error:
        raise NotAllowed("Message $outbox_id is not waiting for approval.", outbox_id=outbox_id) from error
    await _note(connection, keys, row, "refused", now=now, actor=by)


_FREE: dict[str, None] = {"claimed_by": None, "claimed_until": None}


async def _change(connection: AsyncConnection, outbox_id: str, states: tuple[str, ...], **values: Any) -> RowMapping:
    changed = await connection.execute(
        update(Outbox).where(Outbox.id == outbox_id, Outbox.state.in_(states)).values(**values)
    )
    if changed.rowcount != 1:
        raise ClaimLost(f"Message {outbox_id} is not {' or '.join(states)} any more; nothing was written.")
    return await _row(connection, outbox_id)


async def _row(connection: AsyncConnection, outbox_id: str) -> RowMapping:
    found = await connection.execute(
        select(
            Outbox.attempts,
            Outbox.created_at,
            Outbox.id,
            Outbox.conversation_id,
            Outbox.inbox_id,
            Outbox.brand,
            Outbox.kind,
            Outbox.channel,
            Outbox.recipient,
        ).where(Outbox.id == outbox_id)
    )
    row = found.mappings().one_or_none()
    if row is None:
        raise NotAllowed("There is no outgoing message $outbox_id.", outbox_id=outbox_id)
    return row


async def _note(
    connection: AsyncConnection, keys: Keys, row: RowMapping, event: str, *, now: datetime, actor: str = "bot"
) -> None:
    await conversations.lock(connection, row["conversation_id"])
    chain = audit.of_conversation(row["conversation_id"])
    await audit.note(
        connection, keys, chain, f"{row['kind']}_{event}", at=now, actor=actor, details={"outbox": row["id"]}
    )


async def _is_known(connection: AsyncConnection, row: RowMapping, reason: str) -> bool:
    """Staff have an open item of the same kind about the same mailbox: a mail bomb is one alert (RELIABILITY L19)."""
    same = select(StaffItem.id).join(Outbox, Outbox.id == StaffItem.outbox_id)
    found = await connection.scalar(
        same.where(
            StaffItem.state == "open",
            StaffItem.reason == reason,
            whose.exactly(connection, Outbox.recipient, row["recipient"]),
        ).limit(1)
    )
    return found is not None


async def call_staff_about(connection: AsyncConnection, outbox_id: str, *, reason: str, now: datetime) -> None:
    """The same of a message by its id."""
    await call_staff(connection, await _row(connection, outbox_id), reason=reason, now=now)


async def call_staff(connection: AsyncConnection, row: RowMapping, *, reason: str, now: datetime) -> None:
    """A person must look at this message of ours."""
    await connection.execute(
        insert(StaffItem).values(
            id=new_id(),
            inbox_id=row["inbox_id"],
            outbox_id=row["id"],
            conversation_id=row["conversation_id"],
            brand=row["brand"],
            reference="",
            reason=reason,
            urgent=False,
            state="open",
            created_at=now,
        )
    )
