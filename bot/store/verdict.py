"""What became of a message, in one word, and whether anything of it is kept; pure."""

from collections.abc import Sequence

from bot.core.effects import (
    AmendRequest,
    Drop,
    Effect,
    Forget,
    HandToStaff,
    LeaveUntouched,
    NoteBounce,
    OpenRequest,
    Reply,
    SendCode,
    Suppress,
)

#: What became of a message, the weightiest first; the name of the first effect that was found.
_OUTCOMES: tuple[tuple[type[Effect], str], ...] = (
    (OpenRequest, "request_opened"),
    (AmendRequest, "request_amended"),
    (Suppress, "suppressed"),
    (Forget, "forgotten"),
    (NoteBounce, "mail_came_back"),
    (HandToStaff, "handed_to_staff"),
    (SendCode, "code_sent"),
    (Reply, "answered"),
    (Drop, "dropped"),
    (LeaveUntouched, "untouched"),
)


def outcome_of(effects: Sequence[Effect]) -> str:
    """One word for what became of a message."""
    return next((name for kind, name in _OUTCOMES if any(isinstance(e, kind) for e in effects)), "noted")


def is_quiet(effects: Sequence[Effect]) -> bool:
    """Nothing follows at all, and the message is not ours."""
    return bool(effects) and all(isinstance(effect, LeaveUntouched | Drop) for effect in effects)


def forgets_message(effects: Sequence[Effect]) -> bool:
    """Ordinary or robots' messages, also those that a chat answers with one line on what the bot is for."""
    only_words = all(isinstance(effect, LeaveUntouched | Drop | Reply) for effect in effects)
    return only_words and any(isinstance(effect, LeaveUntouched | Drop) for effect in effects)
