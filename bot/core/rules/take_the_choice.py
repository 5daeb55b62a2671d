"""Did we ask "A or B?", and is this the answer?"""

from collections.abc import Sequence
from dataclasses import replace

from bot.core.draft import Draft

_FIRST = frozenset({"1", "1.", "a", "(1)", "1)"})
_SECOND = frozenset({"2", "2.", "b", "(2)", "2)"})


def take_the_choice(draft: Draft) -> Draft | None:
    """A bare number picks one of the two; once something else is wanted, the question is forgotten."""
    asked = draft.conversation.asked
    if not asked:
        return None
    draft = draft.remember(asked=())
    if (picked := chosen(asked, draft.message.text)) is not None:
        return replace(draft, left=(picked,))
    return draft if draft.left else None


def chosen(asked: Sequence[str], text: str) -> str | None:
    """The intent of `asked` that a bare number picks, None where `text` picks none."""
    said = text.strip().lower()
    if said in _FIRST and asked:
        return asked[0]
    return asked[1] if said in _SECOND and len(asked) > 1 else None
