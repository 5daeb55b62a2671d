"""A clerk at work, what an act of theirs leaves behind, and how each act is carried out.

Law: an act that needs the person to be told is refused where nothing would be sent, unless the clerk says how it was
done instead.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.clocks import Deadline
from bot.core.effects import Part
from bot.core.playbook import Mode, Playbook
from bot.core.tickets import State, Verification
from bot.store import Act, Letter, NotAllowed, Posted, RequestDetail, Store
from bot.store.letters import is_mailbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Clerk:
    """Somebody of the staff at work."""

    name: str
    store: Store
    playbooks: Mapping[str, Playbook]
    now: Callable[[], datetime]
    #: What the clerk's page showed of the case (`bot.store.casebook.mark_of`), "" where there was none.
    mark: str = ""
    #: How long letters rest before they leave, so that an act can be undone.
    rests: timedelta = timedelta()
    #: The proposal that this clerk gives leave to, and who wrote it; "" where they act of themselves.
    proposal: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What an act left behind."""

    reference: str
    state: State
    #: When the answer is due now, "" for what is closed.
    due_on: str
    #: "queued", "shadow", or "" where nobody was told.
    told: str
    #: The proposal that waits for a second person's leave; then nothing else was done.
    proposal: str = ""


async def find(clerk: Clerk, reference: str) -> RequestDetail:
    detail = await clerk.store.request(reference)
    if detail is None:
        raise NotAllowed("There is no request $reference.", reference=reference)
    return detail


async def carry_out(
    clerk: Clerk,
    detail: RequestDetail,
    *,
    event: str = "",
    to: State | None = None,
    told: tuple[Part, ...] = (),
    reason_code: str = "",
    words: str = "",
    deadlines: tuple[Deadline, ...] | None = None,
    told_by: str = "",
    must_be_told: bool = False,
    note: str = "",
    taken_by: str | None = None,
    proof: Verification | None = None,
) -> Done:
    request = detail.request
    mode = clerk.playbooks[request.brand].mode_of(frozenset({request.right}))
    if must_be_told and not told_by and (mode is Mode.SHADOW or not _can_be_told(detail)):
        raise NotAllowed(
            "The person must be told, and nothing would be sent for request $reference;"
            " tell them in another way and say how.",
            reference=request.reference,
        )
    act = Act(
        event=event,
        by=clerk.name,
        seen=request.state,
        to=to,
        reason_code=reason_code,
        words=words,
        deadlines=deadlines,
        letter=Letter(parts=told, mode=mode, by=clerk.author or clerk.name, rests=clerk.rests)
        if told and not told_by
        else None,
        told_by=told_by,
        note=note,
        taken_by=taken_by,
        proof=proof,
        mark=clerk.mark,
        proposal=clerk.proposal,
    )
    posted: Posted | None = await clerk.store.act(request.reference, act, now=clerk.now())
    state = to or request.state
    due = "" if not _is_running(state) else strictest(deadlines or detail.deadlines)
    return Done(reference=request.reference, state=state, due_on=due, told=posted.state if posted else "")


def strictest(deadlines: Sequence[Deadline]) -> str:
    """The strictest answer of all."""
    return min((deadline.due_on for deadline in deadlines if deadline.step == "answer"), default="")


def _can_be_told(detail: RequestDetail) -> bool:
    """A mailbox, or a chat in which we have said something before."""
    return is_mailbox(detail.request.subject) or any(row.channel != "email" for row in detail.outgoing)


def _is_running(state: State) -> bool:
    return state in (State.AWAITING_VERIFICATION, State.OPEN, State.IN_PROGRESS, State.ON_HOLD)
