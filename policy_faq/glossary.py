"""Puts a question from another language into English words, so that one encoder and one catalogue serve them all.

No translation: word for word, what is not in the glossary stays; nothing of it is ever shown.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

GLOSSARY = Path(__file__).with_suffix(".toml")
_ENGLISH = re.compile(
    r"\b(?:the|you|your|my|me|is|are|do|does|can|how|what|who|where|when|why|which|i|it|of|to|for|and|or|with|if|"
    r"have|has|will|want|please|not|am|be|on|about|from|any|there)\b"
)
#: So many words of one language, and more than English ones, make a text one of that language.
_LEAST = 2


@cache
def _patterns() -> Mapping[str, tuple[re.Pattern[str], Mapping[str, str]]]:
    """By language: what finds its words, longest first, and their English."""
    raw = tomllib.loads(GLOSSARY.read_text(encoding="utf-8"))
    found = {}
    for language, entries in raw.items():
        ordered = sorted(entries, key=len, reverse=True)
        words = "|".join(re.escape(entry).replace(r"\*", r"[^\W\d_]*").replace(r"\ ", r"\s+") for entry in ordered)
        found[language] = (re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.I), MappingProxyType(_by_beginning(entries)))
    return MappingProxyType(found)


def _by_beginning(entries: Mapping[str, str]) -> dict[str, str]:
    return {" ".join(entry.casefold().split()): english for entry, english in entries.items()}


def in_english(text: str) -> str:
    """The text with the words that the glossary knows in English; an English text as it is."""
    language = language_of(text)
    if not language:
        return text
    pattern, entries = _patterns()[language]
    return pattern.sub(lambda match: _english(match[0], entries), text.replace("’", " ").replace("'", " "))


def language_of(text: str) -> str:
    """The language whose words are the most frequent in the text, "" for English and for what is not known."""
    english = len(set(_ENGLISH.findall(text.casefold())))
    counts = {
        language: len({match.casefold() for match in pattern.findall(text)})
        for language, (pattern, _) in _patterns().items()
    }
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] >= _LEAST and counts[best] > english else ""


def _english(found: str, entries: Mapping[str, str]) -> str:
    words = " ".join(found.casefold().split())
    if words in entries:
        return entries[words]
    beginnings = (entry for entry in entries if "*" in entry and _begins(words, entry))
    return entries.get(max(beginnings, key=len, default=""), found)


def _begins(words: str, entry: str) -> bool:
    parts, heads = words.split(), entry.split()
    return len(parts) == len(heads) and all(
        part.startswith(head[:-1]) if head.endswith("*") else part == head
        for part, head in zip(parts, heads, strict=True)
    )
