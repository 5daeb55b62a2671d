"""Did we ask "A or B?", and is this the answer?"""

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
    said = draft.message.text.strip().lower()
    if said in _FIRST:
        return replace(draft, left=asked[:1])
    if said in _SECOND:
        return replace(draft, left=asked[1:2])
    return draft if draft.left else None
