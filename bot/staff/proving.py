"""Acts on a proof and on what waits for a clerk's leave: staff confirm who asks, let a message go, or keep it back."""

from bot.core import letters
from bot.core.tickets import State, Verification
from bot.staff.clerk import Clerk, Done, carry_out, find
from bot.store import Act, NotAllowed


async def confirm(clerk: Clerk, reference: str, *, words: str) -> Done:
    """The clerk has checked who asks (level 3); `words` note how, for the next clerk. The request opens.

    What was shown for it is not kept, only that it was checked and how (EDPB 01/2022, 78).
    """
    detail = await find(clerk, reference)
    request = detail.request
    if not words.strip():
        raise NotAllowed("A confirmation needs a note on how it was checked.")
    if request.state not in (State.AWAITING_VERIFICATION, State.EXPIRED):
        raise NotAllowed(
            "Request $reference is $state; there is nothing to confirm.", reference=reference, state=request.state.value
        )
    playbook = clerk.playbooks[request.brand]
    proof = Verification(level=3, method="staff", subject=request.claimed_address, at=clerk.now())
    told = letters.confirmed(playbook, reference, request.right, deadlines=detail.deadlines)
    done = await carry_out(clerk, detail, event="confirmed_by_staff", to=State.OPEN, told=told, proof=proof)
    await clerk.store.act(
        reference, Act(event="note_added", by=clerk.name, seen=State.OPEN, note=words), now=clerk.now()
    )
    return done


async def release(clerk: Clerk, outbox_id: str) -> None:
    """Let a message go that the brand's mode holds for approval."""
    await clerk.store.approve_outgoing(outbox_id, by=clerk.name)


async def refuse(clerk: Clerk, outbox_id: str) -> None:
    """A held message never leaves; the request that it was about stays as it is."""
    await clerk.store.stop_held(outbox_id, by=clerk.name)
