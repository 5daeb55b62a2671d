"""What is to be hidden in a package is hidden however it is spelt, or the clerk is told."""

import json
import unicodedata

import pytest

from bot.staff.packaging import _redacted
from bot.store import NotAllowed


@pytest.mark.parametrize(
    ("content", "hide"),
    [
        ("İstanbul: paid by BO BUTLER.", "Bo Butler"),
        (json.dumps({"giver": "Zoë Müller"}), "Zoë Müller"),
        (unicodedata.normalize("NFD", "Paid by Zoë Müller"), "Zoë Müller"),
        (unicodedata.normalize("NFC", "Paid by Zoë Müller"), unicodedata.normalize("NFD", "Zoë Müller")),
        ("Paid by Bo\nButler and Bo  Butler", "Bo Butler"),
        ("Paid by Bo\u00a0Butler", "Bo Butler"),
    ],
)
def test_a_name_is_found_in_any_spelling(content: str, hide: str) -> None:
    hidden, count = _redacted("notes.txt", content.encode(), [hide])

    text = hidden.decode()
    assert count >= 1
    assert not any(part in text for part in ("Butler", "BUTLER", "ller"))


def test_each_of_several_names_must_stand_there() -> None:
    with pytest.raises(NotAllowed, match="check the spelling"):
        _redacted("notes.txt", b"Paid by Bo Butler for Anna Smyth.", ["Bo Butler", "Anna Smith"])


def test_a_name_within_a_longer_one_counts_as_found() -> None:
    hidden, count = _redacted("notes.txt", b"Paid by Bo Butler.", ["Bo Butler", "Butler"])

    assert (hidden, count) == (b"Paid by [redacted].", 1)
