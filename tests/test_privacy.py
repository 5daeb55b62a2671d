"""A private string shows itself only when it is asked to."""

import json

import pytest

from bot.privacy import MASK, Private

SECRET = Private("swordfish")


@pytest.mark.parametrize(
    "shown",
    [
        str(SECRET),
        repr(SECRET),
        f"{SECRET}",
        f"{SECRET:>20}",
        f"{SECRET!r}",
        repr([SECRET]),
        f"{SECRET!a}",
    ],
)
def test_no_way_of_printing_shows_a_private_string(shown: str) -> None:
    assert "swordfish" not in shown


def test_only_reveal_gives_the_text() -> None:
    assert SECRET.reveal() == "swordfish"
    assert str(SECRET) == MASK


def test_private_strings_are_compared_by_their_text() -> None:
    assert Private("swordfish") == SECRET
    assert Private("sword") != SECRET
    assert not Private("")


def test_a_private_string_does_not_slip_into_json() -> None:
    with pytest.raises(TypeError):
        json.dumps({"password": SECRET})
