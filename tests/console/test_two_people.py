"""Where the operator wants four eyes: one person proposes, another gives leave, on the page and on the command line."""

from dataclasses import replace

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from bot import staff
from bot.core.tickets import State
from bot.engine.loop import EmbeddedLoop
from bot.settings import BrandSettings
from bot.staff import packaging, second_person
from bot.store import NotAllowed, RequestDetail
from bot.store.schema import Proposal
from tests.console.fakes import BRAND, Browser, Room, csrf_in
from tests.engine.letters import text_of

ACTS = frozenset({"complete", "deny", "cancel", "offer"})
REFUSAL = {"reason": "legal_exemption", "words": "The law makes us keep the bills."}


def with_four_eyes(room: Room, right: str = "deletion", acts: frozenset[str] = ACTS) -> None:
    books = room.desk.playbooks | {BRAND: replace(room.desk.playbooks[BRAND], four_eyes={right: acts})}
    room.desk = replace(room.desk, playbooks=books)
    room.office = replace(room.office, desk=room.desk)


async def seen(room: Room, reference: str) -> RequestDetail:
    detail = await room.desk.store.request(reference)
    assert detail is not None
    return detail


async def leave(room: Room, browser: Browser, reference: str) -> int:
    """Give leave on the page; the status of the answer."""
    proposal = await room.desk.store.proposals.waiting(reference)
    return (await browser.act(reference, "approve", proposal=proposal.id if proposal else "")).status_code


async def deliver(room: Room) -> None:
    room.house.later(minutes=2)
    await EmbeddedLoop(room.desk).deliver_all()


@pytest.mark.parametrize(("act", "state"), [("complete", "completed"), ("deny", "denied"), ("cancel", "cancelled")])
async def test_nothing_is_done_before_a_second_person_gives_leave(room: Room, act: str, state: str) -> None:
    with_four_eyes(room)
    reference = await room.a_case()
    ida, bob = await room.hire("ida", "agent"), await room.hire("bob", "agent")
    mails = len(room.house.post)

    proposed = await ida.act(reference, act, **REFUSAL)
    await deliver(room)
    between = await seen(room, reference)
    sent_between = len(room.house.post)
    status = await leave(room, bob, reference)
    await deliver(room)
    after = await seen(room, reference)

    assert proposed.headers["location"].endswith("said=proposed_done")
    assert (between.request.state, sent_between) == (State.OPEN, mails)
    assert (status, after.request.state.value) == (303, state)
    assert len(room.house.post) == mails + 1
    assert "keep the bills" in text_of(room.house.post[-1])
    done = [(row.event, row.actor) for row in after.audit if row.event != "request_viewed"][-3:]
    assert done == [("act_proposed", "ida"), ("act_approved", "bob"), ("request_moved", "bob")]
    assert await room.desk.store.broken_chains() == ()


async def test_who_proposed_it_may_not_give_leave(room: Room) -> None:
    with_four_eyes(room)
    reference = await room.a_case()
    ida = await room.hire("ida", "admin")
    await ida.act(reference, "deny", **REFUSAL)

    answer = await leave(room, ida, reference)
    clerk = room.clerk("IDA ")

    assert answer == 409
    with pytest.raises(NotAllowed, match="yourself"):
        await staff.approve(clerk, reference)
    assert (await seen(room, reference)).request.state is State.OPEN


async def test_the_database_itself_refuses_leave_by_who_proposed_it(room: Room) -> None:
    with_four_eyes(room)
    reference = await room.a_case()
    await staff.complete(room.clerk("ida"), reference)

    with pytest.raises(IntegrityError):
        async with room.desk.store.database.writing() as connection:
            await connection.execute(update(Proposal).values(state="approved", decided_by="ida"))


