"""Acts on the clocks of a request: it stands still, runs again, or gets more time, where the law lets it."""

from bot.core import letters
from bot.core.clocks import Clock, Deadline, extended, paused
from bot.core.tickets import State
from bot.staff.clerk import Clerk, Done, carry_out, find, strictest
from bot.store import NotAllowed, RequestDetail


async def hold(clerk: Clerk, reference: str, *, words: str, told_by: str = "") -> Done:
    """Wait for the person's answer to `words`: only where a clock of the request may stand still meanwhile."""
    detail = await find(clerk, reference)
    if not words.strip():
        raise NotAllowed("A hold needs the question that the person must answer.")
    if not may_hold(clerk, detail):
        raise NotAllowed(
            "No law lets the clock of request $reference stand still; answer it, extend it or deny it.",
            reference=reference,
        )
    told = letters.on_hold(reference, detail.request.right, words=words)
    return await carry_out(clerk, detail, to=State.ON_HOLD, told=told, told_by=told_by, must_be_told=True)


async def resume(clerk: Clerk, reference: str) -> Done:
    """Go on. The clock runs again since the person wrote, or since now where they did not."""
    detail = await find(clerk, reference)
    held_at = detail.request.held_at
    if held_at is None:
        raise NotAllowed("Request $reference is not on hold.", reference=reference)
    answered = [m.received_at for m in detail.messages if m.received_at is not None and m.received_at > held_at]
    until, zone = min([*answered, clerk.now()]), clerk.playbooks[detail.request.brand].time_zone
    moved = tuple(
        paused(deadline, clock, held_at, until, time_zone=zone) if clock else deadline
        for deadline, clock in _pausing(clerk, detail)
    )
    told = letters.resumed(reference, detail.request.right, due=strictest(moved))
    return await carry_out(clerk, detail, to=State.IN_PROGRESS, told=told, deadlines=moved)


async def extend(clerk: Clerk, reference: str, *, words: str, told_by: str = "") -> Done:
    """More time, where a regime grants it and its own deadline is not over; `words` give the person the reason."""
    detail = await find(clerk, reference)
    if not words.strip():
        raise NotAllowed("An extension needs the reason that the person will be told.")
    if detail.request.state not in (State.OPEN, State.IN_PROGRESS, State.ON_HOLD):
        raise NotAllowed(
            "Request $reference is $state; its time cannot be extended.",
            reference=reference,
            state=detail.request.state.value,
        )
    moved = _extended(clerk, detail)
    longer = [after for before, after in zip(detail.deadlines, moved, strict=True) if after != before]
    if not longer:
        raise NotAllowed(
            "No deadline of request $reference can be extended: it is over, final, or extended already.",
            reference=reference,
        )
    due = min(deadline.due_on for deadline in longer)
    told = letters.extended(reference, detail.request.right, due=due, words=words)
    return await carry_out(
        clerk, detail, event="request_extended", told=told, deadlines=moved, told_by=told_by, must_be_told=True
    )


def may_extend(clerk: Clerk, detail: RequestDetail) -> bool:
    """Whether some clock of the request could be extended now."""
    return _extended(clerk, detail) != detail.deadlines


def may_hold(clerk: Clerk, detail: RequestDetail) -> bool:
    """Whether the law lets some clock of the request stand still."""
    return any(clock is not None for _, clock in _pausing(clerk, detail))


def _clock(clerk: Clerk, detail: RequestDetail, deadline: Deadline) -> Clock | None:
    """The clock that set `deadline`, None where the operator has taken it away since."""
    request = detail.request
    return next(
        (
            clock
            for clock in clerk.playbooks[request.brand].clocks
            if (clock.regime, clock.step) == (deadline.regime, deadline.step)
            and deadline.source in ("", clock.source)
            and clock.applies_to(request.right, request.kind)
        ),
        None,
    )


def _pausing(clerk: Clerk, detail: RequestDetail) -> list[tuple[Deadline, Clock | None]]:
    """Each deadline with its clock where that may stand still for this right."""
    clocks = [(deadline, _clock(clerk, detail, deadline)) for deadline in detail.deadlines]
    right = detail.request.right
    return [(deadline, clock if clock and right in clock.pauses else None) for deadline, clock in clocks]


def _extended(clerk: Clerk, detail: RequestDetail) -> tuple[Deadline, ...]:
    """The deadlines after an extension: of each clock that grants one, before its own end, and once."""
    zone, received_at = clerk.playbooks[detail.request.brand].time_zone, detail.request.received_at
    clocks = [(deadline, _clock(clerk, detail, deadline)) for deadline in detail.deadlines]
    free = [(d, c) for d, c in clocks if c is not None and not d.extended and clerk.now() <= d.due_at]
    law = {d: extended(d, c, received_at, time_zone=zone) for d, c in free if c.extended}
    if law:
        strictest = min(law.values(), key=lambda deadline: deadline.due_at)
        law |= {d: _with_the_law(d, strictest) for d, c in free if c.extends_with_the_law}
    return tuple(law.get(deadline, deadline) for deadline in detail.deadlines)


def _with_the_law(deadline: Deadline, law: Deadline) -> Deadline:
    return Deadline(
        regime=deadline.regime,
        step=deadline.step,
        due_at=max(deadline.due_at, law.due_at),
        due_on=max(deadline.due_on, law.due_on),
        sum=f"{deadline.sum}; extended with reasons, as long as {law.regime} allows = {law.due_on}",
        source=deadline.source,
        extended=True,
    )
