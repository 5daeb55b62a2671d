"""Is it a report that a mail of ours did not arrive?"""

from bot.core.draft import Draft
from bot.core.effects import HandToStaff, NoteBounce


def note_the_bounce(draft: Draft) -> Draft | None:
    """Only where our own signature names the mail, for anybody can write a report; for good, staff must see to it."""
    bounce = draft.message.bounce
    if bounce is None or not bounce.outbox_id:
        return None
    noted = draft.settle(draft.left, NoteBounce(outbox_id=bounce.outbox_id, permanent=bounce.permanent))
    if not bounce.permanent:
        return noted
    requests = draft.conversation.requests
    return noted.settle((), HandToStaff(reason="mail_came_back", reference=requests[-1].reference if requests else ""))