async def test_the_command_line_proposes_and_gives_leave_by_the_same_functions(room: Room) -> None:
    with_four_eyes(room)
    reference = await room.a_case()

    proposed = await staff.complete(room.clerk("ida"), reference, words="All is gone.")
    done = await staff.approve(room.clerk("bob"), reference)

    assert (proposed.state, bool(proposed.proposal), proposed.told) == (State.OPEN, True, "")
    assert (done.state, done.told) == (State.COMPLETED, "queued")


async def test_a_reason_is_needed_for_no_leave_and_then_it_can_be_proposed_anew(room: Room) -> None:
    with_four_eyes(room)
    reference = await room.a_case()
    ida, bob = await room.hire("ida", "agent"), await room.hire("bob", "agent")
    await ida.act(reference, "deny", **REFUSAL)

    without = await bob.act(reference, "decline", words=" ")
    declined = await bob.act(reference, "decline", words="Quote the law.")
    page = (await ida.get(f"/case/{reference}")).text
    again = await ida.act(reference, "deny", **REFUSAL)

    assert (without.status_code, declined.status_code, again.status_code) == (409, 303, 303)
    assert "bob gave no leave" in page
    assert "Quote the law." in page


async def test_who_proposed_it_withdraws_it(room: Room) -> None:
    with_four_eyes(room)
    reference = await room.a_case()
    ida, bob = await room.hire("ida", "agent"), await room.hire("bob", "agent")
    await ida.act(reference, "complete")
    proposal = await room.desk.store.proposals.waiting(reference)
    assert proposal is not None
    page = await bob.get(f"/case/{reference}")

    await ida.act(reference, "decline")
    late = await bob.send(
        f"/console/case/{reference}/approve", {"csrf": csrf_in(page), "mark": "", "proposal": proposal.id}
    )

    assert late.status_code == 409
    assert [one.state for one in await room.desk.store.proposals.of_request(reference)] == ["withdrawn"]


async def test_one_act_waits_at_a_time_and_the_forms_for_others_are_gone(room: Room) -> None:
    with_four_eyes(room)
    reference = await room.a_case()
    ida, bob = await room.hire("ida", "agent"), await room.hire("bob", "agent")
    page = await bob.get(f"/case/{reference}")
    await ida.act(reference, "complete")

    second = await bob.send(f"/console/case/{reference}/cancel", {"csrf": csrf_in(page), "mark": ""})
    shown = (await bob.get(f"/case/{reference}")).text

    assert "waits for a second person; have it decided first" in second.text
    assert f"/case/{reference}/complete" not in shown
    assert f"/case/{reference}/approve" in shown


async def test_leave_is_given_to_the_case_that_was_seen(room: Room) -> None:
    """What happens between the look and the leave is seen first."""
    with_four_eyes(room)
    reference = await room.a_case()
    ida, bob = await room.hire("ida", "agent"), await room.hire("bob", "agent")
    await ida.act(reference, "complete")
    proposal = await room.desk.store.proposals.waiting(reference)
    assert proposal is not None
    page = await bob.get(f"/case/{reference}")
    mark = page.text.partition('data-mark="')[2].partition('"')[0]
    await ida.act(reference, "note", words="Wait: she has written again.")

    fields = {"csrf": csrf_in(page), "mark": mark, "proposal": proposal.id}
    answer = await bob.send(f"/console/case/{reference}/approve", fields)

    assert answer.status_code == 409
    assert (await seen(room, reference)).request.state is State.OPEN


async def test_of_two_who_give_leave_at_once_one_is_told_that_it_is_done(room: Room) -> None:
    with_four_eyes(room)
    reference = await room.a_case()
    await staff.complete(room.clerk("ida"), reference)
    proposal = await room.desk.store.proposals.waiting(reference)
    assert proposal is not None
    await staff.approve(room.clerk("bob"), reference)

    with pytest.raises(NotAllowed):
        await staff.approve(room.clerk("eve"), reference)
    with pytest.raises(NotAllowed, match="decided"):
        await room.desk.store.proposals.decline(proposal, words="No.", by="eve")


