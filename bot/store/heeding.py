"""Writes what a decision asks of others: nothing more to an address, and a person who must look."""

from sqlalchemy import insert, select

from bot.core.effects import HandToStaff, Resume, Suppress
from bot.store import suppression, whose
from bot.store.ids import new_id
from bot.store.saved import Saving
from bot.store.schema import Conversation, StaffItem

#: A flood of mails in one name is one alert (RELIABILITY L19).
_ONCE_FOR_A_MAILBOX = frozenset(
    {"code_from_another_mailbox", "too_many_codes", "too_many_tries", "stronger_proof_needed", "directory_unavailable"}
)


async def suppress(saving: Saving, effect: Suppress) -> None:
    row = suppression.Entry(
        brand=saving.decision.conversation.brand, purpose=effect.purpose, address=effect.address, channel="email"
    )
    digest = await suppression.enter(
        saving.connection, saving.keys, row, inbox_id=saving.claim.inbox_id, now=saving.now, actor="bot"
    )
    await saving.note("suppressed", purpose=effect.purpose, digest=digest)


async def resume(saving: Saving, effect: Resume) -> None:
    row = suppression.Entry(
        brand=saving.decision.conversation.brand, purpose=effect.purpose, address=effect.address, channel="email"
    )
    how = "in answer to our mail, from an authenticated mailbox"
    await suppression.leave(saving.connection, saving.keys, row, by="owner", reason=how, now=saving.now)
    await saving.note("suppression_undone", purpose=effect.purpose)


async def hand_to_staff(saving: Saving, ordinal: int, effect: HandToStaff) -> None:
    await saving.note("handed_to_staff", reason=effect.reason)
    if effect.reason in _ONCE_FOR_A_MAILBOX and await _staff_know(saving, effect.reason):
        return
    await saving.connection.execute(
        insert(StaffItem).values(
            id=new_id(),
            inbox_id=saving.claim.inbox_id,
            ordinal=ordinal,
            conversation_id=saving.decision.conversation.id,
            brand=saving.decision.conversation.brand,
            reference=effect.reference,
            reason=effect.reason,
            urgent=effect.urgent,
            state="open",
            created_at=saving.now,
        )
    )


async def _staff_know(saving: Saving, reason: str) -> bool:
    """There is an open item of this kind about the mailbox of this talk."""
    ours = select(StaffItem.id).join(Conversation, Conversation.id == StaffItem.conversation_id)
    found = await saving.connection.scalar(
        ours.where(
            StaffItem.state == "open",
            StaffItem.reason == reason,
            Conversation.brand == saving.decision.conversation.brand,
            whose.in_any_case(saving.connection, Conversation.address, saving.decision.conversation.address),
        ).limit(1)
    )
    return found is not None
