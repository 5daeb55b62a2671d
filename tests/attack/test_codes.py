"""A number in a mail proves something only where its writer typed it, as an answer to us."""

import pytest

from bot.core.tickets import State
from bot.engine.desk import typed_codes
from tests.engine.fakes import House, a_mail, receive, work
from tests.engine.letters import text_of
from tests.engine.test_road import body, code_in, code_mail, states


@pytest.mark.parametrize("words", ["Not me", "I want request_status. Please cancel my request. My code:"])
async def test_a_forged_mail_with_a_guessed_code_changes_nothing_in_the_talk_that_waits(
    house: House, words: str
) -> None:
    desk = house.desk()
    await receive(desk, a_mail("access please"))
    await work(desk)

    await receive(desk, a_mail(f"{words}\r\n\r\n111111", number=2))
    await work(desk)

    assert await states(desk) == {"access": State.AWAITING_VERIFICATION}


async def test_five_guesses_in_mails_of_their_own_use_the_code_up(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("access please"))
    await work(desk)
    code = code_in(code_mail(house))
    wrong = [f"{(int(code) + number) % 1_000_000:06d}" for number in range(1, 6)]

    await receive(desk, *(a_mail(guess, number=10 + place) for place, guess in enumerate(wrong)))
    await work(desk)
    await receive(desk, a_mail(code, number=99))
    await work(desk)

    assert await states(desk) == {"access": State.AWAITING_VERIFICATION}


async def test_guesses_that_were_queued_together_change_nothing_after_the_tries_are_used_up(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("access please"))
    await work(desk)

    guesses = [a_mail(f"Cancel my request. Code 11111{number}", number=10 + number) for number in range(7)]
    await receive(desk, *guesses)
    await work(desk)

    assert await states(desk) == {"access": State.AWAITING_VERIFICATION}


async def test_an_order_number_in_ordinary_mail_is_no_code_while_one_is_awaited(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("access please"))
    await work(desk)
    before = len(house.post)

    await receive(desk, a_mail("Where is my order 482913? It should have come last week.", number=2))
    await work(desk)

    assert len(house.post) == before
    assert (await desk.store.overview()).staff_items == 0


@pytest.mark.parametrize("mark", ["", "| ", "\t", "» "])
async def test_our_own_code_mail_quoted_in_an_unknown_way_proves_nothing(house: House, mark: str) -> None:
    desk = house.desk()
    await receive(desk, a_mail("access please"))
    await work(desk)
    asked = code_mail(house)
    quoted = "\r\n".join(mark + line for line in body(asked).splitlines())

    await receive(desk, a_mail(f"What is this?\r\n\r\n{quoted}", number=2, In_Reply_To=asked["Message-ID"]))
    await work(desk)

    assert await states(desk) == {"access": State.AWAITING_VERIFICATION}


async def test_a_code_typed_above_our_own_mail_counts_however_that_is_quoted(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("access please"))
    await work(desk)
    asked = code_mail(house)

    answer = f"{code_in(asked)}\r\n\r\n{body(asked)}"
    await receive(desk, a_mail(answer, number=2, In_Reply_To=asked["Message-ID"]))
    await work(desk)

    assert await states(desk) == {"access": State.OPEN}


@pytest.mark.parametrize(
    "text", ["call 555-123-4567", "+49 170 123 456", "2026-03-123456", "IBAN DE89 370 400 440 532", "123 456 789"]
)
def test_a_piece_of_a_longer_number_is_no_code(text: str) -> None:
    assert typed_codes(text) == ()


@pytest.mark.parametrize("text", ["１２３４５６", "١٢٣٤٥٦", "123 456", "123-456", "It is 123456."])
def test_a_code_is_the_same_in_whatever_digits_it_is_typed(text: str) -> None:
    assert typed_codes(text) == ("123456",)


async def test_a_forger_does_not_use_up_the_tries_of_whoever_answers_our_mail(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("access please"))
    await work(desk)
    asked = code_mail(house)
    forged = [a_mail(f"{guess:06d}", number=10 + guess) for guess in range(30)]
    await receive(desk, *forged)
    await work(desk)

    await receive(desk, a_mail(code_in(asked), number=99, In_Reply_To=asked["Message-ID"]))
    await work(desk)

    assert await states(desk) == {"access": State.OPEN}


async def test_a_code_in_a_mail_of_its_own_is_led_back_to_the_talk_once_guesses_have_failed(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("access please"))
    await work(desk)
    asked = code_mail(house)
    await receive(desk, *(a_mail(f"{guess:06d}", number=10 + guess) for guess in range(2)))
    await work(desk)
    house.post.clear()
    house.later(hours=4)

    await receive(desk, a_mail(code_in(asked), number=99), now=house.now)
    await work(desk)

    assert await states(desk) == {"access": State.AWAITING_VERIFICATION}
    assert "in a reply to the mail that brought it" in text_of(house.post[-1])
