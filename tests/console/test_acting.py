"""What a clerk does on a case page, and that two of them lose nothing."""

import re

import pytest
from sqlalchemy import update

from bot.core.playbook import Mode
from bot.core.tickets import State
from bot.engine.loop import EmbeddedLoop
from bot.store import RequestDetail
from bot.store.schema import Conversation
from tests.console.fakes import Room, a_room, csrf_in, mark_in
from tests.engine.fakes import a_mail, receive, work
from tests.engine.letters import text_of


async def seen(room: Room, reference: str) -> RequestDetail:
    detail = await room.desk.store.request(reference)
    assert detail is not None
    return detail


async def deliver(room: Room) -> None:
    """A minute later what rests has left."""
    room.house.later(minutes=2)
    await EmbeddedLoop(room.desk).deliver_all()


async def test_the_case_page_answers_the_three_questions_on_one_screen(room: Room) -> None:
    reference = await room.a_case()
    browser = await room.hire("ida", "agent")

    page = (await browser.get(f"/case/{reference}")).text

    detail = await seen(room, reference)
    assert "When is this due, and why?" in page
    assert detail.deadlines[0].sum in page
    assert "How do we know who it is?" in page
    assert "by a code sent to the mailbox" in page
    assert "Who told the person what?" in page
    assert "The bot wrote" in page


async def test_the_page_marks_the_words_that_the_bot_acted_on(room: Room) -> None:
    reference = await room.a_case()
    browser = await room.hire("ida", "agent")

    page = (await browser.get(f"/case/{reference}")).text

    assert re.search(r"<mark[^>]*>deletion", page)
    assert "ask for proof" in page


async def test_an_answer_goes_out_in_the_persons_channel_in_the_clerks_words(room: Room) -> None:
    reference = await room.a_case()
    browser = await room.hire("ida", "agent")

    answer = await browser.act(reference, "answer", words="It will take <b>two</b> days.")
    resting = len(room.house.post)
    await deliver(room)

    assert answer.headers["location"].endswith("said=answer_done")
    assert len(room.house.post) == resting + 1
    assert "A colleague writes: It will take <b>two</b> days." in text_of(room.house.post[-1])
    detail = await seen(room, reference)
    assert (detail.request.state, detail.request.taken_by) == (State.IN_PROGRESS, "ida")
    assert "ida wrote" in (await browser.get(f"/case/{reference}")).text


async def test_a_refusal_is_taken_back_before_it_leaves_and_nothing_is_sent(room: Room) -> None:
    reference = await room.a_case()
    browser = await room.hire("ida", "agent")
    before = await seen(room, reference)
    await browser.act(reference, "deny", reason="no_match", words="We found nothing.")
    denied = await seen(room, reference)

    undone = await browser.act(reference, "undo")
    mails = len(room.house.post)
    await deliver(room)

    assert denied.request.state is State.DENIED
    assert undone.headers["location"].endswith("said=undo_done")
    after = await seen(room, reference)
    assert (after.request, after.deadlines, after.denial_reason) == (before.request, before.deadlines, "")
    assert len(room.house.post) == mails
    done = [row.event for row in after.audit if row.event != "request_viewed"]
    assert done[-2:] == ["request_moved", "act_undone"]
    assert await room.desk.store.broken_chains() == ()


async def test_what_has_left_cannot_be_taken_back(room: Room) -> None:
    reference = await room.a_case()
    browser = await room.hire("ida", "agent")
    await browser.act(reference, "complete", words="Done.")
    await deliver(room)

    late = await browser.act(reference, "undo")

    assert late.status_code == 409
    assert "has left already" in late.text
    assert (await seen(room, reference)).request.state is State.COMPLETED


async def test_an_undone_act_is_not_undone_twice(room: Room) -> None:
    reference = await room.a_case()
    browser = await room.hire("ida", "agent")
    await browser.act(reference, "take")
    await browser.act(reference, "undo")

    again = await browser.act(reference, "undo")

    assert again.status_code == 409
    assert (await seen(room, reference)).request.state is State.OPEN


