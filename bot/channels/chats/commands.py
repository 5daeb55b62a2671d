"""What a person means who types a command or taps a button: the plain sentence behind it, read like any other text."""

import re

from bot.channels.chats.phrases import WISHES, named, tapped, wish

#: Commands whose own words, where there are any, are the wish itself.
_ASKING = frozenset({"privacy", "cookies"})
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@[A-Za-z0-9_]{1,64})?(?:\s+(.*))?", re.DOTALL)


def meant(text: str, language: str) -> str | None:
    """Their text, or the wish of a button or command; None where they must choose a language."""
    if behind := tapped(text.strip()):
        return behind
    found = _COMMAND.fullmatch(text.strip())
    if found is None:
        return text
    command, rest = found[1].lower(), (found[2] or "").strip()
    if command == "start":
        return wish("language", language)
    if command == "language":
        return wish("language", chosen) if (chosen := named(rest)) else None
    if command not in WISHES:
        return text
    if command in _ASKING and rest:
        return rest
    return f"{wish(command, language)}\n{rest}".strip()
