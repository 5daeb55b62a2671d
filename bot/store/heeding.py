"""Writes what a decision asks of others: nothing more to an address, and a person who must look."""

from sqlalchemy import exists, func, insert, select

from bot.core.effects import HandToStaff, Suppress
from bot.store.ids import new_id
from bot.store.saved import Saving
from bot.store.schema import Conversation, StaffItem, Suppression

#: A flood of mails in one name is one alert (RELIABILITY L19).
_ONCE_FOR_A_MAILBOX = frozenset({"too_many_codes"})


async def suppress(saving: Saving, effect: Suppress) -> None:
    what = suppression_of(saving.decision.conversation.brand, effect.purpose, effect.address)
    known = exists().where(Suppression.digest.in_(saving.keys.digests("suppression", *what)))
    digest = saving.keys.digest("suppression", *what)
    if not await saving.connection.scalar(select(known)):
        await saving.connection.execute(
            insert(Suppression).values(
                digest=digest,
                brand=saving.decision.conversation.brand,
                purpose=effect.purpose,
                address=effect.address,
                inbox_id=saving.claim.inbox_id,
                created_at=saving.now,
            )
        )
    await saving.note("suppressed", purpose=effect.purpose, digest=digest)


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
            func.lower(Conversation.address) == saving.decision.conversation.address.lower(),
        ).limit(1)
    )
    return found is not None


def suppression_of(brand: str, purpose: str, address: str) -> tuple[str, str, str]:
    """What the digest of a suppression is made of; letter case is nothing, so that nobody slips through by it."""
    return brand, purpose, address.strip().casefold()
