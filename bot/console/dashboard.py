"""The dashboard, and tables to take along."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.console import looks, sheets
from bot.console.permissions import May
from bot.console.visit import Visit
from bot.console.worklist import FIELDS, wanted_of
from bot.store.figures import Figure, Lengths
from bot.store.worklist import END_OF_LIST, Place, WorkRow

WINDOWS = (30, 90, 365)
#: Rows of a file.
MOST_ROWS = 20_000
_PAGE = 500
#: Series of a chart; the rest is put together.
MOST_SERIES = 6
_WIDTH, _HEIGHT, _GAP = 640.0, 180.0, 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One piece of a column, in the units of the drawing."""

    x: float
    y: float
    width: float
    height: float
    series: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Columns of stacked pieces, one column a week."""

    bars: Sequence[Bar]
    #: Names of the series in the order of their colours, with their sums.
    legend: Sequence[tuple[str, int]]
    #: (x, text) below the columns.
    ticks: Sequence[tuple[float, str]]
    #: (y, text) of the lines.
    lines: Sequence[tuple[float, str]]
    #: The same as a table: week, then a number for each series.
    table: Sequence[tuple[str, Sequence[int]]]


async def dashboard(visit: Visit) -> Response:
    figure, days = await _figure(visit)
    name, day = visit.speech.name, visit.speech.day
    return visit.page(
        "figures.html",
        figure=figure,
        days=days,
        windows=WINDOWS,
        by_channel=chart({name("channels", key): row for key, row in figure.by_channel.items()}, figure.weeks, day),
        by_intent=chart({name("rights", key): row for key, row in figure.by_intent.items()}, figure.weeks, day),
    )


async def _figure(visit: Visit) -> tuple[Figure, int]:
    days = next((days for days in WINDOWS if str(days) == visit.asked("days")), WINDOWS[1])
    now = visit.office.now()
    return await visit.office.figures.between(now - timedelta(days=days), now, visit.brands(May.SEE_FIGURES)), days


def chart(series: Mapping[str, Sequence[int]], weeks: Sequence[date], day: object) -> Chart:
    """The columns of `series`; what is beyond the largest few is one series of its own."""
    shown = dict(list(series.items())[:MOST_SERIES])
    rest = list(series.values())[MOST_SERIES:]
    if rest:
        shown["…"] = [sum(column) for column in zip(*rest, strict=True)]
    totals = [sum(row[place] for row in shown.values()) for place in range(len(weeks))]
    top = _round_up(max([*totals, 1]))
    step = _WIDTH / max(len(weeks), 1)
    named = [str(day(week)) if callable(day) else week.isoformat() for week in weeks]
    bars = []
    for place in range(len(weeks)):
        height = 0.0
        for number, (label, row) in enumerate(shown.items()):
            if row[place]:
                tall = row[place] / top * _HEIGHT
                height += tall
                bars.append(
                    Bar(
                        x=round(place * step + step * _GAP / 2, 2),
                        y=round(_HEIGHT - height, 2),
                        width=round(step * (1 - _GAP), 2),
                        height=round(tall, 2),
                        series=number,
                        title=f"{named[place]}: {label} {row[place]}",
                    )
                )
    every = max(1, -(-len(weeks) // 6))
    return Chart(
        bars=bars,
        legend=[(label, sum(row)) for label, row in shown.items()],
        ticks=[(round((place + 0.5) * step, 2), named[place]) for place in range(0, len(weeks), every)],
        lines=[(round(_HEIGHT - share * _HEIGHT, 2), str(round(top * share))) for share in (0.0, 0.5, 1.0)],
        table=[(named[place], [row[place] for row in shown.values()]) for place in range(len(weeks))],
    )


def _round_up(most: int) -> int:
    """A number that can be halved and read: 2, 4 or 10 and so many noughts."""
    size = 1
    while True:
        for first in (2, 4, 10):
            if first * size >= most:
                return first * size
        size *= 10


async def figures_file(visit: Visit) -> Response:
    """The lengths of time as a table."""
    figure, days = await _figure(visit)
    say, name = visit.speech.say, visit.speech.name
    head = [say(key) for key in ("what", "brand", "right", "count", "median_hours", "p95_hours")]

    def rows(what: str, lengths: Sequence[Lengths]) -> list[list[str]]:
        return [
            [what, one.brand, name("rights", one.right), str(one.count), _hours(one.median), _hours(one.p95)]
            for one in lengths
        ]

    table = rows(say("first_answer"), figure.first_answer) + rows(say("closure"), figure.closure)
    await visit.office.worklist.looked(visit.who.name, "export", "", now=visit.office.now())
    return _file(visit, f"figures-{days}-days", head, table)


def _hours(length: timedelta) -> str:
    return f"{length.total_seconds() / 3600:.1f}"


async def cases_file(visit: Visit) -> Response:
    """The work list as it is filtered."""
    asked = {key: visit.asked(key) for key in FIELDS if visit.asked(key)}
    wanted = wanted_of(visit, asked, May.EXPORT)
    found: list[WorkRow] = []
    after: Place | None = None
    while len(found) < MOST_ROWS:
        rows = await visit.office.worklist.page(wanted, after=after, limit=_PAGE)
        found += rows
        if len(rows) < _PAGE:
            break
        after = rows[-1].place
    await visit.office.worklist.looked(visit.who.name, "export", "", now=visit.office.now())
    say, name = visit.speech.say, visit.speech.name
    head = [say(key) for key in _HEAD]
    table = [
        [
            row.reference, row.brand, name("rights", row.right), name("states", row.state), row.person,
            say("yes" if row.proved else "no"), name("channels", row.channel), row.taken_by,
            row.received_at.isoformat(timespec="seconds"), "" if row.due_at >= END_OF_LIST else row.due_at.isoformat(),
            row.closed_at.isoformat(timespec="seconds") if row.closed_at else "",
        ]
        for row in found
    ]  # fmt: skip
    return _file(visit, "requests", head, table)


_HEAD = (
    "reference", "brand", "right", "state", "person", "proved", "channel", "assignee", "received", "due", "closed",
)  # fmt: skip
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def _file(visit: Visit, stem: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Response:
    form = str(visit.request.path_params["form"])
    if form not in _TYPES:
        raise HTTPException(404)
    body = sheets.as_csv(head, rows) if form == "csv" else sheets.as_xlsx(head, rows)
    named = {"Content-Disposition": f'attachment; filename="{stem}.{form}"'}
    return Response(body, headers=looks.HEADERS | named, media_type=_TYPES[form])
