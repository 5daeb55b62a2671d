"""A code, or a yes, in words that say that somebody else has asked confirms nothing."""

import pytest

from bot.core.tickets import State
from bot.engine.sweeps import sweep
from tests.engine.fakes import House, a_mail, receive, work
from tests.engine.letters import code_in, text_of
from tests.engine.test_ends_road import the_code_mail, trusting


@pytest.mark.parametrize(
    "words",
    [
        "I never asked for this. Who is using my mailbox? You sent me code {code}.",
        "Someone sent me the code {code}, but I didn't request anything!",
        "Was soll der Code {code}? Das war ich nicht.",
        "Ich habe nichts beantragt, und der Code {code} ist nicht von mir bestellt.",
        "Je n'ai rien demandé, pourquoi ce code {code} ?",
        "Ik heb niets aangevraagd. Code {code} hoort niet bij mij.",
        "Yo no he pedido nada, ¿qué es el código {code}?",
        "Non ho richiesto niente, cosa vuol dire il codice {code}?",
        "Nie prosiłam o to. Skąd kod {code}?",
    ],
)
async def test_a_code_in_a_mail_that_denies_the_request_opens_nothing(house: House, words: str) -> None:
    desk = house.desk()
    await receive(desk, a_mail("deletion"))
    await work(desk)

    answer = a_mail(words.format(code=code_in(house)), number=2, In_Reply_To=the_code_mail(house))
    answer = answer.replace(b"Date:", b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nDate:")
    await receive(desk, answer)
    await work(desk)

    assert [row.state for row in await desk.store.requests()] == [State.AWAITING_VERIFICATION]
    assert "it_was_not_me" in {item.reason for item in await desk.store.staff_items()}


@pytest.mark.parametrize(
    "words", ["{code}", "I never got an answer, so here is my code {code}.", "Not sure, but: {code}"]
)
async def test_a_code_among_other_words_still_counts(house: House, words: str) -> None:
    desk = house.desk()
    await receive(desk, a_mail("deletion"))
    await work(desk)

    await receive(desk, a_mail(words.format(code=code_in(house)), number=2, In_Reply_To=the_code_mail(house)))
    await work(desk)

    assert [row.state for row in await desk.store.requests()] == [State.OPEN]


async def test_a_yes_above_words_that_deny_the_request_opens_nothing(house: House) -> None:
    desk = trusting(house.desk())
    await receive(desk, a_mail("deletion"))
    await work(desk)

    await receive(
        desk,
        a_mail("Yes,\r\n\r\nI got your mail, but I did not ask for this.", number=2, In_Reply_To=the_code_mail(house)),
    )
    await work(desk)

    assert [row.state for row in await desk.store.requests()] == [State.AWAITING_VERIFICATION]


async def test_an_old_code_in_a_mail_that_denies_the_request_brings_no_new_one(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("deletion"))
    await work(desk)
    answer = f"I never asked you for anything. Why did you send me {code_in(house)}?"
    asked = the_code_mail(house)
    house.later(hours=30)
    house.post.clear()

    await receive(desk, a_mail(answer, number=2, In_Reply_To=asked), now=house.now)
    await work(desk)

    assert [sent for sent in house.post if "Your code" in text_of(sent)] == []
    assert [row.state for row in await desk.store.requests()] == [State.AWAITING_VERIFICATION]
    assert [(item.reason, item.urgent) for item in await desk.store.staff_items()] == [("it_was_not_me", True)]


@pytest.mark.parametrize(
    "words",
    [
        "I never asked you for anything of the kind.",
        "I never requested this, deletion or whatever it is!",
        "Ich habe bei Ihnen nie etwas beantragt.",
        "Je ne vous ai rien demandé du tout.",
    ],
)
async def test_a_denial_in_plain_words_is_urgent_and_ends_the_code(house: House, words: str) -> None:
    desk = house.desk()
    await receive(desk, a_mail("deletion"))
    await work(desk)
    asked, code = the_code_mail(house), code_in(house)
    house.post.clear()

    denial = a_mail(words, number=2, In_Reply_To=asked)
    denial = denial.replace(b"Date:", b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nDate:")
    await receive(desk, denial)
    await work(desk)
    await receive(desk, a_mail(code, number=3, In_Reply_To=asked))
    await work(desk)

    assert [sent for sent in house.post if "Your code" in text_of(sent)] == []
    assert [row.state for row in await desk.store.requests()] == [State.AWAITING_VERIFICATION]
    assert ("it_was_not_me", True) in {(item.reason, item.urgent) for item in await desk.store.staff_items()}


async def test_whoever_denied_it_is_not_reminded(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("deletion"))
    await work(desk)
    await receive(desk, a_mail("I never asked for this.", number=2, In_Reply_To=the_code_mail(house)))
    await work(desk)
    house.post.clear()

    house.later(hours=25)

    assert (await sweep(desk), house.post) == (0, [])


async def test_the_same_words_before_anything_was_asked_deny_nothing(house: House) -> None:
    desk = house.desk()

    await receive(desk, a_mail("I never asked for your newsletter. deletion"))
    await work(desk)

    assert await desk.store.staff_items() == []
    assert code_in(house)
