"""Proper names in a policy: firms, tools and places that a question may mention as the policy spells them."""

import re

#: A capital within a sentence: after a small letter, a comma, a colon or a bracket, and a blank.
_CAPITAL = re.compile(r"(?<=[a-z,:(/&] )[A-Z][\w’'-]{2,}")
_SMALL = re.compile(r"\b[a-z][\w’'-]{2,}")


def names_of(text: str) -> frozenset[str]:
    """Words, in small letters, that stand with a capital within a sentence and nowhere without one."""
    small = set(_SMALL.findall(text))
    return frozenset(word.casefold() for word in _CAPITAL.findall(text)) - small


def named_in(question: str, names: frozenset[str]) -> frozenset[str]:
    """Which of the names the question mentions."""
    return names & words_of(question)


def words_of(text: str) -> frozenset[str]:
    """The words of a text in small letters."""
    return frozenset(word.casefold() for word in re.findall(r"\w[\w’'-]{2,}", text))