@pytest.mark.parametrize("second", ["answer", "complete", "deny", "cancel", "extend"])
async def test_of_two_clerks_the_second_is_told_and_loses_nothing(room: Room, second: str) -> None:
    reference = await room.a_case()
    ida, bob = await room.hire("ida", "agent"), await room.hire("bob", "agent")
    page = await bob.get(f"/case/{reference}")
    await ida.act(reference, "answer", words="I am on it.")
    before = await seen(room, reference)

    late = await bob.send(
        f"/console/case/{reference}/{second}",
        {"csrf": csrf_in(page), "mark": mark_in(page), "words": "My long careful words.", "reason": "other"},
    )

    assert late.status_code == 409
    assert re.search("has (meanwhile|happened)|Something has happened", late.text)
    assert "My long careful words." in late.text
    assert await seen(room, reference) == before


async def test_a_message_that_arrives_meanwhile_is_seen_before_anything_is_done(room: Room) -> None:
    reference = await room.a_case()
    browser = await room.hire("ida", "agent")
    page = await browser.get(f"/case/{reference}")
    await receive(room.desk, a_mail("please stop human", number=77, In_Reply_To="<1@customers.example>"))
    await work(room.desk)

    late = await browser.send(
        f"/console/case/{reference}/complete", {"csrf": csrf_in(page), "mark": mark_in(page), "words": ""}
    )

    assert late.status_code in (303, 409)


async def test_a_colleague_who_is_there_is_named(room: Room) -> None:
    reference = await room.a_case()
    ida, bob = await room.hire("ida", "agent"), await room.hire("bob", "agent")
    await ida.get(f"/case/{reference}")

    told = (await bob.get(f"/case/{reference}/live", **{"X-Live": "1"})).json()
    room.house.later(minutes=1)
    later = (await bob.get(f"/case/{reference}/live", **{"X-Live": "1"})).json()

    assert (told["others"], later["others"]) == (["ida"], [])


async def test_more_time_is_offered_and_told(room: Room) -> None:
    reference = await room.a_case()
    browser = await room.hire("ida", "agent")
    before = await seen(room, reference)

    await browser.act(reference, "extend", words="Your data lies in an archive.")
    await deliver(room)

    after = await seen(room, reference)
    assert after.request.due_on > before.request.due_on
    assert "Your data lies in an archive." in text_of(room.house.post[-1])
    assert "/extend" not in (await browser.get(f"/case/{reference}")).text


async def test_a_refusal_without_words_keeps_what_was_typed(room: Room) -> None:
    reference = await room.a_case()
    browser = await room.hire("ida", "agent")

    answer = await browser.act(reference, "deny", reason="no_match", words="   ")

    assert answer.status_code == 409
    assert "A denial needs words" in answer.text
    assert 'value="no_match" selected' in answer.text


async def test_a_case_is_given_to_a_colleague_of_the_brand_and_to_nobody_else(room: Room) -> None:
    reference = await room.a_case()
    ida = await room.hire("ida", "agent")
    await room.hire("bob", "agent")
    await room.hire("eve", "agent", "pearls")

    given = await ida.act(reference, "assign", to="bob")
    refused = await ida.act(reference, "assign", to="eve")

    assert (given.status_code, refused.status_code) == (303, 409)
    assert (await seen(room, reference)).request.taken_by == "bob"


async def test_a_correction_is_kept_and_shown(room: Room) -> None:
    reference = await room.a_case()
    browser = await room.hire("ida", "agent")
    message = (await seen(room, reference)).messages[0].inbox_id

    await browser.act(reference, "correct", message=message, intent=["access"], words="also wants a copy")

    page = (await browser.get(f"/case/{reference}")).text
    assert "also wants a copy" in page
    talk = await room.office.casebook.talk((await seen(room, reference)).request.conversation)
    assert talk is not None
    assert [(one["was"], one["intents"]) for one in talk.corrections] == [(["deletion"], ["access"])]


