"""Long texts in pieces that a chat takes, broken where a reader would break them."""

from collections.abc import Callable, Iterator

#: Where to break, the best first.
_ENDS = ("\n\n", "\n", " ")

#: How long a channel finds a text.
Measure = Callable[[str], int]


def utf16(text: str) -> int:
    """UTF-16 units."""
    return len(text) + sum(char > "\uffff" for char in text)


def utf8(text: str) -> int:
    """Bytes in UTF-8."""
    return len(text.encode())


def split(text: str, longest: int, measure: Measure = len) -> Iterator[str]:
    """Pieces of at most `longest`, broken after a paragraph, else a line, else a word, else anywhere."""
    rest = text.strip()
    while measure(rest) > longest:
        head = _head(rest, longest, measure)
        cut = next((at for end in _ENDS if (at := head.rfind(end)) > 0), len(head))
        yield rest[:cut].rstrip()
        rest = rest[cut:].lstrip()
    if rest:
        yield rest


def _head(text: str, longest: int, measure: Measure) -> str:
    """The longest beginning of `text` within `longest`; a character is never cut in two."""
    low, high = 1, min(len(text), longest)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle]) <= longest else (low, middle - 1)
    return text[:low]
