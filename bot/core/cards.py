"""Numbers of payment cards in what people write: found in any grouping, and hidden but for the last four digits.

Law: a number counts only with a length and a beginning that card schemes use, and a right check digit (ISO/IEC 7812),
so that an order number is left alone nine times in ten even where it is as long. Pure, and linear in the text.
"""

import re
from unicodedata import decimal

#: Digits of any script with at most two blanks or signs between them.
_RUN = re.compile(r"\d(?:[\s\-._/]{0,2}\d){11,}")
_GROUP = re.compile(r"\d+")
#: Lengths and beginnings by scheme.
_SCHEMES = (
    ((13, 16, 19), "4"),
    ((16,), "5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"),
    ((15,), "3[47]"),
    ((14, 16, 17, 18, 19), "3(?:0[0-5]|[689])"),
    ((16, 17, 18, 19), "6(?:011|5|4[4-9])|62|35(?:2[89]|[3-8])"),
    ((13, 14, 15, 16, 17, 18, 19), "5018|5020|5038|5[678]|6304|6759|676"),
)
_BEGINNINGS = {
    length: re.compile("|".join(start for lengths, start in _SCHEMES if length in lengths)) for length in range(13, 20)
}
_SECRET = re.compile(r"\b(?:cvv2?|cvc2?|cvn|cid|csc)\b\D{0,12}(\d{3,4})(?!\d)", re.IGNORECASE)
_LONGEST = 19
_LONGEST_CALLED = 15
_HIDDEN = "•"


def without_cards(text: str) -> tuple[str, int]:
    """`text` with each card number hidden but for its last four digits, and security codes; and how many there were."""
    found = [span for run in _RUN.finditer(text) for span in _cards(text, run.start(), run.end())]
    if not found:
        return text, 0
    signs = list(text)
    for start, end in found:
        digits = [place for place in range(start, end) if text[place].isdecimal()]
        for place in digits[:-4]:
            signs[place] = _HIDDEN
    for secret in _SECRET.finditer(text):
        signs[secret.start(1) : secret.end(1)] = _HIDDEN * len(secret[1])
    return "".join(signs), len(found)


def _cards(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where groups of digits side by side make up a card number; the longest from each place."""
    groups = [match.span() for match in _GROUP.finditer(text, start, end)]
    found: list[tuple[int, int]] = []
    # "+49 151 ...": a telephone number with its country, which has at most 15 digits (ITU-T E.164).
    is_called = text[max(0, start - 2) : start].rstrip().endswith("+")
    first = 0
    while first < len(groups):
        last = _longest(text, groups, first)
        digits = sum(after - before for before, after in groups[first : last + 1]) if last is not None else 0
        if last is None or (is_called and first == 0 and digits <= _LONGEST_CALLED):
            first += 1
        else:
            found.append((groups[first][0], groups[last][1]))
            first = last + 1
    return found


def _longest(text: str, groups: list[tuple[int, int]], first: int) -> int | None:
    digits, best = "", None
    for place in range(first, len(groups)):
        digits += "".join(str(decimal(sign)) for sign in text[slice(*groups[place])][: _LONGEST + 1])
        if len(digits) > _LONGEST or digits[0] not in "23456":
            break
        if _is_card(digits):
            best = place
    return best


def _is_card(digits: str) -> bool:
    beginning = _BEGINNINGS.get(len(digits))
    return beginning is not None and beginning.match(digits) is not None and _checks(digits)


def _checks(digits: str) -> bool:
    """The check digit of ISO/IEC 7812-1, annex B."""
    total = 0
    for place, sign in enumerate(reversed(digits)):
        value = int(sign) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