async def test_a_note_is_for_colleagues_only(room: Room) -> None:
    reference = await room.a_case()
    browser = await room.hire("ida", "agent")
    mails = len(room.house.post)

    await browser.act(reference, "note", words="called her <script>alert(1)</script>")
    await deliver(room)

    page = (await browser.get(f"/case/{reference}")).text
    assert "called her &lt;script&gt;" in page
    assert "<script>alert" not in page
    assert len(room.house.post) == mails


async def test_a_request_by_phone_is_taken_down(room: Room) -> None:
    browser = await room.hire("ida", "agent")
    fields = {
        "brand": "rings", "right": "deletion", "kind": "", "door": "phone", "person": "ruth@example.org",
        "received": room.house.now.date().isoformat(), "language": "", "words": "she rang twice",
    }  # fmt: skip

    made = await browser.post("/new", fields, seen="/new")
    wrong = await browser.post("/new", fields | {"received": "soon"}, seen="/new")

    assert made.status_code == 303
    reference = made.headers["location"].partition("/case/")[2].partition("?")[0]
    detail = await seen(room, reference)
    assert (detail.request.subject, detail.notes[0].words) == ("ruth@example.org", "she rang twice")
    assert "Taken down by a colleague." in (await browser.get(f"/case/{reference}")).text
    assert wrong.status_code == 409
    assert "ruth@example.org" in wrong.text


async def test_what_was_handed_over_is_answered_and_closed(room: Room) -> None:
    await receive(room.desk, a_mail("human please", number=5))
    await work(room.desk)
    items = await room.desk.store.staff_items()
    if not items:
        await receive(room.desk, a_mail("deletion human", number=6))
        await work(room.desk)
        items = await room.desk.store.staff_items()
    browser = await room.hire("ida", "agent")
    [item] = items[:1]

    shown = await browser.get(f"/handed?item={item.item_id}")
    answered = await browser.post(f"/handed/{item.item_id}", {"act": "answer", "words": "Here I am."}, seen="/handed")
    await deliver(room)

    assert item.item_id in shown.text
    assert answered.status_code == 303
    assert "Here I am." in text_of(room.house.post[-1])
    assert item.item_id not in {row.item_id for row in await room.desk.store.staff_items()}
    again = await browser.post(f"/handed/{item.item_id}", {"act": "close"})
    assert again.status_code == 409


