"""A desk that was restored to yesterday: what came since is taken in again, and nobody is answered twice."""

from collections import Counter
from pathlib import Path

import pytest

from bot.store.backup import back_up, restore
from tests.engine.fakes import House, a_mail, receive, work

pytestmark = pytest.mark.anyio


async def test_mail_that_came_since_is_kept_once_and_its_answers_wait_for_staff(tmp_path: Path) -> None:
    house = House(folder=tmp_path)
    desk, keys, copy = house.desk(), tmp_path / "keys", tmp_path / "copy"
    url = f"sqlite:///{tmp_path}/desk.sqlite3"
    await receive(desk, a_mail("access"))
    await work(desk)
    back_up(url, keys, copy, now=house.now)
    house.later(hours=1)
    since = [a_mail("deletion", sender=f"p{n}@example.org", number=n) for n in range(2, 6)]
    came_at = house.now
    await receive(desk, *since, now=came_at)
    await work(desk)
    answered = len(house.post)
    house.later(days=1)
    await house.close()

    restore(url, keys, copy, force=True, now=house.now)
    desk = house.desk()
    house.later(minutes=5)
    await receive(desk, a_mail("access"), *since, now=came_at)
    await receive(desk, a_mail("unsubscribe", sender="new@example.org", number=9), now=house.now)
    await work(desk)

    overview = await desk.store.overview()
    asked = Counter(row.claimed_address for row in await desk.store.requests())
    assert set(asked.values()) == {1}
    assert len(asked) == 6
    assert overview.outgoing["held"] == 8
    # Nobody of those who had their answer gets another; who writes now is answered as ever.
    assert [mail.recipient for mail in house.post[answered:]] == ["new@example.org"]
    await house.close()
