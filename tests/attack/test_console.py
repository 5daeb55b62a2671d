"""What the console takes from a form that is not quite its own."""

import pytest

from tests.console.conftest import room
from tests.console.fakes import Room, csrf_in

__all__ = ["room"]


@pytest.mark.parametrize("origin", ["null", "https://evil.example", "file://"])
async def test_a_form_from_nowhere_does_nothing(room: Room, origin: str) -> None:
    browser = await room.hire("ada", "agent")
    csrf = csrf_in(await browser.get("/me"))

    answer = await browser.send("/console/me", {"csrf": csrf, "language": "de", "time_zone": "UTC"}, origin=origin)

    assert answer.status_code == 403


async def test_work_is_given_in_bulk_only_to_somebody_who_may_do_it(room: Room) -> None:
    reference = await room.a_case()
    await room.hire("pearl", "agent", "pearls")
    lead = await room.hire("lea", "lead")

    for nobody in ("pearl", "=cmd()"):
        await lead.post("/cases/bulk", {"reference": [reference], "act": "assign", "to": nobody}, seen="/cases")

    (row,) = await room.desk.store.requests()
    assert row.taken_by == ""
