"""Acts in the course of the work: a request is taken, a note written, an item of the staff's list closed."""

from bot.core.tickets import State
from bot.staff.clerk import Clerk, Done, carry_out, find
from bot.store import NotAllowed


async def take(clerk: Clerk, reference: str) -> Done:
    """This clerk works on it now."""
    detail = await find(clerk, reference)
    return await carry_out(clerk, detail, to=State.IN_PROGRESS)


async def note(clerk: Clerk, reference: str, *, words: str) -> Done:
    """Something that the next clerk should know; the person is not told."""
    detail = await find(clerk, reference)
    if not words.strip():
        raise NotAllowed("A note needs words.")
    return await carry_out(clerk, detail, event="note_added", note=words)


async def close_item(clerk: Clerk, item_id: str) -> None:
    """Somebody has seen to it."""
    await clerk.store.close_item(item_id, by=clerk.name, now=clerk.now())
