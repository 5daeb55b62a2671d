"""Two processes that speak for one bot keep Telegram's limits together."""

from collections.abc import Mapping

import pytest

from bot.channels.telegram.pace import Pace
from bot.errors import NotNow, StoreUnavailable

pytestmark = pytest.mark.anyio


class Time:
    """One clock for both processes; whoever sleeps moves it on."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


class Table:
    """As `bot.store.turns`, in memory."""

    def __init__(self, time: Time) -> None:
        self.time, self.free_at, self.away = time, dict[str, float](), False

    async def take(self, steps: Mapping[str, float], *, patience: float) -> float:
        if self.away:
            raise StoreUnavailable("away")
        start = max(self.time.now, *(self.free_at.get(name, 0.0) for name in steps))
        if start - self.time.now <= patience:
            self.free_at |= {name: start + step for name, step in steps.items()}
        return start - self.time.now

    async def close(self, name: str, seconds: float) -> None:
        self.free_at[name] = self.time.now + seconds


def processes(time: Time, table: Table | None) -> list[Pace]:
    return [Pace(clock=time, sleep=time.sleep, turns=table, bot="55") for _ in range(2)]


async def moments(paces: list[Pace], time: Time, chats: list[int]) -> list[float]:
    gone = []
    for place, chat in enumerate(chats):
        await paces[place % 2].turn(chat)
        gone.append(time.now)
    return gone


def most_in_a_second(gone: list[float]) -> int:
    return max(sum(start <= other < start + 0.999 for other in gone) for start in gone)


@pytest.mark.parametrize(("chats", "allowed"), [([*range(80)], 25), ([7] * 8, 1)], ids=["many chats", "one chat"])
async def test_two_processes_send_no_more_than_one_may(chats: list[int], allowed: int) -> None:
    time, alone = Time(), Time()

    together = most_in_a_second(await moments(processes(time, Table(time)), time, chats))
    each_for_itself = most_in_a_second(await moments(processes(alone, None), alone, chats))

    assert together <= allowed < each_for_itself


async def test_a_silence_that_one_is_told_of_is_kept_by_the_other() -> None:
    time = Time()
    first, second = processes(time, Table(time))

    await first.close(30)

    with pytest.raises(NotNow) as told:
        await second.turn(7)
    assert told.value.seconds == pytest.approx(30)


async def test_nothing_goes_out_while_nobody_knows_whose_turn_it_is() -> None:
    time = Time()
    table = Table(time)
    table.away = True

    with pytest.raises(NotNow):
        await processes(time, table)[0].turn(7)
