"""Acts of a conversation: a clerk answers, gives the work to somebody, takes back what has not left yet."""

from collections.abc import Sequence

from bot.core import letters
from bot.core.tickets import State
from bot.staff.clerk import Clerk, Done, carry_out, find
from bot.staff.closing import quoted_lines
from bot.store import Letter, NotAllowed


async def answer(clerk: Clerk, reference: str, *, words: str, policy_lines: Sequence[int] = ()) -> Done:
    """The clerk's own words, and lines of the policy as they stand, in the person's channel."""
    detail = await find(clerk, reference)
    if not words.strip():
        raise NotAllowed("An answer needs words.")
    quoted = await quoted_lines(clerk, detail.request.brand, policy_lines)
    to = State.IN_PROGRESS if detail.request.state is State.OPEN else None
    return await carry_out(
        clerk,
        detail,
        event="answered_by_staff",
        to=to,
        told=letters.answered(words=words, quoted=quoted),
        must_be_told=True,
    )


async def answer_item(clerk: Clerk, item_id: str, *, words: str, policy_lines: Sequence[int] = ()) -> str:
    """Answer a message that was handed over and made no request, and close its item; how it leaves: "queued", ..."""
    item = next((row for row in await clerk.store.staff_items() if row.item_id == item_id), None)
    if item is None:
        raise NotAllowed("There is no open item $item_id.", item_id=item_id)
    if not words.strip():
        raise NotAllowed("An answer needs words.")
    quoted = await quoted_lines(clerk, item.brand, policy_lines)
    mode = clerk.playbooks[item.brand].mode_of(frozenset())
    letter = Letter(parts=letters.answered(words=words, quoted=quoted), mode=mode, by=clerk.name, rests=clerk.rests)
    posted = await clerk.store.answer_item(item_id, letter, by=clerk.name, now=clerk.now())
    return posted.state


async def assign(clerk: Clerk, reference: str, *, to: str) -> Done:
    """Somebody has it from now on; "" puts it back on the pile."""
    detail = await find(clerk, reference)
    if detail.request.is_closed:
        raise NotAllowed(
            "Request $reference is $state; nobody needs to have it.",
            reference=reference,
            state=detail.request.state.value,
        )
    return await carry_out(clerk, detail, event="assigned", taken_by=to)


async def hand_back(clerk: Clerk, reference: str) -> None:
    """The bot answers again in a talk that a person of the shop had taken over."""
    await clerk.store.mail.hand_back(reference, by=clerk.name)


async def undo(clerk: Clerk, reference: str) -> str:
    """Take the last act back while nothing of it has been sent; gives its event."""
    return await clerk.store.undo(reference, by=clerk.name, now=clerk.now())
