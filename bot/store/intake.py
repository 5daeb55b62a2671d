"""The inbox: a message is stored once, claimed by one at a time, and ends done or shunted.

Law: nothing lost, nothing twice. Within a conversation messages are handled one by one, in the order of arrival.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.channels.protocol import Arrival
from bot.keys import Keys
from bot.store import dispatch
from bot.store.ids import new_id
from bot.store.mailing import message_digests
from bot.store.schema import Conversation, Inbox
from bot.store.values import Accepted, Claim, ClaimLost, Shunted

#: After so many failures a message is shunted.
TRIES = 3
#: After so many claims without an end too: it seems to end the program each time.
CLAIMS = 10


async def accept(
    connection: AsyncConnection,
    keys: Keys,
    arrival: Arrival,
    *,
    key: str,
    conversation: str,
    message_id: str = "",
    now: datetime,
) -> Accepted:
    """Store `arrival`, unless the message that `key` names is stored already."""
    if known := await find(connection, keys, key):
        return known
    inbox_id = new_id()
    await connection.execute(
        insert(Inbox).values(
            id=inbox_id,
            key_digest=keys.digest("inbox", key),
            brand=arrival.brand,
            channel=arrival.channel,
            conversation_id=conversation,
            message_digest=message_digests(keys, arrival.brand, message_id)[0] if message_id else None,
            raw=arrival.raw,
            external_id=arrival.external_id,
            origin=dict(arrival.origin),
            envelope=dict(arrival.envelope),
            received_at=arrival.received_at,
            accepted_at=now,
            state="waiting",
            attempts=0,
            reason="",
            claim_token=0,
            outcome="",
            rules=[],
            intents=[],
        )
    )
    await dispatch.handle(connection, inbox_id, conversation)
    return Accepted(inbox_id=inbox_id, fresh=True)


async def find(connection: AsyncConnection, keys: Keys, key: str) -> Accepted | None:
    """The message that `key` names, if it is stored already."""
    found = await connection.scalar(select(Inbox.id).where(Inbox.key_digest.in_(keys.digests("inbox", key))).limit(1))
    return Accepted(inbox_id=found, fresh=False) if found else None


async def claim(
    connection: AsyncConnection, owner: str, *, now: datetime, lease: timedelta, beside: str = ""
) -> Claim | None:
    """Take the oldest message that is free and first in its conversation; `beside` one, in that one's alone."""
    statement = _FREE_BESIDE if beside else _FREE
    row = (await connection.execute(statement, {"now": now, "beside": beside})).one_or_none()
    if row is None:
        return None
    if row.claims >= CLAIMS:
        await _put_aside(connection, row.id, now=now)
        return await claim(connection, owner, now=now, lease=lease, beside=beside)
    taken = await connection.execute(
        update(Inbox)
        .where(Inbox.id == row.id, Inbox.claim_token == row.claim_token, Inbox.state == "waiting")
        .values(claimed_by=owner, claimed_until=now + lease, claim_token=row.claim_token + 1, claims=row.claims + 1)
    )
    if taken.rowcount != 1:
        return None
    return Claim(
        inbox_id=row.id,
        token=row.claim_token + 1,
        arrival=Arrival(
            channel=row.channel,
            brand=row.brand,
            raw=row.raw,
            received_at=row.received_at,
            external_id=row.external_id,
            origin=row.origin,
            envelope=row.envelope,
        ),
        conversation=row.conversation_id,
        version=row.version or 0,
        attempts=row.attempts,
    )


async def _put_aside(connection: AsyncConnection, inbox_id: str, *, now: datetime) -> None:
    await connection.execute(
        update(Inbox)
        .where(Inbox.id == inbox_id)
        .values(
            state="shunted",
            reason=f"its handling was begun {CLAIMS} times and never ended",
            failed_at=now,
            claimed_by=None,
            claimed_until=None,
            claim_token=Inbox.claim_token + 1,
        )
    )


