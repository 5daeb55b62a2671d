"""Carries out what a clerk decided about a request: state, clocks, letter, note and audit in one transaction.

Law: never around the table of states, and nothing where the request has changed since the clerk looked at it.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.protocol import Arrival
from bot.core.clocks import Deadline
from bot.core.conversation import Conversation
from bot.core.effects import Effect, OpenRequest
from bot.core.messages import InboundMessage
from bot.core.playbook import Mode
from bot.core.tickets import FINAL_STATES, State, Verification
from bot.core.turn import Decision
from bot.keys import Keys
from bot.store import audit, casebook, conversations, joining, proposals, requests, undoing
from bot.store.ids import new_id
from bot.store.letters import Letter, Posted, post, post_to_talk
from bot.store.recording import tied, write_deadlines
from bot.store.saved import Saving
from bot.store.saving import save_all
from bot.store.schema import Inbox, Note, Outbox, Request, StaffItem
from bot.store.values import Claim, NotAllowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act of one clerk on one request."""

    #: What the audit calls it, where it is no step to another state.
    event: str = ""
    by: str
    #: The state that the clerk saw; in another one nothing is done.
    seen: State
    to: State | None = None
    #: Of a denial.
    reason_code: str = ""
    words: str = ""
    #: The clocks as they are from now on; None leaves them.
    deadlines: tuple[Deadline, ...] | None = None
    letter: Letter | None = None
    #: The person was told in this other way, e.g. "letter".
    told_by: str = ""
    note: str = ""
    #: What the clerk has checked: the request is tied to it.
    proof: Verification | None = None
    #: Who has it from now on; None leaves it.
    taken_by: str | None = None
    #: What the clerk's page showed, see `casebook.mark_of`; a case that differs by now is refused. "" nobody looked.
    mark: str = ""
    #: The proposal to which this clerk gives leave by it.
    proposal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """A request that came by phone, letter or in the shop, with all that follows from it."""

    #: "phone", "letter" or "shop".
    door: str
    by: str
    conversation: Conversation
    effects: tuple[Effect, ...]
    received_at: datetime
    mode: Mode
    intents: frozenset[str]


async def carry_out(
    connection: AsyncConnection, keys: Keys, host: str, reference: str, act: Act, *, now: datetime
) -> Posted | None:
    """Raises `NotAllowed`; gives the letter that was queued, None where none was."""
    await _look_again(connection, reference, act)
    if act.proposal:
        await proposals.decide(connection, keys, act.proposal, "approved", by=act.by, now=now)
    before = await undoing.snapshot(connection, reference, closes=act.to in FINAL_STATES)
    if act.taken_by is not None:
        await connection.execute(
            update(Request).where(Request.reference == reference).values(taken_by=act.taken_by, changed_at=now)
        )
    if act.proof is not None:
        await _tie(connection, reference, act.proof)
    if act.to is not None:
        await requests.change(
            connection, keys, reference, act.to, by=act.by, reason_code=act.reason_code, words=act.words, now=now
        )
        if act.to in FINAL_STATES:
            await proposals.overtake(connection, reference, by=act.by, now=now)
            await joining.close_with(
                connection, keys, reference, act.to, by=act.by, reason_code=act.reason_code, words=act.words, now=now
            )
        held_at = now if act.to is State.ON_HOLD else None
        await connection.execute(update(Request).where(Request.reference == reference).values(held_at=held_at))
    if act.deadlines is not None:
        await write_deadlines(connection, reference, act.deadlines)
    if act.note:
        values = {"id": new_id(), "reference": reference, "at": now, "written_by": act.by, "words": act.note}
        await connection.execute(insert(Note).values(**values))
    posted = await post(connection, keys, host, reference, act.letter, now=now) if act.letter else None
    if act.event:
        details = {"told_by": act.told_by, "outbox": posted.outbox_id if posted else ""}
        chain = audit.of_request(reference)
        await audit.note(connection, keys, chain, act.event, at=now, actor=act.by, details=details)
    if not act.note:
        event, outbox_id = act.event or f"request_{act.to}", posted.outbox_id if posted else ""
        await undoing.remember(connection, reference, before, by=act.by, event=event, outbox_id=outbox_id, now=now)
    return posted


