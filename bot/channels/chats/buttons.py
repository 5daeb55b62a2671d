"""Quick answers below a reply: what a person may tap instead of typing it."""

from collections.abc import Sequence

from bot.channels.chats.phrases import button, own_name
from bot.core.effects import Line, Part
from bot.core.playbook import Playbook

#: Rows of quick answers.
Buttons = tuple[tuple[str, ...], ...]

#: Sentences that ask for 1 or 2.
CHOICES = frozenset({"which_one", "status_or_cancel"})
#: Below which sentence which wishes are offered.
_BELOW: dict[str, Buttons] = {
    "chat_purpose": (("mydata", "forget"), ("unsubscribe", "cookies"), ("privacy", "human")),
    "held_elsewhere": (("mydata", "forget"),),
    "policy_does_not_say": (("human",),),
}
_LANGUAGES_A_ROW = 4


def buttons_below(parts: Sequence[Part], language: str) -> Buttons:
    """Quick answers to what was said, in its language."""
    keys = {part.key for part in parts if isinstance(part, Line)}
    if keys & CHOICES:
        return (("1", "2"),)
    offered = next((rows for key, rows in _BELOW.items() if key in keys), ())
    return tuple(tuple(button(command, language) for command in row) for row in offered)


def languages_of(playbook: Playbook) -> Buttons:
    """Each language that the brand speaks, by its own name: who taps it has asked for it."""
    offered = [own_name(code) for code in playbook.languages]
    return tuple(tuple(offered[at : at + _LANGUAGES_A_ROW]) for at in range(0, len(offered), _LANGUAGES_A_ROW))
