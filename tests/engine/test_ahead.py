"""What was looked at ahead, and saved together, ends as it would have ended one by one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels import Arrival
from bot.channels.mail.understanding import Ourselves
from bot.core.messages import InboundMessage
from bot.engine.ahead import Ahead, from_json, look_ahead, to_json
from bot.engine.desk import Desk
from bot.engine.handling import handle_all
from bot.engine.intake import Seen, accept_all, look_at
from bot.engine.loop import EmbeddedLoop
from tests.engine.fakes import SHOP, House, ToldReader, a_mail, receive, work

pytestmark = pytest.mark.anyio

OURSELVES = Ourselves.of([SHOP], host="shop.example", authserv_id="")
ORDINARY, WISH = "How long does a ring take?", "deletion please"
CARD = "deletion please, my card is 4111 1111 1111 1111"


def arrivals(house: House, mails: Sequence[bytes]) -> list[Arrival]:
    return [Arrival(channel="email", brand="rings", raw=raw, received_at=house.now) for raw in mails]


def ahead_of(house: House, mails: Sequence[bytes]) -> list[Ahead | None]:
    return look_ahead(arrivals(house, mails), OURSELVES, ToldReader())


async def take_in_together(house: House, *mails: bytes) -> Desk:
    desk, ahead = house.desk(), ahead_of(house, mails)
    seen = [
        Seen(arrival=arrival, key=desk.channels["email"].key(arrival), message=one.message)
        if one is not None
        else await look_at(desk, arrival)
        for arrival, one in zip(arrivals(house, mails), ahead, strict=True)
    ]
    accepted = await accept_all(desk, seen)
    known = {done.inbox_id: one for done, one in zip(accepted, ahead, strict=True) if one is not None}
    while claims := await desk.store.claim_all("me", now=house.now, lease=timedelta(minutes=1), most=99):
        await handle_all(desk, claims, known)
    return desk


async def end_of(desk: Desk) -> tuple[object, ...]:
    overview = await desk.store.overview()
    requests = sorted((row.right, row.state, row.claimed_address) for row in await desk.store.requests())
    audited = await desk.store.broken_chains()
    return overview.messages, overview.outgoing, overview.staff_items, overview.shunted, requests, audited


BATCHES = {
    "ordinary": [a_mail(ORDINARY, number=n, sender=f"p{n}@example.org") for n in range(5)],
    "mixed": [
        a_mail(text, number=n, sender=f"p{n}@example.org") for n, text in enumerate((ORDINARY, WISH, ORDINARY, WISH))
    ],
    "one mailbox asks often": [a_mail(WISH, number=n, sender=f"Ada+{n}@example.org") for n in range(6)],
    "the same mail": [a_mail(WISH), a_mail(WISH), a_mail(ORDINARY, number=2)],
    "not plain": [
        a_mail(CARD, number=1),
        a_mail(WISH, number=2, sender="MAILER-DAEMON@example.org", Auto_Submitted="auto-replied"),
        b"no header at all",
        a_mail("", number=3, sender="p3@example.org"),
        a_mail("483920", number=4, sender="p4@example.org"),
    ],
}


@pytest.mark.parametrize("batch", BATCHES)
async def test_a_batch_ends_as_it_would_have_one_by_one(batch: str, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "many").mkdir()
    one, many = House(folder=tmp_path / "one"), House(folder=tmp_path / "many")

    desk = one.desk()
    for mail in BATCHES[batch]:
        await receive(desk, mail, now=one.now)
        await EmbeddedLoop(desk).handle_all()
    await work(desk)
    together = await take_in_together(many, *BATCHES[batch])
    await work(together)

    assert await end_of(together) == await end_of(desk)
    assert sorted(sent.recipient for sent in many.post) == sorted(sent.recipient for sent in one.post)
    await one.close()
    await many.close()


async def test_one_that_cannot_be_saved_spoils_none_of_the_others(tmp_path: Path) -> None:
    house = House(folder=tmp_path)
    mails = BATCHES["mixed"]
    desk = house.desk()
    accepted = await accept_all(desk, [await look_at(desk, arrival) for arrival in arrivals(house, mails)])
    known = {done.inbox_id: one for done, one in zip(accepted, ahead_of(house, mails), strict=True) if one}
    claims = await desk.store.claim_all("me", now=house.now, lease=timedelta(minutes=1), most=99)
    lost = replace(claims[1], token=claims[1].token + 1)

    await handle_all(desk, [claims[0], lost, *claims[2:]], known)

    overview = await desk.store.overview()
    assert (sum(overview.messages.values()), overview.unhandled) == (3, 1)
    await house.close()


def test_only_what_is_plain_is_known_ahead(tmp_path: Path) -> None:
    house = House(folder=tmp_path)

    known = ahead_of(house, BATCHES["not plain"])

    assert known[0] is None
    assert all(one is not None for one in (known[1], known[3], known[4]))


def test_what_is_told_as_json_is_the_same(tmp_path: Path) -> None:
    house = House(folder=tmp_path)
    mails = [*BATCHES["mixed"], *BATCHES["not plain"]]

    for arrival, one in zip(arrivals(house, mails), ahead_of(house, mails), strict=True):
        assert from_json(to_json(one), arrival) == one


def test_a_mail_that_takes_too_long_is_left_to_the_road(tmp_path: Path) -> None:
    house = House(folder=tmp_path)
    turns: Iterator[bool] = iter([False, True, False])

    @contextmanager
    def within() -> Iterator[None]:
        if next(turns):
            raise TimeoutError
        yield

    known = look_ahead(arrivals(house, BATCHES["ordinary"][:3]), OURSELVES, ToldReader(), within)

    assert [one is None for one in known] == [False, True, False]


def test_what_is_known_ahead_is_what_the_road_would_read(tmp_path: Path) -> None:
    house = House(folder=tmp_path)
    [arrival] = arrivals(house, [a_mail(WISH)])

    [known] = look_ahead([arrival], OURSELVES, ToldReader())

    assert known is not None
    parsed: InboundMessage = house.desk().channels["email"].parse(arrival)
    assert (known.message, known.reading.names) == (parsed, {"deletion"})
