"""Is it about privacy, but unclear what they want?"""

from typing import assert_never

from bot.core.draft import Draft, line
from bot.core.effects import HandToStaff
from intents.reading import Doubt


def ask_again_when_unsure(draft: Draft) -> Draft | None:
    """Two candidates: ask which. Otherwise a person must look; nothing is guessed.

    A newsletter or a list's mail that merely may be about privacy is ordinary mail.
    """
    reading = draft.turn.reading
    if draft.message.silence is not None:
        return None
    match reading.doubt:
        case Doubt.NONE:
            return None
        case Doubt.AMBIGUOUS:
            return _ask_which(draft)
        case Doubt.UNSURE:
            return draft.settle((), HandToStaff(reason="unclear")).say(line("passed_to_a_person"))
        case Doubt.LANGUAGE:
            return _pass_on_unread(draft)
        case _:
            assert_never(reading.doubt)


def _ask_which(draft: Draft) -> Draft:
    """Where no answer may follow, nothing is asked and nothing awaited: a person must look."""
    if draft.unanswerable:
        return draft.settle((), HandToStaff(reason="unclear"))
    first, second = (found.name for found in draft.turn.reading.candidates[:2])
    return draft.remember(asked=(first, second)).say(line("which_one", first=first, second=second))


def _pass_on_unread(draft: Draft) -> Draft:
    """A mail that we cannot read may be ordinary: staff see it, and it is not answered (law 3)."""
    handed = draft.settle((), HandToStaff(reason="language_not_spoken"))
    return handed.say(line("passed_to_a_person")) if draft.message.is_chat else handed
