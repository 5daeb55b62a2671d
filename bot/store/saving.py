"""Carries out one decision: conversation, effects, audit and "done" in the transaction of its caller.

Law: all of it or nothing; one row for one effect; of ordinary mail nothing stays but its keyed digest and the verdict.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.clocks import Deadline as CoreDeadline
from bot.core.effects import (
    AmendRequest,
    Drop,
    Effect,
    HandToStaff,
    LeaveUntouched,
    OpenRequest,
    Reply,
    SendCode,
    Suppress,
)
from bot.core.messages import InboundMessage
from bot.core.playbook import Mode
from bot.core.tickets import PROVED_STATES, TRANSITIONS, State, Verification
from bot.core.turn import Decision
from bot.errors import OurFault
from bot.keys import Keys
from bot.store import audit, conversations, serialise
from bot.store.ids import new_id
from bot.store.intake import keep_claim
from bot.store.schema import Conversation, Deadline, Outbox, Request, StaffItem, Suppression
from bot.store.schema import Verification as VerificationRow
from bot.store.values import Claim
from bot.store.verdict import forgets_message, is_quiet, outcome_of

#: Where a message of ours begins, by how much the bot may do by itself.
STATE_BY_MODE = {Mode.SHADOW: "shadow", Mode.APPROVE: "held", Mode.AUTOMATIC: "queued"}


#: A flood of mails in one name is one alert (RELIABILITY L19).
_ONCE_FOR_A_MAILBOX = frozenset({"too_many_codes"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """Everything that carrying out one decision needs."""

    connection: AsyncConnection
    keys: Keys
    host: str
    claim: Claim
    decision: Decision
    message: InboundMessage
    mode: Mode
    now: datetime

    async def save(self) -> bool:
        """True where the message's content was erased."""
        if self.decision.conversation.id != self.claim.conversation:
            raise OurFault("A decision must be about the conversation that was claimed.")
        forgets = forgets_message(self.decision.effects)
        await self._finish(forgets)
        if self.claim.version or not is_quiet(self.decision.effects):
            await conversations.write(
                self.connection, self.decision.conversation, version=self.claim.version, now=self.now
            )
        for ordinal, effect in enumerate(self.decision.effects):
            await self._carry_out(ordinal, effect)
        if not is_quiet(self.decision.effects):
            await self._note("message_handled", rules=list(self.decision.rules), digest=self._message_digest)
        return forgets

    async def _finish(self, forgets: bool) -> None:
        """The first statement: it fences off whoever lost the claim and locks the row."""
        nothing = dict.fromkeys(("raw", "external_id", "origin", "envelope", "received_at", "conversation_id"))
        await keep_claim(
            self.connection,
            self.claim,
            state="done",
            reason="",
            claimed_by=None,
            claimed_until=None,
            outcome=outcome_of(self.decision.effects),
            rules=list(self.decision.rules),
            intents=sorted(self.decision.intents),
            done_at=self.now,
            **(nothing if forgets else {}),
        )

    async def _carry_out(self, ordinal: int, effect: Effect) -> None:
        match effect:
            case Reply():
                await self._reply(ordinal, effect)
            case SendCode():
                await self._send_code(ordinal, effect)
            case OpenRequest():
                await self._open_request(ordinal, effect)
            case AmendRequest():
                await self._amend_request(effect)
            case Suppress():
                await self._suppress(effect)
            case HandToStaff():
                await self._hand_to_staff(ordinal, effect)
            case LeaveUntouched() | Drop():
                # The verdict on the inbox row is all that there is to keep.
                pass
            case _:
                assert_never(effect)

    async def _reply(self, ordinal: int, effect: Reply) -> None:
        message = self.message
        recipient = message.thread if message.is_chat else message.address
        if not recipient:
            raise OurFault("A reply was decided on for a message without an address; hand it to staff.")
        await self._queue(
            ordinal,
            channel=message.channel,
            kind="reply",
            recipient=recipient,
            parts=serialise.parts_to_json(effect.parts),
            # Whoever forges a sender must not have a line of theirs delivered by us (RELIABILITY L20).
            subject=message.subject if message.authenticated else "",
            in_reply_to=message.message_id,
            thread_references=self._thread(),
            nonce="",
            proves=[],
        )

    async def _send_code(self, ordinal: int, effect: SendCode) -> None:
        await self._queue(
            ordinal,
            channel="email",
            kind="code",
            recipient=effect.address,
            parts=serialise.parts_to_json(effect.parts),
            subject="",
            in_reply_to="",
            # A mail of its own; but where its reader asked in a thread of ours, L16's cap does not stop it.
            thread_references=self._thread() if effect.address == self.message.address else [],
            nonce=effect.nonce,
            proves=list(effect.references),
        )

    def _thread(self) -> list[str]:
        """Oldest first; as parsed the newest is first, and the one that it answers is usually named twice."""
        return list(dict.fromkeys(self.message.references))[::-1]

    async def _queue(self, ordinal: int, *, channel: str, kind: str, **columns: object) -> None:
        outbox_id, conversation = new_id(), self.decision.conversation
        message_id = self.keys.message_id(outbox_id, conversation.id, self.host) if channel == "email" else ""
        state = STATE_BY_MODE[self.mode]
        await self.connection.execute(
            insert(Outbox).values(
                id=outbox_id,
                inbox_id=self.claim.inbox_id,
                ordinal=ordinal,
                conversation_id=conversation.id,
                brand=conversation.brand,
                channel=channel,
                kind=kind,
                language=conversation.language,
                message_id=message_id,
                intents=sorted(self.decision.intents),
                state=state,
                attempts=0,
                not_before=self.now,
                approved_by="",
                said="",
                reason="",
                created_at=self.now,
                **columns,
            )
        )
        await self._note(f"{kind}_written", outbox=outbox_id, state=state)

    async def _open_request(self, ordinal: int, effect: OpenRequest) -> None:
        request, conversation = effect.request, self.decision.conversation
        await self.connection.execute(
            insert(Request).values(
                reference=request.reference,
                conversation_id=conversation.id,
                inbox_id=self.claim.inbox_id,
                ordinal=ordinal,
                brand=conversation.brand,
                right_name=request.right,
                state=request.state.value,
                level_needed=request.level,
                received_at=request.received_at,
                claimed_address=effect.claimed_address,
                taken_by="",
                opened_at=self.now if request.state in PROVED_STATES else None,
                changed_at=self.now,
                kind=request.kind,
                **await self._proof(effect.verification),
            )
        )
        await write_deadlines(self.connection, request.reference, request.deadlines)
        await self._note_request(request.reference, "request_made", state=request.state.value, right=request.right)

    async def _amend_request(self, effect: AmendRequest) -> None:
        is_it = (Request.reference == effect.reference, Request.conversation_id == self.decision.conversation.id)
        before = await self.connection.scalar(select(Request.state).where(*is_it).with_for_update())
        if before is None:
            raise OurFault(f"Request {effect.reference} does not belong to this conversation.")
        changes: dict[str, object] = {"changed_at": self.now} | await self._proof(effect.verification)
        if effect.to is not None:
            if effect.to not in TRANSITIONS[State(before)]:
                raise OurFault(f"Request {effect.reference} cannot go from {before} to {effect.to.value}.")
            changes |= {"state": effect.to.value, **times_of(effect.to, self.now)}
        await self.connection.execute(update(Request).where(*is_it).values(**changes))
        event = "request_moved" if effect.to else "message_added"
        await self._note_request(effect.reference, event, state=effect.to.value if effect.to else before)

    async def _proof(self, verification: Verification | None) -> dict[str, object]:
        """The columns that tie a request to its proof; the proof's row is made once."""
        if verification is None:
            return {}
        conversation_id = self.decision.conversation.id
        verification_id = await self.connection.scalar(
            select(VerificationRow.id).where(
                VerificationRow.conversation_id == conversation_id,
                VerificationRow.level == verification.level,
                VerificationRow.method == verification.method,
                VerificationRow.subject == verification.subject,
                VerificationRow.at == verification.at,
            )
        )
        if verification_id is None:
            verification_id = new_id()
            await self.connection.execute(
                insert(VerificationRow).values(
                    id=verification_id,
                    conversation_id=conversation_id,
                    level=verification.level,
                    method=verification.method,
                    subject=verification.subject,
                    at=verification.at,
                )
            )
        return {
            "verification_id": verification_id,
            "verification_level": verification.level,
            "subject": verification.subject,
        }

    async def _suppress(self, effect: Suppress) -> None:
        what = suppression_of(self.decision.conversation.brand, effect.purpose, effect.address)
        known = exists().where(Suppression.digest.in_(self.keys.digests("suppression", *what)))
        digest = self.keys.digest("suppression", *what)
        if not await self.connection.scalar(select(known)):
            await self.connection.execute(
                insert(Suppression).values(
                    digest=digest,
                    brand=self.decision.conversation.brand,
                    purpose=effect.purpose,
                    address=effect.address,
                    inbox_id=self.claim.inbox_id,
                    created_at=self.now,
                )
            )
        await self._note("suppressed", purpose=effect.purpose, digest=digest)

    async def _hand_to_staff(self, ordinal: int, effect: HandToStaff) -> None:
        await self._note("handed_to_staff", reason=effect.reason)
        if effect.reason in _ONCE_FOR_A_MAILBOX and await self._staff_know(effect.reason):
            return
        await self.connection.execute(
            insert(StaffItem).values(
                id=new_id(),
                inbox_id=self.claim.inbox_id,
                ordinal=ordinal,
                conversation_id=self.decision.conversation.id,
                brand=self.decision.conversation.brand,
                reference=effect.reference,
                reason=effect.reason,
                urgent=effect.urgent,
                state="open",
                created_at=self.now,
            )
        )

    async def _staff_know(self, reason: str) -> bool:
        """There is an open item of this kind about the mailbox of this talk."""
        ours = select(StaffItem.id).join(Conversation, Conversation.id == StaffItem.conversation_id)
        found = await self.connection.scalar(
            ours.where(
                StaffItem.state == "open",
                StaffItem.reason == reason,
                Conversation.brand == self.decision.conversation.brand,
                func.lower(Conversation.address) == self.decision.conversation.address.lower(),
            ).limit(1)
        )
        return found is not None

    async def _note(self, event: str, **details: str | list[str]) -> None:
        chain = audit.of_conversation(self.decision.conversation.id)
        await self._write_note(chain, event, **details)

    async def _note_request(self, reference: str, event: str, **details: str | list[str]) -> None:
        await self._write_note(audit.of_request(reference), event, rules=list(self.decision.rules), **details)

    async def _write_note(self, chain: str, event: str, **details: str | list[str]) -> None:
        whole = {"inbox": self.claim.inbox_id, **details}
        await audit.note(self.connection, self.keys, chain, event, at=self.now, details=whole)

    @property
    def _message_digest(self) -> str:
        return self.keys.digest("raw message", self.claim.arrival.raw.hex())


async def write_deadlines(connection: AsyncConnection, reference: str, deadlines: Sequence[CoreDeadline]) -> None:
    """The clocks of a request, the strictest at place 0; those that it had are replaced."""
    await connection.execute(delete(Deadline).where(Deadline.reference == reference))
    for place, deadline in enumerate(sorted(deadlines, key=lambda found: found.due_at)):
        row = serialise.deadline_to_row(deadline)
        await connection.execute(insert(Deadline).values(reference=reference, place=place, **row))


def suppression_of(brand: str, purpose: str, address: str) -> tuple[str, str, str]:
    """What the digest of a suppression is made of; letter case is nothing, so that nobody slips through by it."""
    return brand, purpose, address.strip().casefold()


def times_of(state: State, now: datetime) -> dict[str, datetime | None]:
    """The columns that say when a request was opened or closed, for a step to `state`."""
    if state is State.OPEN:
        return {"opened_at": now, "closed_at": None}
    return {"closed_at": now} if not TRANSITIONS[state] or state is State.EXPIRED else {}
