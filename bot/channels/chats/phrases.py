"""What is only said or meant in the chats of others: the wishes behind commands and buttons, and our own asides."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any

#: Commands with a wish in each language; /start and /language carry a language and no wish.
WISHES = ("privacy", "mydata", "forget", "unsubscribe", "cookies", "status", "human")
_DEFAULT = "en"


def spoken(tag: str) -> str:
    """The language of ours that an IETF tag such as "pt-br" names, "" where we do not speak it."""
    code = tag.casefold().replace("_", "-").partition("-")[0]
    return code if code in _table() else ""


def named(text: str) -> str:
    """The language that a person names by its code or in itself ("de", "Deutsch"), "" where we know none such."""
    names = {str(words["name"]).casefold(): code for code, words in _table().items()}
    return names.get(text.casefold(), "") or spoken(text)


def own_name(language: str) -> str:
    """What a language calls itself, "Deutsch"."""
    return str(_words(language)["name"])


def called(name: str) -> str:
    """The language that goes by `name` in any of ours, "" for none."""
    return next((code for code, words in _table().items() if name.casefold() in words["called"]), "")


def beside(word: str) -> bool:
    """Whether `word` may stand beside the name of a language where nothing else is asked for."""
    return any(word in str(words["beside"]).split() for words in _table().values())


def wish(command: str, language: str) -> str:
    """The plain sentence that a command stands for."""
    return str(_words(language)["commands"][command])


def button(command: str, language: str) -> str:
    """What a person taps instead of typing the command."""
    return str(_words(language)["buttons"][command])


def tapped(text: str) -> str:
    """The wish behind a button in the button's own language, "" where `text` is none."""
    command, language = _buttons().get(text, ("", ""))
    return wish(command, language) if command else ""


def sentence(key: str, language: str, *, shop: str) -> str:
    """One of our own sentences."""
    return Template(_words(language)["sentences"][key]).substitute(shop=shop)


def _words(language: str) -> Mapping[str, Any]:
    return _table()[spoken(language) or _DEFAULT]


@cache
def _buttons() -> Mapping[str, tuple[str, str]]:
    return {button(command, language): (command, language) for language in _table() for command in WISHES}


@cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
