"""The work list: what is due next, with filters, search, saved views, and acts on many at once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from starlette.responses import JSONResponse, Response

from bot import staff
from bot.console import looks
from bot.console.acting import somebody
from bot.console.permissions import May
from bot.console.visit import Visit
from bot.core.tickets import DENIAL_REASONS, LEVELS, State
from bot.errors import TheirFault
from bot.store import RequestRow
from bot.store.worklist import ANY_STATE, CLOSED, NOBODY, PROPOSED, UNDER_WAY, Place, Wanted, WorkRow

ROWS = 50
#: Requests that are acted on at once.
MOST_AT_ONCE = 200
#: What a list can be asked for; a saved view holds nothing else.
FIELDS = ("state", "brand", "right", "channel", "taken_by", "q", "due")
_SOON = {"overdue": timedelta(), "week": timedelta(days=7)}
CHANNELS = ("email", "webchat", "telegram", "phone", "letter", "shop")
STATES = (UNDER_WAY, PROPOSED, *(state.value for state in State), CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A row with its words."""

    row: WorkRow
    due_tone: str
    due_text: str
    due_day: str


def wanted_of(visit: Visit, asked: Mapping[str, str], permission: May = May.SEE_CASES) -> Wanted:
    """What the address asks for, within what the clerk may see."""
    brand = asked.get("brand", "")
    allowed = visit.brands(permission)
    brands = (brand,) if brand and (allowed is None or brand in allowed) else allowed
    if brand and brands != (brand,):
        brands = ("",)
    soon = _SOON.get(asked.get("due", ""))
    state = asked.get("state", "")
    who = asked.get("taken_by", "")
    return Wanted(
        brands=brands,
        state=state if state in STATES else UNDER_WAY,
        right=asked.get("right", ""),
        channel=asked.get("channel", ""),
        taken_by=visit.who.name if who == "me" else who,
        search=asked.get("q", "")[:100],
        due_before=visit.office.now() + soon if soon is not None else None,
    )


async def work_list(visit: Visit) -> Response:
    """The page, or with ?rows=1 the rows alone, for the list that keeps itself up to date."""
    asked = {name: visit.asked(name) for name in FIELDS if visit.asked(name)}
    wanted, after = wanted_of(visit, asked), Place.read(visit.asked("after"))
    rows = await visit.office.worklist.page(wanted, after=after, limit=ROWS + 1)
    if not rows and wanted.search and wanted.state == UNDER_WAY:
        # Whoever looks for a closed request should not have to know that it is closed.
        rows = await visit.office.worklist.page(replace(wanted, state=ANY_STATE), after=after, limit=ROWS + 1)
    further = str(rows[ROWS - 1].place) if len(rows) > ROWS else ""
    shown = [_shown(visit, row) for row in rows[:ROWS]]
    newest = await visit.office.worklist.newest_change(visit.brands())
    if not visit.request.headers.get("x-live"):
        await visit.office.worklist.looked(visit.who.name, "list", "", now=visit.office.now())
    return visit.page(
        "rows.html" if visit.request.headers.get("x-live") else "cases.html",
        rows=shown,
        asked=asked,
        query=urlencode(asked),
        further=further,
        newest=newest,
        views=[] if visit.request.headers.get("x-live") else await visit.office.worklist.views(visit.who.name),
        choices=_choices(visit),
        two=any(visit.office.desk.playbooks[name].four_eyes for name in visit.brand_names()),
        clerks=await _colleagues(visit) if visit.may(May.LEAD) else [],
        reasons=DENIAL_REASONS,
    )


async def news(visit: Visit) -> Response:
    """Whether the list may look different now; asked every few seconds."""
    return JSONResponse({"newest": await visit.office.worklist.newest_change(visit.brands())}, headers=looks.HEADERS)


async def bulk(visit: Visit) -> Response:
    """One act on many requests; what could not be done is said, with the reason, and the rest is done."""
    references = [str(value) for value in visit.form.getlist("reference")][:MOST_AT_ONCE]
    act, words = visit.given("act"), visit.given("words")
    done, proposed, refused = 0, 0, []
    for reference in references:
        detail = await visit.office.desk.store.request(reference)
        if detail is None or not visit.may(May.LEAD, detail.request.brand):
            refused.append((reference, visit.speech.say("no_such_request")))
            continue
        try:
            waits = await _one_of_many(visit, detail.request, act, words)
        except TheirFault as fault:
            refused.append((reference, visit.speech.refusal(fault)))
        else:
            done, proposed = done + (not waits), proposed + waits
    return visit.page("bulk.html", done=done, proposed=proposed, refused=refused, status=200 if not refused else 409)


async def _one_of_many(visit: Visit, request: RequestRow, act: str, words: str) -> bool:
    """Whether it waits for a second person."""
    reference, clerk = request.reference, visit.clerk
    match act:
        case "assign":
            made = await staff.assign(clerk, reference, to=await somebody(visit, request.brand))
        case "complete":
            made = await staff.complete(clerk, reference, words=words)
        case "cancel":
            made = await staff.cancel(clerk, reference, words=words)
        case "deny":
            made = await staff.deny(clerk, reference, reason=visit.given("reason"), words=words)
        case _:
            raise TheirFault(visit.speech.say("choose_an_act"))
    return bool(made.proposal)


async def save_view(visit: Visit) -> Response:
    label = visit.given("name").strip()[:60]
    asked = {name: value for name, value in parse_qsl(visit.given("query")) if name in FIELDS}
    if not label:
        return visit.back(f"/cases?{urlencode(asked)}", "view_needs_name")
    await visit.office.worklist.save_view(visit.who.name, label, urlencode(asked))
    return visit.back(f"/cases?{urlencode(asked)}", "saved")


async def drop_view(visit: Visit) -> Response:
    await visit.office.worklist.drop_view(visit.who.name, visit.given("view"))
    return visit.back("/cases", "saved")


async def _colleagues(visit: Visit) -> list[str]:
    return [account.name for account in await visit.office.accounts.all() if not account.disabled]


def _choices(visit: Visit) -> dict[str, list[tuple[str, str]]]:
    """The filters with their words."""
    name = visit.speech.name
    return {
        "state": [
            (state, name("lists" if state in (UNDER_WAY, PROPOSED, CLOSED) else "states", state)) for state in STATES
        ],
        "brand": [(brand, visit.office.desk.playbooks[brand].shop) for brand in visit.brand_names()],
        "right": [(right, name("rights", right)) for right in LEVELS],
        "channel": [(channel, name("channels", channel)) for channel in CHANNELS],
        "taken_by": [("me", visit.speech.say("mine")), (NOBODY, visit.speech.say("nobody"))],
        "due": [(due, name("lists", due)) for due in _SOON],
    }


def _shown(visit: Visit, row: WorkRow) -> Shown:
    playbook = visit.office.desk.playbooks.get(row.brand)
    zone = playbook.time_zone if playbook else "UTC"
    due = visit.speech.due(row.due_at, zone)
    if row.closed_at is not None:
        return Shown(
            row=row, due_tone="none", due_text=visit.speech.say("closed"), due_day=visit.speech.day(row.closed_at)
        )
    return Shown(
        row=row, due_tone=due.tone, due_text=due.text, due_day="" if due.tone == "none" else _last_day(visit, row, zone)
    )


def _last_day(visit: Visit, row: WorkRow, zone: str) -> str:
    return visit.speech.day(row.due_at.astimezone(ZoneInfo(zone)).date())