async def _tie(connection: AsyncConnection, reference: str, proof: Verification) -> None:
    conversation_id = await connection.scalar(select(Request.conversation_id).where(Request.reference == reference))
    columns = await tied(connection, conversation_id or "", proof)
    await connection.execute(update(Request).where(Request.reference == reference).values(**columns))


async def _look_again(connection: AsyncConnection, reference: str, act: Act) -> None:
    """Lock the request's conversation and check that it stands as the clerk saw it."""
    conversation_id = await connection.scalar(select(Request.conversation_id).where(Request.reference == reference))
    if conversation_id is None:
        raise NotAllowed("There is no request $reference.", reference=reference)
    await conversations.lock(connection, conversation_id)
    state = await connection.scalar(select(Request.state).where(Request.reference == reference).with_for_update())
    if state != act.seen.value:
        raise NotAllowed(
            "Request $reference has meanwhile become $state; look at it again.", reference=reference, state=state
        )
    if act.mark and act.mark != await casebook.mark_of(connection, reference):
        raise NotAllowed(
            "Something has happened to request $reference since you looked; look at it again.", reference=reference
        )


async def add(connection: AsyncConnection, keys: Keys, host: str, made: ByHand, *, now: datetime) -> None:
    """Record it as if it were a message that a clerk handled: the same rows, the same checks."""
    inbox_id, conversation = new_id(), made.conversation
    await connection.execute(
        insert(Inbox).values(
            id=inbox_id,
            key_digest=keys.digest("by hand", inbox_id),
            brand=conversation.brand,
            channel=made.door,
            conversation_id=conversation.id,
            received_at=made.received_at,
            accepted_at=now,
            state="waiting",
            attempts=0,
            reason="",
            claim_token=1,
            claimed_by=made.by,
            outcome="",
            rules=[],
            intents=[],
            raw=b"",
        )
    )
    arrival = Arrival(channel=made.door, brand=conversation.brand, raw=b"", received_at=made.received_at)
    claim = Claim(inbox_id=inbox_id, token=1, arrival=arrival, conversation=conversation.id, version=0, attempts=0)
    message = InboundMessage(
        channel="email", brand=conversation.brand, address=conversation.address, received_at=made.received_at
    )
    decision = Decision(conversation=conversation, effects=made.effects, rules=("taken_by_hand",), intents=made.intents)
    saving = Saving(
        connection=connection,
        keys=keys,
        host=host,
        claim=claim,
        decision=decision,
        message=message,
        mode=made.mode,
        now=now,
    )
    await save_all([saving])
    await connection.execute(update(Outbox).where(Outbox.inbox_id == inbox_id).values(approved_by=made.by))
    for effect in made.effects:
        if isinstance(effect, OpenRequest):
            chain = audit.of_request(effect.request.reference)
            await audit.note(
                connection, keys, chain, "made_by_hand", at=now, actor=made.by, details={"door": made.door}
            )


async def close_item(connection: AsyncConnection, keys: Keys, item_id: str, *, by: str, now: datetime) -> None:
    """A clerk has seen to it; raises `NotAllowed` where it is not open."""
    conversation_id = await connection.scalar(
        select(StaffItem.conversation_id).where(StaffItem.id == item_id, StaffItem.state == "open")
    )
    if conversation_id is None:
        raise NotAllowed("There is no open item $item_id.", item_id=item_id)
    await conversations.lock(connection, conversation_id)
    await connection.execute(
        update(StaffItem).where(StaffItem.id == item_id).values(state="closed", done_by=by, done_at=now)
    )
    chain = audit.of_conversation(conversation_id)
    await audit.note(connection, keys, chain, "item_closed", at=now, actor=by, details={"item": item_id})


async def answer_item(
    connection: AsyncConnection, keys: Keys, host: str, item_id: str, letter: Letter, *, by: str, now: datetime
) -> Posted:
    """Write to whoever's message was handed over, and close the item; raises `NotAllowed`."""
    await close_item(connection, keys, item_id, by=by, now=now)
    inbox_id = await connection.scalar(select(StaffItem.inbox_id).where(StaffItem.id == item_id))
    posted = await post_to_talk(connection, keys, host, str(inbox_id), letter, now=now)
    if posted is None:
        raise NotAllowed("There is no mailbox and no chat to answer to.")
    return posted
