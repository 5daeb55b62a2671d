"""What several processes may do only so often together."""

import asyncio

import pytest

from bot.store import Store

pytestmark = pytest.mark.anyio


async def test_no_two_get_the_same_moment_however_many_ask_at_once(store: Store) -> None:
    waits = await asyncio.gather(*(store.turns.take({"bot": 0.04}, patience=60) for _ in range(20)))

    assert sorted(round(wait, 2) for wait in waits) == [round(0.04 * place, 2) for place in range(20)]


async def test_the_slowest_of_several_names_is_waited_for(store: Store) -> None:
    await store.turns.take({"bot": 0.04, "chat 1": 1.0}, patience=60)

    same = await store.turns.take({"bot": 0.04, "chat 1": 1.0}, patience=60)
    other = await store.turns.take({"bot": 0.04, "chat 2": 1.0}, patience=60)

    assert (round(same, 2), round(other, 2)) == (1.0, 1.04)


async def test_nothing_is_taken_where_it_takes_longer_than_somebody_waits(store: Store) -> None:
    await store.turns.take({"bot": 10.0}, patience=1)

    waits = [await store.turns.take({"bot": 10.0}, patience=1) for _ in range(3)]

    assert [round(wait) for wait in waits] == [10, 10, 10]


@pytest.mark.parametrize("begun", [True, False])
async def test_a_closed_name_is_closed_to_all(store: Store, begun: bool) -> None:
    if begun:
        await store.turns.take({"bot": 0.04}, patience=1)

    await store.turns.close("bot", 30)

    assert round(await store.turns.take({"bot": 0.04}, patience=1)) == 30
    assert await store.turns.take({"another": 0.04}, patience=1) == 0
