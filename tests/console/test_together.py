"""Two requests of one proved person for the same are handled together, and taken apart; others never are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot import staff
from bot.core.clocks import Deadline
from bot.core.tickets import State
from bot.engine.loop import EmbeddedLoop
from bot.staff.joining import obstacle, strictest
from bot.store import NotAllowed, RequestDetail
from tests.console.fakes import Room
from tests.engine.letters import text_of


async def seen(room: Room, reference: str) -> RequestDetail:
    detail = await room.desk.store.request(reference)
    assert detail is not None
    return detail


async def two(room: Room) -> tuple[str, str]:
    """The earlier and, three days later, the same once more in another talk."""
    first = await room.a_case()
    room.house.later(days=3)
    return first, await room.a_case(number=2)


async def deliver(room: Room) -> None:
    room.house.later(minutes=2)
    await EmbeddedLoop(room.desk).deliver_all()


async def test_the_later_joins_the_earlier_and_the_person_is_told(room: Room) -> None:
    first, second = await two(room)
    ida = await room.hire("ida", "agent")
    before = await seen(room, first)

    answer = await ida.act(second, "join", other=first)
    await deliver(room)

    assert answer.headers["location"].endswith("said=join_done")
    assert await room.desk.store.joining.followers_of(first) == (second,)
    assert (await seen(room, first)).deadlines == before.deadlines
    told = text_of(room.house.post[-1])
    assert first in told
    assert second in told
    page = (await ida.get(f"/case/{second}")).text
    assert "Handled together with" in page
    for act in ("deny", "take", "extend", "join"):
        assert f"/case/{second}/{act}" not in page


async def test_what_is_handled_together_stands_once_in_the_list_and_is_found_by_its_reference(room: Room) -> None:
    first, second = await two(room)
    ida = await room.hire("ida", "agent")
    await ida.act(second, "join", other=first)

    listed, found = (await ida.get("/cases")).text, (await ida.get(f"/cases?q={second}")).text

    assert first in listed
    assert f"/case/{second}" not in listed
    assert f"/case/{second}" in found


async def test_both_talks_are_read_on_one_page_and_news_in_either_changes_its_mark(room: Room) -> None:
    first, second = await two(room)
    ida = await room.hire("ida", "agent")
    await ida.act(second, "join", other=first)
    before = await room.office.casebook.mark(first)
    alone = await seen(room, second)

    page = (await ida.get(f"/case/{first}")).text
    await staff.note(room.clerk("bob"), second, words="She has called.")

    assert all(f"m-{message.inbox_id}" in page for message in alone.messages)
    assert await room.office.casebook.mark(first) != before


@pytest.mark.parametrize("act", ["complete", "deny", "cancel"])
async def test_they_are_closed_together_and_undone_together(room: Room, act: str) -> None:
    first, second = await two(room)
    ida = await room.hire("ida", "agent")
    await ida.act(second, "join", other=first)

    await ida.act(first, act, reason="other", words="Done so.")
    closed = [(await seen(room, one)).request.state for one in (first, second)]
    await ida.act(first, "undo")
    undone = [(await seen(room, one)).request.state for one in (first, second)]

    assert closed[0] is closed[1]
    assert closed[0] in (State.COMPLETED, State.DENIED, State.CANCELLED)
    assert undone == [State.OPEN, State.OPEN]
    assert await room.desk.store.broken_chains() == ()


async def test_a_duplicate_is_not_closed_by_itself(room: Room) -> None:
    first, second = await two(room)
    await staff.join(room.clerk("ida"), second, other=first)

    for act in (staff.complete, staff.cancel):
        with pytest.raises(NotAllowed, match="handled together with"):
            await act(room.clerk("ida"), second)


async def test_taken_apart_each_stands_alone_with_its_own_clocks(room: Room) -> None:
    first, second = await two(room)
    ida = await room.hire("ida", "agent")
    before = [await seen(room, one) for one in (first, second)]
    await ida.act(second, "join", other=first)

    answer = await ida.act(second, "part")
    await ida.act(first, "complete")

    assert answer.headers["location"].endswith("said=part_done")
    after = [await seen(room, one) for one in (first, second)]
    assert [one.deadlines for one in after] == [one.deadlines for one in before]
    assert after[1].request.state is State.OPEN
    assert "request_parted" in [row.event for row in after[1].audit]


async def test_an_extension_that_the_person_was_told_stays_when_they_are_taken_apart(room: Room) -> None:
    first, second = await two(room)
    clerk = room.clerk("ida")
    await staff.join(clerk, second, other=first)
    await staff.extend(clerk, first, words="The archive is far away.")
    extended = (await seen(room, first)).deadlines

    await staff.part(clerk, second)

    assert (await seen(room, first)).deadlines == extended


async def test_a_request_whose_lead_the_person_takes_back_is_in_the_list_again(room: Room) -> None:
    first, second = await two(room)
    ida = await room.hire("ida", "agent")
    await staff.join(room.clerk("ida"), second, other=first)
    # As the bot does it: of the lead alone.
    await room.desk.store.change_request(first, State.CANCELLED, by="bot", now=room.house.now)

    page = (await ida.get("/cases")).text

    assert f"/case/{second}" in page
    assert f"/case/{second}/complete" in (await ida.get(f"/case/{second}")).text


async def test_requests_of_two_people_are_never_handled_together(room: Room) -> None:
    """Law 1: not by name, likeness or a claimed address; only by the mailbox that was proved."""
    first, second = await two(room)
    one, other = await seen(room, first), await seen(room, second)
    assert other.verification is not None
    stranger = replace(
        other,
        request=replace(other.request, subject="eve@example.org"),
        verification=replace(other.verification, subject="eve@example.org"),
    )
    unproved = replace(other, verification=None)
    claimed = replace(other, verification=replace(other.verification, level=0, method="none"))
    by_word = replace(other, verification=replace(other.verification, level=3, subject="Mrs Lovelace, 12 High Street"))
    waiting = replace(other, request=replace(other.request, state=State.AWAITING_VERIFICATION))

    assert obstacle(one, other) is None
    for not_hers in (stranger, unproved, claimed, by_word, waiting):
        assert obstacle(one, not_hers) is not None


async def test_another_right_another_kind_another_shop_or_itself_is_not_the_same(room: Room) -> None:
    first, second = await two(room)
    one, other = await seen(room, first), await seen(room, second)

    for change in ({"right": "access"}, {"kind": "publication"}, {"brand": "pearls"}, {"reference": first}):
        assert obstacle(one, replace(other, request=replace(other.request, **change))) is not None


async def test_nothing_is_joined_twice_or_in_a_chain(room: Room) -> None:
    first, second = await two(room)
    room.house.later(days=1)
    third = await room.a_case(number=3)
    clerk = room.clerk("ida")
    await staff.join(clerk, second, other=first)

    for one, other in ((second, first), (second, third)):
        with pytest.raises(NotAllowed, match="already"):
            await staff.join(clerk, one, other=other)


async def test_the_page_offers_it_only_where_it_may_be(room: Room) -> None:
    first, second = await two(room)
    room.house.later(days=1)
    access = await room.a_case(text="access", number=4)
    ida = await room.hire("ida", "agent")

    offered, other = (await ida.get(f"/case/{first}")).text, (await ida.get(f"/case/{access}")).text

    assert f'name="other" value="{second}"' in offered
    assert f'name="other" value="{access}"' not in offered
    assert "/join" not in other


async def test_a_clerk_joins_nothing_of_a_brand_that_is_not_theirs(room: Room) -> None:
    first, second = await two(room)
    stranger = await room.hire("eve", "admin", "pearls")

    answer = await stranger.post(f"/case/{second}/join", {"other": first})

    assert answer.status_code == 404
    assert await room.desk.store.joining.followers_of(first) == ()


START = datetime(2026, 3, 1, tzinfo=UTC)


def clock(days: int, *, regime: str = "eu", step: str = "answer") -> Deadline:
    at = START + timedelta(days=days)
    return Deadline(regime=regime, step=step, due_at=at, due_on=at.date().isoformat(), sum=f"{days} days", source="law")


def test_of_two_clocks_the_stricter_stays_and_says_whose_it_is() -> None:
    ours, theirs = (
        (clock(60), clock(5, step="acknowledge")),
        (clock(30), clock(9, step="acknowledge"), clock(3, regime="uk")),
    )

    made = strictest(ours, theirs, of="PD-B")

    assert [(one.regime, one.step, one.due_on) for one in made] == [
        ("uk", "answer", "2026-03-04"),
        ("eu", "acknowledge", "2026-03-06"),
        ("eu", "answer", "2026-03-31"),
    ]
    assert [one.sum for one in made] == ["3 days (PD-B)", "5 days", "30 days (PD-B)"]
