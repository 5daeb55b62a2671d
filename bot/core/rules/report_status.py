"""Do they ask about an earlier request?"""

from bot.core.draft import Draft, line
from bot.core.effects import AmendRequest, HandToStaff, Line
from bot.core.tickets import Request


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
    return draft.settle(asked, noted, staff).say(*(_state(request) for request in requests))


def _state(request: Request) -> Line:
    return line(
        "status",
        right=request.right,
        reference=request.reference,
        state=request.state.value,
        due=request.due_on,
    )
