"""The same talk in another language: what is done must be the same, only the words of the answers differ.

Translations stand beside the turn in the conversation file (`translations`), or sentence by sentence in our own table.
Law: a talk is said in another language only as a whole; where one sentence of it has no translation, not at all.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files

from bot.replay.player import Result
from bot.replay.reshaping import Variation
from bot.replay.script import Expectation, Said, Turn
from bot.replay.wording import sentences

#: What is expected of the words themselves.
_OF_WORDS = frozenset({"reply", "reply_is", "code_mail_says", "spoken_language", "headers", "any_of"})
#: An answer in another language than the policy's is framed by other sentences.
_OF_ANSWERS = frozenset({"template", "templates", "quotes", "quotes_line"})
_STOPS = ".!?"


def in_another_language(played: Result) -> Iterator[Variation]:
    """The talk in each language in which all of it can be said."""
    turns = played.script.turns[: len(played.turns)]
    for language in _languages(turns):
        found = [_translated(turn, language) for turn in turns]
        whole = [turn for turn in found if turn is not None]
        if len(whole) < len(found) or tuple(turn.act for turn in whole) == tuple(turn.act for turn in turns):
            continue
        kept = tuple(
            replace(turn, expect=_kept(turn.expect, answered=any(reply.lines for reply in done.scene.replies)))
            for turn, done in zip(whole, played.turns, strict=True)
        )
        yield Variation(script=replace(played.script, turns=kept), what=language)


def translation(text: str, language: str) -> str:
    """`text` by our own table; "" where a sentence of it is not there."""
    found = [_sentence(one, language) for one in sentences(text)]
    return " ".join(found) if all(found) else ""


def _languages(turns: tuple[Turn, ...]) -> list[str]:
    own = {name for turn in turns if isinstance(turn.act, Said) for name in turn.act.translations}
    return sorted(own | {name for names in _table().values() for name in names})


def _translated(turn: Turn, language: str) -> Turn | None:
    """The turn in that language; as it is where it has no words, None where it has and cannot be said."""
    said = turn.act
    if not isinstance(said, Said):
        return turn
    if said.html or said.eml is not None or (said.subject and said.subject.strip()):
        return None
    if len(said.text.split()) < 2 or "@" in said.text:
        is_wordless = len(said.text.split()) < 2
        return turn if is_wordless else None
    text = said.translations.get(language) or ("" if "{" in said.text else translation(said.text, language))
    if not text:
        return None
    return replace(turn, act=replace(said, text=text, given=replace(said.given, language=language)))


def _kept(expectation: Expectation, *, answered: bool) -> Expectation:
    left = _OF_WORDS | (_OF_ANSWERS if answered else frozenset())
    return Expectation(checks=tuple(check for check in expectation.checks if check.name not in left))


def _sentence(text: str, language: str) -> str:
    stop = text[-1] if text[-1] in _STOPS else ""
    found = _table().get(_key(text), {}).get(language, "")
    return found + stop if found and found[-1] not in _STOPS else found


def _key(text: str) -> str:
    return " ".join(text.split()).rstrip(_STOPS).casefold()


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    raw = tomllib.loads(files("bot.replay").joinpath("translations.toml").read_text(encoding="utf-8"))
    return {_key(sentence): languages for sentence, languages in raw.items()}
