"""A yes confirms what its mail named, and takes nothing from what a newer mail has named."""

from bot.core.tickets import State
from tests.engine.fakes import House, a_mail, receive, work
from tests.engine.letters import code_in
from tests.engine.test_ends_road import the_code_mail, trusting


async def test_a_yes_to_an_older_code_mail_leaves_the_newer_code_good(house: House) -> None:
    desk = trusting(house.desk())
    await receive(desk, a_mail("correction please"))
    await work(desk)
    older = the_code_mail(house)
    house.later(minutes=5)
    await receive(desk, a_mail("deletion please", number=2, In_Reply_To=older), now=house.now)
    await work(desk)
    newer = code_in(house)

    await receive(desk, a_mail("Yes.", number=3, In_Reply_To=older), now=house.now)
    await work(desk)
    await receive(desk, a_mail(newer, number=4, In_Reply_To=the_code_mail(house)), now=house.now)
    await work(desk)

    states = {row.right: row.state for row in await desk.store.requests()}
    assert states == {"correction": State.OPEN, "deletion": State.OPEN}


async def test_a_yes_in_a_reply_of_a_machine_opens_nothing(house: House) -> None:
    desk = trusting(house.desk())
    await receive(desk, a_mail("deletion please"))
    await work(desk)

    await receive(desk, a_mail("Yes.", number=3, In_Reply_To=the_code_mail(house), Auto_Submitted="auto-replied"))
    await receive(desk, a_mail("> Yes.", number=4, In_Reply_To=the_code_mail(house)))
    await receive(desk, a_mail("Yes.", number=5, sender="eve@example.org", In_Reply_To=the_code_mail(house)))
    await work(desk)

    assert [row.state for row in await desk.store.requests()] == [State.AWAITING_VERIFICATION]


async def test_a_yes_after_it_was_taken_back_opens_nothing(house: House) -> None:
    desk = trusting(house.desk())
    await receive(desk, a_mail("deletion please"))
    await work(desk)
    asked = the_code_mail(house)
    await receive(desk, a_mail("NOT ME", number=3, In_Reply_To=asked))
    await work(desk)

    await receive(desk, a_mail("Yes.", number=4, In_Reply_To=asked))
    await work(desk)

    assert [row.state for row in await desk.store.requests()] == [State.CANCELLED]
