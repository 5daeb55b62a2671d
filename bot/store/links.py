"""Which mailbox a chat belongs to: written when both ends are proved, ended when either end says so."""

from sqlalchemy import insert, update

from bot.core.effects import LinkChat
from bot.store.recording import tied
from bot.store.saved import Saving
from bot.store.schema import Link


async def link(saving: Saving, effect: LinkChat) -> None:
    conversation_id, proof = saving.decision.conversation.id, effect.verification
    values = {
        "address": proof.subject,
        "verification_id": (await tied(saving.connection, conversation_id, proof))["verification_id"],
        "at": saving.now,
        "undone_at": None,
    }
    changed = await saving.connection.execute(
        update(Link).where(Link.conversation_id == conversation_id).values(**values)
    )
    if not changed.rowcount:
        await saving.connection.execute(insert(Link).values(conversation_id=conversation_id, **values))
    await saving.note("chat_linked")


async def unlink(saving: Saving) -> None:
    await saving.connection.execute(
        update(Link)
        .where(Link.conversation_id == saving.decision.conversation.id, Link.undone_at.is_(None))
        .values(undone_at=saving.now)
    )
    await saving.note("chat_unlinked")
