"""What is long and has a right check digit by chance is no payment card where it says that it is something else."""

import pytest

from bot.core.cards import without_cards

#: German mobile numbers whose thirteen digits have a right check digit.
PHONES = ("+49 151 12345678", "+49 (151) 1234 5678", "+4915112345678", "+ 49 151 12345678")


@pytest.mark.parametrize("phone", PHONES)
def test_a_telephone_number_with_its_country_is_no_card(phone: str) -> None:
    assert without_cards(f"Call me: {phone}, please.") == (f"Call me: {phone}, please.", 0)


def test_a_card_behind_a_telephone_number_is_still_hidden() -> None:
    text, hidden = without_cards("+49 151 12345678 4111 1111 1111 1111")

    assert (text, hidden) == ("+49 151 12345678 •••• •••• •••• 1111", 1)


def test_a_card_behind_a_plus_is_hidden() -> None:
    assert without_cards("+4111 1111 1111 1111")[1] == 1
