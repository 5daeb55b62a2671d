"""Card numbers are hidden in every grouping that people use; other numbers are left alone."""

import time

import pytest

from bot.core.cards import without_cards

#: Numbers for tests that the schemes publish, by scheme.
VISA, MASTER, AMEX, DINERS, DISCOVER, JCB, MAESTRO = (
    "4111111111111111",
    "5555555555554444",
    "378282246310005",
    "30569309025904",
    "6011111111111117",
    "3530111333300000",
    "6759649826438453",
)


@pytest.mark.parametrize("number", [VISA, MASTER, AMEX, DINERS, DISCOVER, JCB, MAESTRO])
def test_each_scheme_is_known_and_the_last_four_digits_stay(number: str) -> None:
    text, count = without_cards(f"My card is {number}, please.")

    assert count == 1
    assert number not in text
    assert f"{'•' * (len(number) - 4)}{number[-4:]}" in text


@pytest.mark.parametrize(
    "written",
    [
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "4111 1111\n1111 1111",
        "4111\N{NO-BREAK SPACE}1111\N{NO-BREAK SPACE}1111\N{NO-BREAK SPACE}1111",
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "4111 - 1111 / 1111 _ 1111".replace(" - ", "--").replace(" / ", "//").replace(" _ ", "__"),
        "４１１１１１１１１１１１１１１１",
        "order 12 4111 1111 1111 1111 99",
        "card4111111111111111exp0127",
    ],
)
def test_a_number_is_found_however_it_is_written(written: str) -> None:
    text, count = without_cards(written)

    assert count == 1
    assert sum(sign.isdecimal() for sign in text) == sum(sign.isdecimal() for sign in written) - 12


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112",
        "order 1234567890123456",
        "IBAN DE89 3704 0044 0532 0130 00",
        "+49 30 1234567 and 2026-11-22 10:00:00",
        "41111111111111111111111111111111",
        "PD-7K3Q-9M2X 123456",
        "",
    ],
)
def test_other_numbers_are_left_as_they_are(text: str) -> None:
    assert without_cards(text) == (text, 0)


def test_two_cards_and_their_security_codes_are_hidden() -> None:
    text, count = without_cards(f"{VISA} CVV: 123, or {AMEX} cvc2 9876")

    assert count == 2
    assert ("123" in text, "9876" in text) == (False, False)


def test_a_number_behind_the_word_cvv_stays_where_there_is_no_card() -> None:
    assert without_cards("CVV 123") == ("CVV 123", 0)


def test_a_long_text_of_digits_takes_no_long_time() -> None:
    started = time.perf_counter()

    without_cards("1 " * 100_000)
    without_cards("4111 1111 " * 20_000)

    assert time.perf_counter() - started < 5
