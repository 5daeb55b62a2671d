"""Judges what followed against what was expected: where it differs, in words and line by line."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import ndiff
from typing import Any

from bot.replay import judges
from bot.replay.checks import Row, rows
from bot.replay.kinds import Located
from bot.replay.places import Place
from bot.replay.scene import Scene
from bot.replay.script import Check, Expectation
from bot.replay.stored import WantedRows, in_words, tables_in
from bot.replay.wanted import WantedSuppression, WantedTicket

Fill = Callable[[str], str]

#: Letters of what was found instead of one of several alternatives.
_LONGEST_IN_A_LIST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Something that followed otherwise than expected."""

    place: Place
    expected: str
    found: str
    #: The field of `expect`, "" where the turn itself broke.
    name: str = ""
    #: Line by line: "- " was expected and is not there, "+ " is there and was not expected, "  " is as expected.
    difference: tuple[str, ...] = ()
    #: Of `any_of`: what is otherwise than each alternative says.
    alternatives: tuple[tuple["Failure", ...], ...] = ()


def judge(expectation: Expectation, scene: Scene, fill: Fill) -> tuple[Failure, ...]:
    """What is otherwise than expected, in the order of the file."""
    return tuple(failure for check in expectation.checks for failure in _judged(check, scene, fill))


def tables_named(expectation: Expectation) -> frozenset[str]:
    """The tables whose rows `expectation` judges."""
    named = (tables_in(check.value) for check in expectation.checks if check.name == "stored")
    inner = (
        tables_named(option.value) for check in expectation.checks if check.name == "any_of" for option in check.value
    )
    return frozenset().union(*named, *inner)


def _judged(check: Check, scene: Scene, fill: Fill) -> tuple[Failure, ...]:
    if check.name == "any_of":
        alternatives = tuple(judge(option.value, scene, fill) for option in check.value)
        return () if not all(alternatives) else (_none_of(check, alternatives),)
    row = rows()[check.name]
    members = check.value if row.each else (Located(value=check.value, place=check.place),)
    wrong: list[Failure] = []
    for member in members:
        wanted = filled(member.value, fill)
        if found := row.judge(wanted, scene):
            expected = f"{check.name}: {_shown(wanted)}"
            failure = Failure(place=member.place, expected=expected, found=found, name=check.name)
            wrong.append(replace(failure, difference=_difference(row, wanted, scene)))
    return tuple(wrong)


def _none_of(check: Check, alternatives: tuple[tuple[Failure, ...], ...]) -> Failure:
    told = tuple(
        f"{number}. {' and '.join(f'{one.expected}, but found {_shortened(one.found)}' for one in failures)}"
        for number, failures in enumerate(alternatives, 1)
    )
    return Failure(
        place=check.place,
        expected="one of the alternatives",
        found="none of them",
        name="any_of",
        difference=told,
        alternatives=alternatives,
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_IN_A_LIST else f"{text[:_LONGEST_IN_A_LIST].rstrip()}..."


def _difference(row: Row, wanted: Any, scene: Scene) -> tuple[str, ...]:
    """ "- " and "+ " lines where a whole value is compared and has several pieces."""
    if row.pieces is None:
        return ()
    wanted_pieces, found_pieces = row.pieces[0](wanted), row.pieces[1](scene)
    if max(len(wanted_pieces), len(found_pieces)) < 2:
        return ()
    return tuple(line for line in ndiff(wanted_pieces, found_pieces) if not line.startswith("?"))


def filled(value: Any, fill: Fill) -> Any:
    """`value` with the placeholders in its texts replaced."""
    match value:
        case str():
            return fill(value)
        case Located():
            return replace(value, value=filled(value.value, fill))
        case tuple():
            return tuple(filled(member, fill) for member in value)
        case list():
            return [filled(member, fill) for member in value]
        case dict():
            return {name: filled(member, fill) for name, member in value.items()}
        case WantedRows():
            return replace(value, rows=filled(value.rows, fill))
        case WantedTicket() | WantedSuppression():
            return replace(value, **{name: filled(getattr(value, name), fill) for name in value.__dataclass_fields__})
        case _:
            return value


def _shown(value: Any) -> str:
    match value:
        case tuple() if value and isinstance(value[0], Located):
            return judges.listed(str(member.value) for member in value)
        case tuple():
            return judges.line_list(value)
        case WantedRows():
            return in_words(value)
        case WantedTicket() | WantedSuppression():
            named = {name: getattr(value, name) for name in value.__dataclass_fields__}
            return ", ".join(f"{name} {item}" for name, item in named.items() if item is not None)
        case _:
            return str(value)
