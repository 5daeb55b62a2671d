"""The inbox: a message is stored once, claimed by one at a time, and ends done or shunted.

Law: nothing lost, nothing twice. Within a conversation messages are handled one by one, in the order of arrival.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import takewhile
from operator import itemgetter
from typing import Any

from sqlalchemy import Row, Select, Update, and_, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.channels.protocol import Arrival
from bot.keys import Keys
from bot.store import dispatch
from bot.store.ids import new_id
from bot.store.mailing import message_digests
from bot.store.schema import Conversation, Inbox
from bot.store.values import Accepted, Claim, ClaimLost, New, Shunted

#: After so many failures a message is shunted.
TRIES = 3
#: After so many claims without an end too: it seems to end the program each time.
CLAIMS = 10


async def accept(connection: AsyncConnection, keys: Keys, new: Sequence[New], *, now: datetime) -> list[Accepted]:
    """Store each, in this order, unless the message that its key names is stored already or stands before it."""
    known = await _known(connection, keys, new)
    # Made at once, ids of one nanosecond would stand in any order.
    ids = iter(sorted(new_id() for _ in new))
    rows: list[dict[str, Any]] = []
    accepted: list[Accepted] = []
    for one in new:
        digests = keys.digests("inbox", one.key)
        found = next((known[digest] for digest in digests if digest in known), "")
        accepted.append(Accepted(inbox_id=found or next(ids), fresh=not found))
        if not found:
            known[digests[0]] = accepted[-1].inbox_id
            rows.append(_row(keys, one, id=accepted[-1].inbox_id, key_digest=digests[0], accepted_at=now))
    if rows:
        # In one order everywhere: two that store the same messages wait for one another, and not each for the other.
        await connection.execute(insert(Inbox), sorted(rows, key=itemgetter("key_digest")))
    for row in rows:
        await dispatch.handle(connection, row["id"], row["conversation_id"])
    return accepted


def _row(keys: Keys, new: New, **made: object) -> dict[str, Any]:
    arrival = new.arrival
    return {
        **made,
        "brand": arrival.brand,
        "channel": arrival.channel,
        "conversation_id": new.conversation,
        "message_digest": message_digests(keys, arrival.brand, new.message_id)[0] if new.message_id else None,
        "raw": arrival.raw,
        "external_id": arrival.external_id,
        "origin": dict(arrival.origin),
        "envelope": dict(arrival.envelope),
        "received_at": arrival.received_at,
        "state": "waiting",
        "attempts": 0,
        "reason": "",
        "claim_token": 0,
        "outcome": "",
        "rules": [],
        "intents": [],
    }


async def _known(connection: AsyncConnection, keys: Keys, new: Sequence[New]) -> dict[str, str]:
    """Of the messages that are stored already, the id by the digest of the key."""
    digests = [digest for one in new for digest in keys.digests("inbox", one.key)]
    found = await connection.execute(select(Inbox.key_digest, Inbox.id).where(Inbox.key_digest.in_(digests)))
    return {row.key_digest: row.id for row in found}


async def claim(
    connection: AsyncConnection, owner: str, *, now: datetime, lease: timedelta, most: int = 1, beside: str = ""
) -> list[Claim]:
    """Take the oldest messages that are free and first in their conversations; `beside` one, in that one's alone.

    What was begun before and never ended is taken by itself: should it end the program, it harms no other.
    """
    statement = _FREE_BESIDE if beside else _FREE
    rows = (await connection.execute(statement, {"now": now, "beside": beside, "most": most})).all()
    if rows and rows[0].claims >= CLAIMS:
        await _put_aside(connection, rows[0].id, now=now)
        return await claim(connection, owner, now=now, lease=lease, most=most, beside=beside)
    rows = rows[:1] if rows and rows[0].claims else list(takewhile(lambda row: not row.claims, rows))
    if not rows:
        return []
    await connection.execute(
        update(Inbox)
        .where(Inbox.id.in_([row.id for row in rows]))
        .values(claimed_by=owner, claimed_until=now + lease, claim_token=Inbox.claim_token + 1, claims=Inbox.claims + 1)
    )
    return [_claim_of(row) for row in rows]


def _claim_of(row: Row[Any]) -> Claim:
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
    return found.order_by(Inbox.id).limit(bindparam("most")).with_for_update(skip_locked=True, of=Inbox)


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
    await keep_claims(connection, [(claim, values)])


async def keep_claims(connection: AsyncConnection, kept: Sequence[tuple[Claim, Mapping[str, object]]]) -> None:
    """The same of several, each with values of its own; raises `ClaimLost` where one of the claims is not good."""
    by_columns: defaultdict[tuple[str, ...], list[dict[str, object]]] = defaultdict(list)
    for claim, values in kept:
        which = {"of": claim.inbox_id, "token": claim.token}
        by_columns[tuple(values)].append({**which, **{f"new_{name}": value for name, value in values.items()}})
    for columns, rows in by_columns.items():
        written = await connection.execute(_kept(columns), rows)
        if written.rowcount != len(rows):
            raise ClaimLost(f"Of {len(rows)} messages some were taken over by another worker; nothing was written.")


@cache
def _kept(columns: tuple[str, ...]) -> Update:
    return (
        update(Inbox)
        .where(Inbox.id == bindparam("of"), Inbox.claim_token == bindparam("token"), Inbox.state == "waiting")
        .where(Inbox.claimed_by.is_not(None))
        .values({name: bindparam(f"new_{name}", type_=Inbox.__table__.c[name].type) for name in columns})
    )


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