async def test_a_held_reply_is_let_go_by_a_lead(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with a_room(tmp_path_factory.mktemp("held"), mode=Mode.APPROVE) as room:
        await receive(room.desk, a_mail("unsubscribe", number=1))
        await work(room.desk)
        browser = await room.hire("lea", "lead")
        page = await browser.get("/held")
        [outbox] = re.findall(r"/console/held/([0-9a-f]+)", page.text)

        gone = await browser.post(f"/held/{outbox}", {"act": "approve"})
        await EmbeddedLoop(room.desk).deliver_all()
        again = await browser.post(f"/held/{outbox}", {"act": "refuse"})

        assert gone.status_code == 303
        assert len(room.house.post) == 1
        assert again.status_code == 409


async def test_a_held_reply_that_is_kept_back_never_leaves(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with a_room(tmp_path_factory.mktemp("kept"), mode=Mode.APPROVE) as room:
        await receive(room.desk, a_mail("unsubscribe", number=1))
        await work(room.desk)
        browser = await room.hire("lea", "lead")
        [outbox] = re.findall(r"/console/held/([0-9a-f]+)", (await browser.get("/held")).text)

        await browser.post(f"/held/{outbox}", {"act": "refuse"})
        await deliver(room)

        assert room.house.post == []
        assert outbox not in (await browser.get("/held")).text


async def test_the_suppression_list_is_asked_and_an_entry_taken_off_with_a_reason(room: Room) -> None:
    await receive(room.desk, a_mail("unsubscribe", number=1))
    await work(room.desk)
    lead = await room.hire("lea", "lead")
    entry = {"brand": "rings", "purpose": "marketing", "channel": "email", "address": "ADA@example.org"}

    known = await lead.post("/suppression", entry)
    refused = await lead.post("/suppression/undo", entry | {"words": "ada@example.org rang"})
    undone = await lead.post("/suppression/undo", entry | {"words": "she rang and asked for it"})
    after = await lead.post("/suppression", entry)

    assert "On the list" in known.text
    assert refused.status_code == 409
    assert undone.status_code == 303
    assert "Not on the list" in after.text


async def test_many_at_once_do_what_can_be_done_and_say_what_could_not(room: Room) -> None:
    one, two = await room.a_case(number=1), await room.a_case(number=2)
    lead = await room.hire("lea", "lead")
    await lead.act(two, "cancel")

    answer = await lead.post(
        "/cases/bulk", {"reference": [one, two, "PD-NONE"], "act": "deny", "reason": "other", "words": "No."}
    )

    assert "1 done." in answer.text
    assert "2 could not be done" in answer.text
    assert (await seen(room, one)).request.state is State.DENIED
    assert (await seen(room, two)).request.state is State.CANCELLED


async def test_the_package_of_an_access_request_is_put_together_and_withdrawn(room: Room) -> None:
    reference = await room.a_case(text="access")
    browser = await room.hire("ida", "agent")

    held = await browser.post(f"/case/{reference}/package", {"act": "held"})
    offered = await browser.post(f"/case/{reference}/package", {"act": "offer"})
    page = (await browser.get(f"/case/{reference}")).text
    withdrawn = await browser.post(f"/case/{reference}/package", {"act": "withdraw"})

    assert (held.status_code, withdrawn.status_code) == (303, 303)
    assert "privacy-desk.json" in page
    assert offered.status_code == 409
    assert "never send them by plain mail" in offered.text


async def test_a_clerk_who_has_checked_who_asks_opens_the_request(room: Room) -> None:
    await receive(room.desk, a_mail("deletion", number=1))
    await work(room.desk)
    [waiting] = await room.desk.store.requests()
    browser = await room.hire("ida", "agent")

    without = await browser.act(waiting.reference, "confirm", words=" ")
    done = await browser.act(waiting.reference, "confirm", words="She came to the shop with her order slip.")
    opened = await seen(room, waiting.reference)

    assert (without.status_code, done.status_code) == (409, 303)
    assert opened.request.state is State.OPEN
    assert opened.verification is not None
    assert (opened.verification.level, opened.verification.method) == (3, "staff")


async def test_a_talk_that_was_taken_over_is_handed_back_to_the_bot(room: Room) -> None:
    reference = await room.a_case()
    browser = await room.hire("ida", "agent")
    refused = await browser.act(reference, "hand_back")
    async with room.desk.store.database.writing() as connection:
        await connection.execute(update(Conversation).values(taken_over_at=room.house.now))

    offered = await browser.get(f"/case/{reference}")
    back = await browser.act(reference, "hand_back")

    assert refused.status_code == 409
    assert "the bot has been silent here since" in offered.text
    assert back.status_code == 303
    assert "/hand_back" not in (await browser.get(f"/case/{reference}")).text


async def test_a_colleague_who_only_looks_is_in_nobodys_way(room: Room) -> None:
    reference = await room.a_case()
    ida, bob = await room.hire("ida", "agent"), await room.hire("bob", "agent")
    page = await bob.get(f"/case/{reference}")
    await ida.get(f"/case/{reference}")

    done = await bob.send(f"/console/case/{reference}/take", {"csrf": csrf_in(page), "mark": mark_in(page)})

    assert done.status_code == 303
    assert (await seen(room, reference)).request.taken_by == "bob"
