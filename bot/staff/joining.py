"""Requests that the same person has made twice are handled together, and taken apart again.

Law: only where both were proved by the same mailbox, never by a name or by likeness (law 1); the later joins the
earlier, and of two clocks the stricter stays.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.core import letters
from bot.core.clocks import Deadline
from bot.core.effects import Part
from bot.core.tickets import State
from bot.staff.clerk import Clerk, find
from bot.store import Letter, NotAllowed, RequestDetail
from bot.store.letters import is_mailbox

_UNDER_WAY = (State.OPEN, State.IN_PROGRESS, State.ON_HOLD)


async def join(clerk: Clerk, reference: str, *, other: str) -> str:
    """Handle both together; gives the one that is worked on, which is the earlier. Raises `NotAllowed`."""
    one, two = await find(clerk, reference), await find(clerk, other)
    lead, follower = sorted((one, two), key=lambda detail: (detail.request.received_at, detail.request.reference))
    if trouble := obstacle(lead, follower):
        raise trouble
    after = strictest(lead.deadlines, follower.deadlines, of=follower.request.reference)
    due = min(deadline.due_on for deadline in after if deadline.step == "answer")
    told = letters.joined(lead.request.reference, follower.request.reference, lead.request.right, due=due)
    await clerk.store.joining.join(
        follower.request.reference,
        lead.request.reference,
        before=lead.deadlines,
        after=after,
        letter=_letter(clerk, lead, told),
        by=clerk.name,
    )
    return lead.request.reference


async def part(clerk: Clerk, reference: str) -> str:
    """Take a duplicate apart again; gives the request that it was handled with. Raises `NotAllowed`."""
    follower = await find(clerk, reference)
    found = await lead_of(clerk, reference)
    if not found:
        raise NotAllowed("Request $reference is not handled together with another one.", reference=reference)
    lead, before = await find(clerk, found), await clerk.store.joining.before(reference)
    made = strictest(before, follower.deadlines, of=reference)
    # What was extended or held since stays as it is: it was told to the person.
    clocks = before if _same(made, lead.deadlines) else None
    told = letters.parted(reference, found, follower.request.right, due=follower.request.due_on)
    letter = _letter(clerk, follower, told)
    await clerk.store.joining.part(reference, found, clocks=clocks, letter=letter, by=clerk.name)
    return found


async def unlink(clerk: Clerk, reference: str) -> None:
    """The chat of this request does not belong to the mailbox any more: letters go by mail. Raises `NotAllowed`."""
    await find(clerk, reference)
    await clerk.store.chats.unlink(reference, by=clerk.name)


async def lead_of(clerk: Clerk, reference: str) -> str:
    """The request, still under way, with which this one is handled together; "" for none."""
    found = await clerk.store.joining.lead_of(reference)
    return found if found and not (await find(clerk, found)).request.is_closed else ""


def obstacle(one: RequestDetail, two: RequestDetail) -> NotAllowed | None:
    """Why these two cannot be handled together, None where they can."""
    for detail in (one, two):
        proof, request = detail.verification, detail.request
        if proof is None or proof.level < 1 or not is_mailbox(proof.subject):
            return NotAllowed("Nobody has proved that request $reference is theirs.", reference=request.reference)
        if request.state not in _UNDER_WAY:
            return NotAllowed(
                "Request $reference is $state; only what is under way is handled together.",
                reference=request.reference,
                state=request.state.value,
            )
    first, second = one.request, two.request
    if first.reference == second.reference or first.brand != second.brand:
        return NotAllowed("Name another request of the same shop.")
    if first.subject.lower() != second.subject.lower():
        return NotAllowed("These requests were proved by two mailboxes; only one person's are handled together.")
    if (first.right, first.kind) != (second.right, second.kind):
        return NotAllowed("These requests ask for different things; each needs an answer of its own.")
    return None


def strictest(ours: Sequence[Deadline], theirs: Sequence[Deadline], *, of: str) -> tuple[Deadline, ...]:
    """Each clock of both, where both have it the one that ends first; `of` is named in the sum of what was taken."""
    clocks = {(one.regime, one.step, one.source): one for one in ours}
    for other in theirs:
        here = clocks.get((other.regime, other.step, other.source))
        if here is None or other.due_at < here.due_at:
            clocks[other.regime, other.step, other.source] = replace(other, sum=f"{other.sum} ({of})")
    return tuple(sorted(clocks.values(), key=lambda deadline: deadline.due_at))


def _same(made: Sequence[Deadline], found: Sequence[Deadline]) -> bool:
    def ends(deadlines: Sequence[Deadline]) -> set[tuple[str, str, str, str]]:
        return {(one.regime, one.step, one.source, one.due_on) for one in deadlines}

    return ends(made) == ends(found)


def _letter(clerk: Clerk, detail: RequestDetail, told: tuple[Part, ...]) -> Letter:
    mode = clerk.playbooks[detail.request.brand].mode_of(frozenset({detail.request.right}))
    return Letter(parts=told, mode=mode, by=clerk.name, rests=clerk.rests)
