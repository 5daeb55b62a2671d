"""Takes personal data out of the rows and leaves what was done: reference, right, states, dates, clocks, the record.

Law: a talk with a request under way, or with a message that waits or is being sent, is not touched. The audit holds no
personal data and stays whole; a suppression keeps its digest.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute, aliased

from bot.core.tickets import FINAL_STATES
from bot.keys import Keys
from bot.store import audit, conversations, whose
from bot.store.ids import new_id
from bot.store.recording import subject_of
from bot.store.schema import (
    Conversation,
    Correction,
    Inbox,
    Link,
    Note,
    Outbox,
    Package,
    PackageItem,
    Proposal,
    Request,
    StaffAct,
    Suppression,
    Verification,
)

#: What takes the place of words that a row must have.
ERASED = "erased"
_CLOSED = tuple(state.value for state in FINAL_STATES)
_ON_ITS_WAY = ("queued", "sending", "held")
_NOTHING_OF_A_MESSAGE = ("raw", "external_id", "origin", "envelope")
_NO_PROOF = dict.fromkeys(
    ("proof_digest", "proof_address", "proof_until", "proof_level", "proof_method", "proof_at")
) | {"proof_kind": "unproved", "proof_wrong_tries": 0}


def is_at_rest() -> ColumnElement[bool]:
    """Nothing of a row of `Conversation` is under way."""
    message = aliased(Inbox)
    open_one = exists().where(Request.conversation_id == Conversation.id, Request.state.not_in(_CLOSED))
    unhandled = exists().where(message.conversation_id == Conversation.id, message.state != "done")
    leaving = exists().where(Outbox.conversation_id == Conversation.id, Outbox.state.in_(_ON_ITS_WAY))
    return ~open_one & ~unhandled & ~leaving


async def talks_of(connection: AsyncConnection, brand: str, addresses: Sequence[str]) -> list[str]:
    """Every conversation of a brand in which one of `addresses` wrote, was named or was proved."""

    def theirs(column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        return whose.in_any_case(connection, column, *addresses)

    asked = exists().where(
        Request.conversation_id == Conversation.id, or_(theirs(Request.claimed_address), theirs(Request.subject))
    )
    linked = exists().where(Link.conversation_id == Conversation.id, theirs(Link.address))
    found = await connection.scalars(
        select(Conversation.id)
        .where(Conversation.brand == brand)
        .where(or_(theirs(Conversation.address), asked, linked))
        .order_by(Conversation.id)
    )
    return list(found)


async def erase_words(connection: AsyncConnection, talk: str, *, now: datetime, goes_on: bool = False) -> None:
    """What was said on both sides, and whose mailbox it was; the requests keep theirs."""
    await forget_messages(connection, Inbox.conversation_id == talk, goes_on=goes_on)
    await connection.execute(
        update(Outbox)
        .where(Outbox.conversation_id == talk, Outbox.state.not_in(_ON_ITS_WAY))
        .values(recipient="", parts=[], subject="", in_reply_to="", thread_references=[], said="", reason="", nonce="")
    )
    inboxes = select(Inbox.id).where(Inbox.conversation_id == talk)
    await connection.execute(delete(Correction).where(Correction.inbox_id.in_(inboxes)))
    await connection.execute(delete(Link).where(Link.conversation_id == talk))
    await connection.execute(
        update(Conversation)
        .where(Conversation.id == talk)
        .values(address="", wanted=[], asked=[], asked_about="", erased_at=now, **_NO_PROOF)
    )


async def forget_messages(connection: AsyncConnection, *which: ColumnElement[bool], goes_on: bool = False) -> int:
    """The bytes of handled messages, and what their channel knew of them; how many still had them.

    Where the talk `goes_on`, the mark of the browser that has proved something stays: others must stay shut out (T15).
    """
    nothing = {name: None for name in _NOTHING_OF_A_MESSAGE if not (goes_on and name == "envelope")}
    gone = await connection.execute(
        update(Inbox).where(*which, Inbox.state == "done", Inbox.raw.is_not(None)).values(attachments=0, **nothing)
    )
    return gone.rowcount


async def erase_people(connection: AsyncConnection, keys: Keys, talk: str, *, by: str, now: datetime) -> int:
    """Whose the closed requests of a talk were, and what clerks wrote about them; how many requests."""
    await conversations.lock(connection, talk)
    found = await connection.execute(
        select(Request.reference, Request.claimed_address, Request.verification_id, Request.subject)
        .where(Request.conversation_id == talk, Request.state.in_(_CLOSED), Request.erased_at.is_(None))
        .with_for_update()
    )
    rows = found.all()
    for row in rows:
        somebody = f"{ERASED} {keys.digest('person', (row.subject or row.claimed_address).lower())[:16]}"
        proof = await _without_its_subject(connection, row.verification_id, somebody)
        await connection.execute(
            update(Request)
            .where(Request.reference == row.reference)
            .values(claimed_address=somebody, erased_at=now, **proof)
        )
        await connection.execute(
            update(Request)
            .where(Request.reference == row.reference, Request.denial_words.is_not(None))
            .values(denial_words=ERASED)
        )
        await connection.execute(delete(Note).where(Note.reference == row.reference))
        await connection.execute(delete(StaffAct).where(StaffAct.reference == row.reference))
        await connection.execute(
            update(Proposal).where(Proposal.reference == row.reference).values(content={}, words="")
        )
        await empty_packages(connection, Package.reference == row.reference)
        chain = audit.of_request(row.reference)
        await audit.note(connection, keys, chain, "data_erased", at=now, actor=by, details={})
    await _drop_unused_proofs(connection, talk)
    return len(rows)


async def _without_its_subject(
    connection: AsyncConnection, verification_id: str | None, somebody: str
) -> dict[str, object]:
    """Rows of proofs are never changed: a new one says the same of nobody, and the old one goes."""
    if verification_id is None:
        return {}
    columns = (Verification.conversation_id, Verification.level, Verification.method, Verification.at)
    old = (await connection.execute(select(*columns).where(Verification.id == verification_id))).one()
    same = {"level": old.level, "method": old.method, "at": old.at, "conversation_id": old.conversation_id}
    known = await connection.scalar(
        select(Verification.id).where(
            *(getattr(Verification, name) == value for name, value in same.items()),
            whose.exactly(connection, Verification.subject, somebody),
        )
    )
    made = known or new_id()
    if known is None:
        await connection.execute(insert(Verification).values(id=made, subject=somebody, **same))
    return {"verification_id": made, "subject": subject_of(made)}


async def _drop_unused_proofs(connection: AsyncConnection, talk: str) -> None:
    used = exists().where(Request.verification_id == Verification.id)
    linked = exists().where(Link.verification_id == Verification.id)
    await connection.execute(delete(Verification).where(Verification.conversation_id == talk, ~used, ~linked))


async def empty_packages(connection: AsyncConnection, *which: ColumnElement[bool]) -> None:
    """The files of packages go; that there were some stays."""
    packages = select(Package.id).where(*which)
    await connection.execute(
        update(PackageItem).where(PackageItem.package_id.in_(packages)).values(content=None, name=ERASED)
    )
    await connection.execute(
        update(Package).where(*which).values(token_digest=secrets.token_hex(8), code_digest=None, code_until=None)
    )


async def forget_suppressed_addresses(connection: AsyncConnection, digests: Sequence[str]) -> int:
    """The digests alone stay; how many addresses went that the shop had not confirmed."""
    gone = await connection.execute(
        update(Suppression)
        .where(Suppression.digest.in_(digests), Suppression.address.is_not(None))
        .values(address=None)
    )
    return gone.rowcount
