"""What belongs to a mailbox does not leak into a chat, nor what was said in a chat into somebody else's package."""

import json

from bot.engine.desk import Desk
from bot.staff import packaging
from bot.web.packages import _code_mail
from tests.engine.fakes import House, a_mail, receive, work
from tests.engine.letters import code_in, text_of
from tests.engine.test_ends_road import a_clerk, chat

PUBLIC = "https://privacy.shop.example"


async def a_linked_chat(house: House, desk: Desk) -> str:
    """An access request that was proved in a chat; its reference."""
    await chat(house, desk, "access please", "ada@example.org")
    await chat(house, desk, code_in(house), first=2)
    (row,) = await desk.store.requests()
    house.post.clear()
    return row.reference


async def test_the_link_and_the_code_of_a_package_go_by_mail_though_the_person_sits_in_a_linked_chat(
    house: House,
) -> None:
    desk = house.desk()
    reference = await a_linked_chat(house, desk)
    clerk = a_clerk(house, desk)
    await packaging.add_file(clerk, reference, "orders.txt", b"three rings")

    offered = await packaging.offer(clerk, reference, public_url=PUBLIC)
    await work(desk)
    package = await desk.store.packages.by_token(offered.token)
    assert package is not None
    await desk.store.packages.send_code(package.id, mode=house.mode, parts=_code_mail(package, "Example Rings"))
    await work(desk)

    detail = await desk.store.request(reference)
    assert detail is not None
    assert [(row.channel, row.recipient) for row in detail.outgoing[-2:]] == [("email", "ada@example.org")] * 2
    assert any("Your code:" in text_of(sent) for sent in house.post)


async def test_a_package_holds_nothing_of_a_chat_in_which_a_stranger_has_typed_the_mailbox(house: House) -> None:
    desk = house.desk()
    await chat(house, desk, "correction please, my wedding is a secret", "ada@example.org")
    house.later(hours=2)
    await receive(desk, a_mail("access please"), now=house.now)
    await work(desk)
    await receive(desk, a_mail(code_in(house), number=2), now=house.now)
    await work(desk)
    mine = next(row for row in await desk.store.requests() if row.right == "access")

    held = await desk.store.held_about(mine.brand, "ada@example.org")

    assert "wedding" not in json.dumps(held)
    assert [row["right_name"] for row in held["requests"]] == ["access"]
