"""Values that are written differently are the same; others are not."""

import pytest

from bot.directory.matching import readings, runs
from bot.directory.values import address_digest, digest, normalised
from bot.keys import Keys

KEYS = Keys(current=b"k" * 32)


@pytest.mark.parametrize(
    ("point", "one", "other"),
    [
        ("postcode", "SW1A 1AA", "sw1a1aa"),
        ("postcode", "1012 AB", "1012ab"),
        ("order_number", "#MF-10234", "mf 10234"),
        ("order_number", "１０２３４", "10234"),
        ("phone", "+44 20 7946 0958", "020 7946 0958"),
        ("phone", "0049 (30) 1234567", "030/1234567"),
    ],
)
def test_two_ways_to_write_one_value_agree(point: str, one: str, other: str) -> None:
    assert normalised(point, one) == normalised(point, other)


@pytest.mark.parametrize(("one", "other"), [("10234", "10235"), ("10234", "010234"), ("", "0")])
def test_other_values_do_not_agree(one: str, other: str) -> None:
    assert digest(KEYS, "order_number", one) != digest(KEYS, "order_number", other)


def test_a_value_of_one_detail_is_no_value_of_another() -> None:
    assert digest(KEYS, "order_number", "10234") != digest(KEYS, "customer_number", "10234")


def test_an_address_is_compared_as_it_stands_but_for_its_domains_letter_case() -> None:
    assert address_digest(KEYS, "ada@Example.org") == address_digest(KEYS, " ada@example.ORG ")
    assert len({address_digest(KEYS, a) for a in ("ada@example.org", "Ada@example.org", "ada+x@example.org")}) == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10234, SW1A 1AA", [("10234",), ("SW1A", "1AA")]),
        ("Order number: MF-10234\nPostcode: 1012 AB", [("MF-10234",), ("1012", "AB")]),
        ("my 2 rings", []),
        ("call me", []),
        ("It is 10234 and the postcode is 90210.", [("10234",), ("90210.",)]),
    ],
)
def test_runs_are_words_with_digits_side_by_side(text: str, expected: list[tuple[str, ...]]) -> None:
    assert list(runs(text)) == expected


def test_every_digit_must_belong_to_a_detail() -> None:
    assert list(readings([("10234",), ("90210",), ("2025",)], 2)) == []
    assert ("10234", "SW1A1AA") in list(readings([("10234", "SW1A", "1AA")], 2))


def test_a_long_list_of_guesses_is_not_read() -> None:
    assert list(readings([tuple(str(number) for number in range(1000, 1020))], 2)) == []
