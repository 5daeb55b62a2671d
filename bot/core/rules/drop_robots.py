"""Did nobody write this?"""

from bot.core.draft import Draft
from bot.core.effects import Drop


def drop_robots(draft: Draft) -> Draft | None:
    """An auto-reply, a bounce or a mail of our own is not read and never answered (RFC 3834 section 2)."""
    silence = draft.message.silence
    if silence is None or not silence.robot:
        return None
    return draft.settle(draft.left, Drop(rule=silence.rule))
