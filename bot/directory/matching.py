"""Whether a message names, for one record of a mailbox, every detail that was asked for.

Law: every digit that was written must belong to one of the details, so that one message is one guess. All records are
compared to the end, and an unknown mailbox like a known one.
"""

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from hmac import compare_digest
from itertools import permutations, product

from bot.core.turn import Match
from bot.directory.protocol import CustomerDirectory, DirectoryUnavailable, Record
from bot.directory.values import digest
from bot.keys import Keys

_WORD = re.compile(r"[\w./#+()-]+")
#: Capitals beside a word with digits belong to it ("1012 AB").
_CAPITALS = re.compile(r"[A-Z]{1,3}")
_MOST_WORDS = 8
#: A run of fewer letters and digits is a number of something, not a detail.
_SHORTEST = 3
#: Seconds that a comparison takes at the least, whatever the directory knows.
_AT_LEAST = 0.05

#: The words of one detail as they were written.
_Run = tuple[str, ...]


def runs(text: str) -> tuple[_Run, ...]:
    """What was written with digits: words side by side are one run, other words and signs part them."""
    found: list[list[str]] = []
    end = -1
    for match in _WORD.finditer(text):
        word, beside = match.group(), end >= 0 and not text[end : match.start()].strip(" \t\u00a0")
        if any(sign.isdecimal() for sign in word):
            found.append([*found.pop(), word] if beside else [word])
        elif beside and _CAPITALS.fullmatch(word.strip(".")):
            found[-1].append(word)
        else:
            end = -1
            continue
        end = match.end()
    return tuple(tuple(run) for run in found if sum(sign.isalnum() for word in run for sign in word) >= _SHORTEST)


def readings(found: Sequence[_Run], count: int) -> Iterator[tuple[str, ...]]:
    """Every way to read exactly `count` values out of all the runs, in their order."""
    if not 0 < len(found) <= count or sum(map(len, found)) > _MOST_WORDS:
        return
    for cuts in product(*(tuple(_cuts(run)) for run in found)):
        values = tuple(value for run in cuts for value in run)
        if len(values) == count:
            yield values


def _cuts(run: _Run) -> Iterator[tuple[str, ...]]:
    """Every way to cut a run into values."""
    for marks in product((False, True), repeat=len(run) - 1):
        values = [run[0]]
        for cut, word in zip(marks, run[1:], strict=True):
            if cut:
                values.append(word)
            else:
                values[-1] += word
        yield tuple(values)


async def compare(
    directory: CustomerDirectory,
    keys: Keys,
    *,
    address: str,
    points: Sequence[str],
    found: Sequence[_Run],
    at_least: float = _AT_LEAST,
) -> Match:
    """MATCHED, FAILED, or UNAVAILABLE where the directory does not answer."""
    until = time.monotonic() + at_least
    try:
        known = await directory.records(address)
        matched = await asyncio.to_thread(_is_named, keys, known, points, found)
    except DirectoryUnavailable:
        return Match.UNAVAILABLE
    finally:
        await asyncio.sleep(max(0.0, until - time.monotonic()))
    return Match.MATCHED if matched else Match.FAILED


def _is_named(keys: Keys, known: Sequence[Record], points: Sequence[str], found: Sequence[_Run]) -> bool:
    matched = False
    for values in readings(found, len(points)):
        for order in permutations(points):
            told = {point: digest(keys, point, value) for point, value in zip(order, values, strict=True)}
            # An unknown mailbox is compared with a record that nobody can name.
            for record in known or ({},):
                agree = [compare_digest(told[point], record.get(point, "")) for point in points]
                matched |= all(agree)
    return matched
