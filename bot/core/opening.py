"""Making a new request: its reference, its level, its clocks."""

from datetime import datetime

from bot.core.clocks import Deadline, due_at
from bot.core.draft import Draft
from bot.core.effects import HandToStaff, OpenRequest
from bot.core.kinds import ONCE_A_YEAR
from bot.core.playbook import Playbook
from bot.core.tickets import Request, State, Verification, level_needed


def new_request(draft: Draft, right: str, state: State) -> tuple[Request, Draft]:
    """A request for `right`, received with this message, now part of the conversation."""
    reference, draft = draft.next_reference()
    kind = draft.kind(right)
    request = Request(
        reference=reference,
        right=right,
        state=state,
        level=level_needed(right, kind, has_directory=draft.playbook.has_directory),
        received_at=draft.message.received_at,
        address=subject_of(draft),
        deadlines=deadlines(draft, right, kind),
        kind=kind,
    )
    if kind in ONCE_A_YEAR and (kind in draft.turn.kinds_this_year or _has_one(draft, kind)):
        draft = draft.settle((), HandToStaff(reason="second_this_year", reference=reference))
    return request, draft.remember(requests=(*draft.conversation.requests, request))


def _has_one(draft: Draft, kind: str) -> bool:
    year = draft.message.received_at.year
    return any(request.kind == kind and request.received_at.year == year for request in draft.conversation.requests)


def open_without_proof(draft: Draft, right: str) -> tuple[Request, Draft]:
    """A level-0 request, acted on at once, with a row of level 0 as its proof."""
    request, draft = new_request(draft, right, State.OPEN)
    verification = Verification(level=0, method="none", subject=request.address, at=draft.turn.now)
    opened = OpenRequest(request=request, claimed_address=request.address, verification=verification)
    return request, draft.settle((), opened)


def subject_of(draft: Draft) -> str:
    """The mailbox that the request names; where a chat has named none, the chat itself."""
    return draft.conversation.address or f"{draft.message.channel}:{draft.message.thread}"


def deadlines(draft: Draft, right: str, kind: str = "") -> tuple[Deadline, ...]:
    """Every clock of the brand that applies to `right`, strictest first."""
    return clocks_of(draft.playbook, right, kind, draft.message.received_at)


def clocks_of(playbook: Playbook, right: str, kind: str, received_at: datetime) -> tuple[Deadline, ...]:
    """Every deadline that the brand's clocks set for a request received then, strictest first."""
    counted = [
        due_at(clock, received_at, time_zone=playbook.time_zone)
        for clock in playbook.clocks
        if clock.applies_to(right, kind)
    ]
    return tuple(sorted(counted, key=lambda deadline: deadline.due_at))
