"""A worker that was too slow does no harm, and does not fall over what another has done."""

from datetime import timedelta

from bot.engine.delivery import deliver
from bot.engine.handling import handle
from bot.errors import NotNow
from tests.engine.fakes import House, a_mail, receive

LEASE = timedelta(minutes=2)


async def test_a_handler_that_is_too_late_writes_nothing_and_goes_on(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("deletion"))
    late = await desk.store.claim("late", now=house.now, lease=LEASE)
    house.later(minutes=3)
    quick = await desk.store.claim("quick", now=house.now, lease=LEASE)
    assert late is not None
    assert quick is not None

    await handle(desk, quick)
    await handle(desk, late)

    assert len(await desk.store.requests()) == 1
    assert (await desk.store.overview()).outgoing == {"queued": 2}


async def test_a_sender_that_is_too_late_goes_on(house: House) -> None:
    desk = house.desk()
    await receive(desk, a_mail("unsubscribe"))
    claim = await desk.store.claim("one", now=house.now, lease=LEASE)
    assert claim is not None
    await handle(desk, claim)
    late = await desk.store.claim_outgoing("late", now=house.now, lease=LEASE)
    assert late is not None
    house.later(minutes=3)
    assert await desk.store.claim_outgoing("quick", now=house.now, lease=LEASE) is None

    house.refusal = NotNow("busy")
    await deliver(desk, late)

    assert (await desk.store.overview()).outgoing == {"uncertain": 1}
