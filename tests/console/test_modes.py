"""What the bot would have done beside what staff did, on the page of the modes."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import staff
from bot.core.playbook import Mode
from bot.staff import TakenDown
from bot.store.comparing import Compared, Tally, Verdict, tallies
from tests.console.fakes import Room, a_room
from tests.engine.fakes import a_mail, receive, work

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with a_room(tmp_path, mode=Mode.APPROVE) as opened:
        yield opened


async def asked(room: Room, text: str = "policy_question", number: int = 1) -> None:
    await receive(room.desk, a_mail(text, number=number), now=room.house.now)
    await work(room.desk)


async def compared(room: Room) -> list[Compared]:
    return await room.office.casebook.compared(LONG_AGO, None)


async def held(room: Room) -> str:
    """The newest reply that waits."""
    return (await room.office.casebook.unsent("held", None, limit=1))[0].said.id


async def test_what_nobody_has_decided_says_nothing_about_the_bot(room: Room) -> None:
    await asked(room)

    (row,) = await compared(room)

    assert row.verdict is Verdict.OPEN
    assert tallies([row])["rings", row.intents[0]].share is None


async def test_a_reply_that_is_let_go_is_the_same_and_one_that_is_kept_back_is_not(room: Room) -> None:
    lead = await room.hire("lea", "lead")
    await asked(room)
    await lead.post(f"/held/{await held(room)}", {"act": "approve"})
    await asked(room, number=2)
    await lead.post(f"/held/{await held(room)}", {"act": "refuse"})

    page = (await lead.get("/modes")).text
    rows = await compared(room)

    assert [row.verdict for row in rows] == [Verdict.DIFFERS, Verdict.SAME]
    assert rows[0].why == "kept_back"
    assert "50 %" in page
    assert "1 of 2" in page
    assert "lea did not let the reply go." in page


async def test_a_reading_that_was_corrected_is_a_difference(room: Room) -> None:
    await asked(room, "deletion")
    reference = (await room.desk.store.requests())[0].reference
    ida, lead = await room.hire("ida", "agent"), await room.hire("lea", "lead")
    message = (await room.desk.store.request(reference)).messages[0].inbox_id  # type: ignore[union-attr]

    await ida.act(reference, "correct", message=message, intent=["access"])

    (row,) = await compared(room)
    page = (await lead.get("/modes")).text
    assert (row.verdict, row.why, row.should) == (Verdict.DIFFERS, "read_otherwise", ("access",))
    assert "ida says that it should have been read as: Access" in " ".join(page.split())
    assert f"/case/{reference}#m-" in page


async def test_a_correction_that_says_the_same_is_no_difference(room: Room) -> None:
    await asked(room, "deletion")
    reference = (await room.desk.store.requests())[0].reference
    ida = await room.hire("ida", "agent")
    message = (await room.desk.store.request(reference)).messages[0].inbox_id  # type: ignore[union-attr]

    await ida.act(reference, "correct", message=message, intent=["deletion"], words="Right so.")

    assert [row.verdict for row in await compared(room)] == [Verdict.OPEN]


async def test_words_of_their_own_are_neither_for_nor_against(room: Room) -> None:
    await asked(room, "deletion")
    reference = (await room.desk.store.requests())[0].reference
    ida = await room.hire("ida", "agent")

    await ida.act(reference, "confirm", words="She came to the shop.")

    (row,) = await compared(room)
    assert row.verdict is Verdict.OWN


async def test_what_the_bot_sent_by_itself_is_not_compared(tmp_path: Path) -> None:
    folder = tmp_path / "automatic"
    folder.mkdir()
    async with a_room(folder) as room:
        await asked(room)

        assert await compared(room) == []


async def test_what_a_clerk_took_down_is_no_word_of_the_bots(room: Room) -> None:
    taken = TakenDown(
        brand="rings", right="deletion", door="phone", person="ada@example.org", received=room.house.now.date()
    )

    await staff.add(room.clerk("ida"), taken)

    assert await compared(room) == []


async def test_a_lead_of_another_brand_sees_none_of_it(room: Room) -> None:
    lead, stranger = await room.hire("lea", "lead"), await room.hire("eve", "lead", "pearls")
    await asked(room)
    await lead.post(f"/held/{await held(room)}", {"act": "refuse"})

    page = (await stranger.get("/modes")).text

    assert "did not let the reply go" not in page
    assert 'id="m-rings"' not in page


def a_row(verdict: Verdict, *intents: str) -> Compared:
    return Compared(inbox_id="", outbox_id="", at=LONG_AGO, brand="rings", intents=intents, verdict=verdict)


def test_a_message_with_two_intents_counts_for_each_and_the_share_leaves_out_what_was_not_decided() -> None:
    rows = [
        a_row(Verdict.SAME, "access", "deletion"),
        a_row(Verdict.DIFFERS, "access"),
        a_row(Verdict.OWN, "access"),
        a_row(Verdict.OPEN),
    ]

    found = tallies(rows)

    assert found["rings", "access"] == Tally(same=1, differs=1, own=1)
    assert found["rings", "access"].share == 0.5
    assert found["rings", "deletion"].share == 1
    assert found["rings", ""] == Tally(open=1)
