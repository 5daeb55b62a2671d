"""Do they ask about an earlier request?"""

from bot.core.draft import Draft, line
from bot.core.effects import AmendRequest, HandToStaff, Line
from bot.core.letters import how_to_complain
from bot.core.tickets import Request, State


def report_status(draft: Draft) -> Draft | None:
    """The state of each request of this very conversation, and of no other; staff see what was added or taken back."""
    asked = draft.left_with("status")
    if not asked:
        return None
    requests = draft.conversation.requests
    if not requests:
        return draft.settle(asked, HandToStaff(reason="about_an_earlier_request")).say(line("status_elsewhere"))
    noted = AmendRequest(reference=requests[-1].reference)
    staff = HandToStaff(reason="about_an_earlier_request", reference=requests[-1].reference)
    said = [_state(request) for request in requests]
    if any(request.state is State.DENIED for request in requests):
        said.append(how_to_complain(draft.playbook))
    return draft.settle(asked, noted, staff).say(*said)


def _state(request: Request) -> Line:
    """What is closed has no due date any more."""
    named = {"right": request.right, "reference": request.reference, "state": request.state.value}
    return line("status_closed", **named) if request.is_closed else line("status", due=request.due_on, **named)