async def test_many_at_once_are_proposed_too(room: Room) -> None:
    with_four_eyes(room)
    reference = await room.a_case()
    lead = await room.hire("lea", "lead")

    answer = await lead.post("/cases/bulk", {"reference": [reference], "act": "complete", "words": ""})

    assert "1 wait for a second person." in answer.text
    assert (await seen(room, reference)).request.state is State.OPEN


async def test_the_work_list_shows_what_waits_for_leave(room: Room) -> None:
    with_four_eyes(room)
    first, second = await room.a_case(), await room.a_case(number=2)
    ida, bob = await room.hire("ida", "agent"), await room.hire("bob", "agent")
    before = (await bob.get("/cases/news", **{"X-Live": "1"})).json()
    await ida.act(first, "complete")

    every, waiting = (await bob.get("/cases")).text, (await bob.get("/cases?state=proposed")).text
    after = (await bob.get("/cases/news", **{"X-Live": "1"})).json()

    assert before != after
    assert "waits for a second person" in every
    assert first in waiting
    assert second not in waiting


async def test_only_the_acts_that_the_operator_names_need_two(room: Room) -> None:
    with_four_eyes(room, acts=frozenset({"deny"}))
    reference = await room.a_case()
    ida = await room.hire("ida", "agent")

    await ida.act(reference, "complete")

    assert (await seen(room, reference)).request.state is State.COMPLETED


async def test_a_request_that_its_person_takes_back_waits_for_nobody(room: Room) -> None:
    with_four_eyes(room, acts=frozenset({"complete"}))
    reference = await room.a_case()
    await staff.complete(room.clerk("ida"), reference)

    await staff.cancel(room.clerk("bob"), reference)

    assert [one.state for one in await room.desk.store.proposals.of_request(reference)] == ["overtaken"]
    assert await room.desk.store.proposals.all_waiting() == []


async def test_leave_that_was_given_can_be_undone_before_the_letter_leaves(room: Room) -> None:
    with_four_eyes(room)
    reference = await room.a_case()
    ida, bob = await room.hire("ida", "agent"), await room.hire("bob", "agent")
    await ida.act(reference, "deny", **REFUSAL)
    await leave(room, bob, reference)

    await bob.act(reference, "undo")

    assert (await seen(room, reference)).request.state is State.OPEN


async def test_a_package_is_offered_and_handed_over_with_leave_only(room: Room) -> None:
    with_four_eyes(room, "deletion", frozenset({"offer"}))
    reference = await room.a_case()
    ida, bob = room.clerk("ida"), room.clerk("bob")
    await packaging.add_file(ida, reference, "orders.txt", b"three rings")

    offered = await second_person.offer(ida, reference, public_url="https://desk.example")
    with pytest.raises(NotAllowed, match="needs the leave"):
        await second_person.hand_over(ida, reference)
    done = await staff.approve(bob, reference, public_url="https://desk.example")

    assert offered is None
    assert done.told == "queued"
    assert await second_person.hand_over(ida, reference) == [("orders.txt", b"three rings")]


async def test_a_clerk_of_another_brand_gives_no_leave(room: Room) -> None:
    with_four_eyes(room)
    reference = await room.a_case()
    await staff.complete(room.clerk("ida"), reference)
    stranger = await room.hire("eve", "admin", "pearls")

    answers = [await stranger.post(f"/case/{reference}/{act}", {"words": "x"}) for act in ("approve", "decline")]

    assert {answer.status_code for answer in answers} == {404}
    assert await room.desk.store.proposals.waiting(reference) is not None


def test_a_setting_names_known_acts_only() -> None:
    assert BrandSettings(name="rings", four_eyes={"deletion": ("complete", "deny")}).four_eyes
    with pytest.raises(ValueError, match="four_eyes"):
        BrandSettings(name="rings", four_eyes={"deletion": ("answer",)})
