"""Tries at a proof: counted by mailbox, at most so many in a day, whoever asks at once and on which connection."""

import asyncio
from datetime import timedelta

import pytest

from bot.store import Store

from .builders import ADDRESS, NOW


async def take(store: Store, message: str, wanted: int = 1, *, most: int = 10, **changes: object) -> tuple[int, int]:
    chosen: dict = {"now": NOW} | changes  # type: ignore[type-arg]
    return await store.tries.take("code", ADDRESS, message, wanted=wanted, most=most, **chosen)


async def test_no_more_than_so_many_in_a_day(store: Store) -> None:
    assert [await take(store, f"message {number}", 3) for number in range(5)] == [
        (3, 7),
        (3, 4),
        (3, 1),
        (1, 0),
        (0, 0),
    ]


async def test_two_hundred_guesses_at_once_are_ten(store: Store, url: str) -> None:
    others = [Store.open(url, store._keys, clock=lambda: NOW, patience=60) for _ in range(4)]
    desks = [store, *others]

    granted = await asyncio.gather(*(take(desks[number % 5], f"message {number}") for number in range(200)))

    for other in others:
        await other.close()
    assert sum(count for count, _ in granted) == 10


async def test_a_message_that_is_handled_again_pays_once(store: Store) -> None:
    assert [await take(store, "message 1", 3) for _ in range(3)] == [(3, 7)] * 3


async def test_a_day_later_they_are_forgotten(store: Store) -> None:
    await take(store, "message 1", 10)

    assert await take(store, "message 2", now=NOW + timedelta(hours=23, minutes=59)) == (0, 0)
    assert await take(store, "message 2", now=NOW + timedelta(hours=24, seconds=1)) == (1, 9)


@pytest.mark.parametrize("spelt", ["ADA@customers.example", "ada+x@customers.example"])
async def test_another_spelling_is_the_same_mailbox(store: Store, spelt: str) -> None:
    await take(store, "message 1", 10)

    assert await store.tries.take("code", spelt, "message 2", wanted=1, most=10, now=NOW) == (0, 0)


async def test_another_purpose_and_another_mailbox_have_tries_of_their_own(store: Store) -> None:
    await take(store, "message 1", 10)

    assert await store.tries.take("match", ADDRESS, "message 2", wanted=1, most=3, now=NOW) == (1, 2)
    assert await store.tries.take("code", "eve@customers.example", "message 2", wanted=1, most=3, now=NOW) == (1, 2)


async def test_the_table_holds_no_address(store: Store) -> None:
    await take(store, "message 1")

    async with store.database.reading() as connection:
        rows = (await connection.exec_driver_sql("SELECT * FROM tried")).all()
    assert ADDRESS not in str(rows)
    assert len(rows) == 1


async def test_of_a_days_tries_strays_have_few_and_leave_the_rest(store: Store) -> None:
    strays = [await take(store, f"stray {number}", most_strays=2) for number in range(4)]
    owners = [(await take(store, f"answer {number}"))[0] for number in range(9)]

    assert strays == [(1, 9), (1, 8), (0, 8), (0, 8)]
    assert owners == [1] * 8 + [0]


async def test_tries_that_owners_have_used_up_are_not_left_for_strays(store: Store) -> None:
    await take(store, "answer", 10)

    assert await take(store, "stray", most_strays=2) == (0, 0)
