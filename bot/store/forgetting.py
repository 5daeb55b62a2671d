"""Erases one chat at its person's word, and says how much of it there is.

Law: done in the transaction of the message that asked for it; what is under way keeps what it needs to be answered.
"""

from datetime import UTC

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.tickets import FINAL_STATES
from bot.core.turn import Held
from bot.store import erasing
from bot.store.saved import Saving
from bot.store.schema import Inbox, Outbox

#: Its words have not left yet, or are being sent.
_ON_ITS_WAY = ("queued", "sending", "held")


async def forget_the_chat(saving: Saving) -> None:
    """All that was said. Where nothing is under way, whose it was as well."""
    talk, known = saving.decision.conversation.id, saving.decision.conversation.requests
    if all(request.state in FINAL_STATES for request in known):
        await erasing.erase_people(saving.connection, saving.keys, talk, by="bot", now=saving.now)
        await erasing.erase_words(saving.connection, talk, now=saving.now, goes_on=True)
    else:
        await erasing.forget_messages(saving.connection, Inbox.conversation_id == talk, goes_on=True)
        await saving.connection.execute(
            update(Outbox)
            .where(Outbox.conversation_id == talk, Outbox.state.not_in(_ON_ITS_WAY), Outbox.kind == "reply")
            .values(parts=[], subject="")
        )
    await saving.note("chat_forgotten")


async def held(connection: AsyncConnection, talk: str) -> Held:
    """How much of it is kept: messages whose words are still here, and replies."""
    came = select(func.count(), func.min(Inbox.accepted_at)).where(
        Inbox.conversation_id == talk, Inbox.raw.is_not(None)
    )
    messages, first = (await connection.execute(came)).one()
    replies = await connection.scalar(
        select(func.count()).select_from(Outbox).where(Outbox.conversation_id == talk, Outbox.recipient != "")
    )
    since = first.astimezone(UTC).date().isoformat() if first else ""
    return Held(messages=messages, replies=replies or 0, since=since)
