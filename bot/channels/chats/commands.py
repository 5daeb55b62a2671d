"""What a person means who types a command or taps a button: the plain sentence behind it, read like any other text."""

import re

from bot.channels.chats.phrases import WISHES, beside, called, named, tapped, wish

#: Commands whose own words, where there are any, are the wish itself.
_ASKING = frozenset({"privacy", "cookies"})
#: Commands that are about the chat itself; with words of their own they are about everything that the shop holds.
_OF_THE_CHAT = frozenset({"mydata", "forget"})
_MOST_WORDS = 8
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@[A-Za-z0-9_]{1,64})?(?:\s+(.*))?", re.DOTALL)


def meant(text: str, language: str) -> str | None:
    """Their text, or the wish of a button or command; None where they must choose a language."""
    if behind := tapped(text.strip()):
        return behind
    found = _COMMAND.fullmatch(text.strip())
    if found is None:
        return wish("language", wanted) if (wanted := _language_in(text)) else text
    command, rest = found[1].lower(), (found[2] or "").strip()
    if command == "start":
        return wish("language", language)
    if command == "language":
        return wish("language", chosen) if (chosen := named(rest)) else None
    if command not in WISHES:
        return text
    if command in _ASKING and rest:
        return rest
    if command in _OF_THE_CHAT and not rest:
        return f"/{command}"
    return f"{wish(command, language)}\n{rest}".strip()


def _language_in(text: str) -> str:
    """The language that somebody asks for who says nothing else, e.g. "auf Deutsch, bitte"; "" for none."""
    said = re.findall(r"[\w']+", text.casefold())
    if len(said) > _MOST_WORDS:
        return ""
    found = {word: language for word in said if (language := called(word))}
    others = [word for word in said if word not in found and not beside(word)]
    return "" if others or len(set(found.values())) != 1 else next(iter(found.values()))
