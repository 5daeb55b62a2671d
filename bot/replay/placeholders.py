"""What stands in a file for values that nobody knows before the talk is played: {code}, {reference:deletion} ..."""

import re
from dataclasses import dataclass

from bot.replay.places import BadConversation, Place
from bot.replay.scene import Scene, Spoken

_CODE = re.compile(r"(?<!\d)(\d{6})(?!\d)")
_PLACEHOLDER = re.compile(r"\{(code|wrong_code|reference|address|message_id)(?::([a-z0-9_]+))?\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The talk so far."""

    #: Everything of ours that left, oldest first.
    post: tuple[Spoken, ...]
    scene: Scene
    writer: str

    def fill(self, text: str, place: Place) -> str:
        """Replace the placeholders. Raises `BadConversation` for one that nothing stands for yet."""
        return _PLACEHOLDER.sub(lambda found: self._stands_for(found.group(1), found.group(2) or "", place), text)

    def reference(self, right: str, place: Place) -> str:
        """Of the newest request for `right`, "" any."""
        found = [ticket.reference for ticket in self.scene.tickets if right in ("", ticket.right)]
        if not found:
            raise BadConversation(f"{place}: there is no request{f' for {right}' if right else ''} yet")
        return found[-1]

    def _stands_for(self, name: str, which: str, place: Place) -> str:
        match name:
            case "code":
                return self._code(which, place)
            case "wrong_code":
                return self._wrong_code(int(which) if which.isdigit() else 1)
            case "reference":
                return self.reference(which, place)
            case "message_id":
                return self._message_id(place)
            case _:
                return self.writer

    def _codes(self) -> list[str]:
        """Every code that was mailed, oldest first."""
        found = [_CODE.search(one.text) for one in self.post if one.outgoing.kind == "code"]
        return [code.group(1) for code in found if code]

    def _code(self, which: str, place: Place) -> str:
        codes = self._codes()
        try:
            return codes[int(which) - 1 if which else -1]
        except (IndexError, ValueError):
            raise BadConversation(
                f"{place}: {{code}} stands for nothing, since {len(codes)} codes were mailed"
            ) from None

    def _wrong_code(self, number: int) -> str:
        """Six digits that no mail held."""
        mailed = set(self._codes())
        free = (f"{digits:06}" for digits in range(111111, 999999) if f"{digits:06}" not in mailed)
        return [next(free) for _ in range(number)][-1]

    def _message_id(self, place: Place) -> str:
        """Of our newest mail, whoever got it."""
        mails = [one.outgoing.message_id for one in self.post if one.outgoing.channel == "email"]
        if not mails:
            raise BadConversation(f"{place}: {{message_id}} stands for nothing, since no mail was sent")
        return mails[-1]
