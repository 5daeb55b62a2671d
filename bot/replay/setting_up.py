"""Requests that are there before a conversation begins: made by mail, proved and moved as any request is.

So every row that a request leaves is there, and nothing that could not have happened.
"""

from collections import deque
from collections.abc import Iterator

from bot.core.proving import POINTS
from bot.core.tickets import TRANSITIONS, State
from bot.replay.scene import Scene, Ticket
from bot.replay.script import Existing, Given, Said, Script


def asking(one: Existing) -> Said:
    """The mail that asked for it; what it is read for is given at every depth."""
    given = Given(intents=(one.right,))
    return Said(place=one.place, text=one.text, sender=one.sender, thread="new", given=given)


def proofs(one: Existing, script: Script) -> Iterator[str]:
    """What the person writes to prove it: the code, then what the shop knows of them."""
    yield "{code}"
    mine = [row for row in script.customers if row["address"] == (one.sender or script.sender)]
    for row in mine[:1]:
        yield ", ".join(row[point] for point in POINTS if point in row)


def needs_proof(ticket: Ticket, to: State) -> bool:
    """Whether it must be proved before it can stand where it is to stand."""
    waits = ticket.state == State.AWAITING_VERIFICATION.value
    return waits and to not in (State.AWAITING_VERIFICATION, State.EXPIRED)


def newest(right: str, scene: Scene) -> Ticket | None:
    found = [ticket for ticket in scene.tickets if ticket.right == right]
    return found[-1] if found else None


def way(start: State, to: State) -> tuple[State, ...]:
    """The fewest steps of the staff from one state to another, without the first; () where there is no way or need."""
    ways = deque[tuple[State, ...]]([(start,)])
    while ways:
        steps = ways.popleft()
        if steps[-1] is to:
            return steps[1:]
        ways.extend((*steps, further) for further in sorted(TRANSITIONS[steps[-1]]) if further not in steps)
    return ()
