"""What the dashboard counts, and that no table can harm whoever opens it (RELIABILITY T23)."""

import csv
import io
import re
import zipfile
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.console.dashboard import chart
from bot.console.sheets import as_csv, as_xlsx
from bot.console.speech import Speech
from bot.staff.packaging import harmless
from bot.store.figures import id_at, percentile
from tests.console.fakes import Room
from tests.engine.fakes import a_mail, receive, work

ACTIVE = (
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠x", " =1", "|cmd",
)  # fmt: skip


def cells_of(book: bytes) -> list[str]:
    """The texts of a sheet, as its XML has them."""
    with zipfile.ZipFile(io.BytesIO(book)) as files:
        names = files.namelist()
        texts = ElementTree.fromstring(files.read("xl/sharedStrings.xml"))
        sheet = files.read("xl/worksheets/sheet1.xml").decode()
    assert not any("externalLink" in name for name in names)
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    return ["".join(entry.itertext()) for entry in texts]


@pytest.mark.parametrize("cell", ACTIVE)
def test_no_cell_begins_with_what_a_spreadsheet_runs(cell: str) -> None:
    assert len(ACTIVE) == 13

    written = list(csv.reader(io.StringIO(as_csv([cell], [[cell]]).decode("utf-8-sig"))))
    in_book = cells_of(as_xlsx([cell], [[cell]]))

    for found in (*written[0], *written[1], *in_book):
        assert found.startswith("'")


@given(st.text(max_size=60))
@example(" \r=1")
def test_whatever_somebody_writes_is_a_text_in_a_table(cell: str) -> None:
    safe = harmless(cell)

    assert not safe.lstrip(" ").startswith(tuple("=+-@＝＋－＠\t\r\n"))
    assert as_csv(["x"], [[cell]]).decode("utf-8-sig").startswith('"x"')


def test_every_field_of_a_table_is_quoted() -> None:
    assert as_csv(["a"], [['say "b", c']]).decode("utf-8-sig") == '"a"\r\n"say ""b"", c"\r\n'


async def test_a_persons_name_is_harmless_in_the_exported_list(room: Room) -> None:
    await receive(room.desk, a_mail("deletion", sender="=cmd@example.org"))
    await work(room.desk)
    browser = await room.hire("lea", "lead")

    table = (await browser.get("/cases.csv")).text
    book = cells_of((await browser.get("/cases.xlsx")).content)

    assert '"\'=cmd@example.org"' in table
    assert "'=cmd@example.org" in book


async def test_the_dashboard_counts_what_is_open_and_when_it_was_answered(room: Room) -> None:
    reference = await room.a_case()
    browser = await room.hire("lea", "lead")
    before = (await browser.get("/figures?days=30")).text
    await browser.act(reference, "complete", words="")
    room.house.later(days=2)
    await browser.sign_in("lea")

    after = (await browser.get("/figures?days=30")).text

    assert re.search(r'class="number">1</span> open', before)
    assert re.search(r'class="number">0</span> open', after)
    assert "Time to closure" in after
    assert "Nothing in this time" not in after.partition("Time to closure")[2].partition("</section>")[0]


async def test_an_overdue_request_is_counted_and_said_in_words(room: Room) -> None:
    await room.a_case()
    room.house.later(days=40)
    browser = await room.hire("lea", "lead")

    shown, listed = (await browser.get("/figures")).text, (await browser.get("/cases?due=overdue")).text

    assert re.search(r'class="number">1</span> overdue', shown)
    assert re.search(r"overdue by \d+ d", listed)


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=50), st.sampled_from([0.5, 0.95, 1.0]))
def test_a_percentile_is_one_of_the_values_and_so_many_are_not_above_it(values: list[int], share: float) -> None:
    lengths = sorted(timedelta(seconds=value) for value in values)

    found = percentile(lengths, share)

    assert found in lengths
    assert sum(length <= found for length in lengths) >= share * len(lengths)


def test_ids_begin_with_their_time() -> None:
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)

    assert id_at(early) < id_at(late) < "f"


NUMBERS = st.lists(st.integers(0, 500), min_size=3, max_size=3)


@given(st.dictionaries(st.text(min_size=1, max_size=5), NUMBERS, max_size=12))
def test_a_chart_stays_in_its_frame_and_shows_every_number(series: dict[str, list[int]]) -> None:
    weeks = (date(2026, 1, 5), date(2026, 1, 12), date(2026, 1, 19))

    drawn = chart(series, weeks, str)

    assert all(0 <= bar.x <= 640 and -0.1 <= bar.y <= 180 and bar.height >= 0 for bar in drawn.bars)
    assert sum(total for _, total in drawn.legend) == sum(map(sum, series.values()))
    assert len(drawn.legend) <= 7


def test_days_are_said_in_the_brands_own_zone() -> None:
    now = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    speech = Speech(language="en", zone=ZoneInfo("UTC"), now=now)

    due = datetime(2026, 3, 3, 22, 59, 59, tzinfo=UTC)

    assert speech.due(due, "Europe/Berlin").text == "due today"
    assert speech.due(due, "America/New_York").text == "due tomorrow"
    assert speech.due(now - timedelta(days=3), "UTC").text == "overdue by 3 d"
