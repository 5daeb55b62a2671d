"""How much the bot may do by itself, for each brand and intent, and what that has been worth: what it would have done
beside what staff did.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from starlette.responses import Response

from bot.console.permissions import May
from bot.console.visit import Visit
from bot.core.playbook import Mode, Playbook
from bot.store.comparing import Compared, Tally, Verdict, tallies

WINDOWS = (30, 90, 365)
#: Differences that are listed, the newest.
MOST_LISTED = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One intent of one brand."""

    #: "" for messages with none.
    intent: str
    mode: Mode
    tally: Tally


async def modes(visit: Visit) -> Response:
    """Every brand's modes; of those that are watched or held back, how often staff did the same."""
    days = next((days for days in WINDOWS if str(days) == visit.asked("days")), WINDOWS[1])
    since = visit.office.now() - timedelta(days=days)
    found = await visit.office.casebook.compared(since, visit.brands(May.SEE_SETTINGS))
    differences = [row for row in found if row.verdict is Verdict.DIFFERS]
    if differences:
        await visit.office.worklist.looked(visit.who.name, "comparison", "", now=visit.office.now())
    books = [visit.office.desk.playbooks[name] for name in visit.brand_names(May.SEE_SETTINGS)]
    return visit.page(
        "modes.html",
        brands=[(book, _rows(book, found), _whole(book, found)) for book in books],
        differences=differences[:MOST_LISTED],
        more=len(differences) > MOST_LISTED,
        days=days,
        windows=WINDOWS,
    )


def _rows(book: Playbook, found: Sequence[Compared]) -> list[Row]:
    """Every intent, the most often seen first."""
    counted = tallies(row for row in found if row.brand == book.brand)
    names = [*book.handling, *([""] if (book.brand, "") in counted else [])]
    rows = [
        Row(intent=name, mode=book.modes.get(name, book.mode), tally=counted.get((book.brand, name), Tally()))
        for name in names
    ]
    return sorted(rows, key=lambda row: -row.tally.count)


def _whole(book: Playbook, found: Sequence[Compared]) -> Tally:
    """Each message once."""
    mine = [replace(row, intents=()) for row in found if row.brand == book.brand]
    return tallies(mine).get((book.brand, ""), Tally())