def _free(*, beside: bool) -> Select[Any]:
    """The oldest message that is free at `now` and first in its conversation, with that one's version."""
    other, named = aliased(Inbox), aliased(Inbox)
    now = bindparam("now", type_=Inbox.claimed_until.type)
    before_it = exists().where(
        other.conversation_id == Inbox.conversation_id,
        other.state == "waiting",
        other.id != Inbox.id,
        or_(other.id < Inbox.id, other.claimed_until > now),
    )
    version = select(Conversation.version).where(Conversation.id == Inbox.conversation_id).scalar_subquery()
    found = select(*Inbox.__table__.columns, version.label("version")).where(
        Inbox.state == "waiting", or_(Inbox.claimed_until.is_(None), Inbox.claimed_until <= now), ~before_it
    )
    if beside:
        talk = select(named.conversation_id).where(named.id == bindparam("beside")).scalar_subquery()
        found = found.where(Inbox.conversation_id == talk)
    return found.order_by(Inbox.id).limit(1).with_for_update(skip_locked=True, of=Inbox)


# Asked for every message, so built once.
_FREE, _FREE_BESIDE = _free(beside=False), _free(beside=True)


async def release(connection: AsyncConnection, owner: str) -> int:
    """Free what `owner` had claimed; a save under the old claim is refused from now on."""
    freed = await connection.execute(
        update(Inbox)
        .where(Inbox.claimed_by == owner, Inbox.state == "waiting")
        .values(claimed_by=None, claimed_until=None, claim_token=Inbox.claim_token + 1)
    )
    return freed.rowcount


async def release_beside(connection: AsyncConnection, inbox_id: str) -> int:
    """The same of whoever claimed something in the conversation of `inbox_id`."""
    named = aliased(Inbox)
    talk = select(named.conversation_id).where(named.id == inbox_id).scalar_subquery()
    freed = await connection.execute(
        update(Inbox)
        .where(Inbox.conversation_id == talk, Inbox.claimed_by.is_not(None), Inbox.state == "waiting")
        .values(claimed_by=None, claimed_until=None, claim_token=Inbox.claim_token + 1)
    )
    return freed.rowcount


async def keep_claim(connection: AsyncConnection, claim: Claim, **values: object) -> None:
    """Write to the claimed row, and lock it; raises `ClaimLost` where the claim is no longer good."""
    kept = await connection.execute(
        update(Inbox)
        .where(Inbox.id == claim.inbox_id, Inbox.claim_token == claim.token, Inbox.state == "waiting")
        .where(Inbox.claimed_by.is_not(None))
        .values(**values)
    )
    if kept.rowcount != 1:
        raise ClaimLost(f"Message {claim.inbox_id} was taken over by another worker; nothing was written.")


async def shunt(connection: AsyncConnection, claim: Claim, *, reason: str, now: datetime) -> None:
    """Put the message aside, raw, for a person."""
    await keep_claim(
        connection,
        claim,
        state="shunted",
        reason=reason,
        failed_at=now,
        attempts=claim.attempts + 1,
        claimed_by=None,
        claimed_until=None,
    )


async def fail(connection: AsyncConnection, claim: Claim, *, reason: str, now: datetime) -> None:
    """Count a failure and give the message back; the third shunts it."""
    if claim.attempts + 1 >= TRIES:
        await shunt(connection, claim, reason=reason, now=now)
        return
    await keep_claim(
        connection,
        claim,
        reason=reason,
        failed_at=now,
        attempts=claim.attempts + 1,
        claimed_by=None,
        claimed_until=None,
        claim_token=claim.token + 1,
    )


async def shunted(connection: AsyncConnection) -> list[Shunted]:
    """What was put aside, oldest first."""
    found = await connection.execute(
        select(
            Inbox.id.label("inbox_id"),
            Inbox.brand,
            Inbox.channel,
            Inbox.reason,
            Inbox.attempts,
            Inbox.received_at,
            Inbox.failed_at,
            func.length(Inbox.raw).label("size"),
        )
        .where(Inbox.state == "shunted")
        .order_by(Inbox.id)
    )
    return [Shunted(**row) for row in found.mappings()]


async def retry(connection: AsyncConnection, inbox_id: str, *, reason: str = "") -> int:
    """Put one shunted message, or "all", or those shunted for that reason, back in its place; how many."""
    which = Inbox.state == "shunted"
    if reason:
        which = and_(which, Inbox.reason == reason)
    if inbox_id != "all":
        which = and_(which, Inbox.id == inbox_id)
    put_back = await connection.execute(
        update(Inbox)
        .where(which)
        .values(state="waiting", attempts=0, claims=0)
        .returning(Inbox.id, Inbox.conversation_id)
    )
    rows = put_back.all()
    for row in rows:
        await dispatch.handle(connection, row.id, row.conversation_id)
    return len(rows)
