"""Everything that waits for staff besides requests: what was handed over, what is held back, what was set aside, and
the suppression list.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot import staff
from bot.console.case import UNDO
from bot.console.hearing import Message, hear, policy_says
from bot.console.permissions import May
from bot.console.visit import Visit
from bot.core.kinds import KINDS
from bot.core.tickets import LEVELS
from bot.errors import TheirFault
from bot.staff import TakenDown
from bot.store import NotAllowed, StaffRow
from bot.store.suppression import CHANNELS, PURPOSES, Entry
from policy_faq import Quote

MOST_ROWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """An item and what was said in its talk."""

    item: StaffRow
    messages: Sequence[Message]
    quotes: Sequence[Quote]
    language: str


async def handed_over(visit: Visit) -> Response:
    """What a person must look at, the urgent first."""
    return await _handed_over(visit)


async def _handed_over(visit: Visit, *, trouble: str = "", tried: str = "") -> Response:
    allowed = visit.brands()
    rows = [row for row in await visit.office.desk.store.staff_items() if allowed is None or row.brand in allowed]
    opened = next((row for row in rows if row.item_id == (tried or visit.asked("item"))), None)
    return visit.page(
        "handed.html",
        rows=rows[:MOST_ROWS],
        more=len(rows) > MOST_ROWS,
        opened=await _opened(visit, opened) if opened else None,
        acts=bool(opened and visit.may(May.ACT, opened.brand)),
        trouble=trouble,
        typed=visit.given("words") if trouble else "",
        status=409 if trouble else 200,
    )


async def _opened(visit: Visit, item: StaffRow) -> HandedOver:
    talk = await visit.office.casebook.talk(item.conversation)
    messages = await hear(visit.office.desk, talk.said) if talk else []
    await visit.office.worklist.looked(visit.who.name, "handed over", item.reference, now=visit.office.now())
    theirs = [message for message in messages if not message.said.ours]
    language = (talk.language if talk else "") or "en"
    answer = await policy_says(visit.office.desk, item.brand, theirs[-1], language) if theirs else None
    return HandedOver(item=item, messages=messages, quotes=answer.quotes if answer else (), language=language)


async def settle_item(visit: Visit) -> Response:
    """Answer what was handed over, or say that it is seen to."""
    item_id = str(visit.request.path_params["item"])
    item = next((row for row in await visit.office.desk.store.staff_items() if row.item_id == item_id), None)
    if item is None:
        return await _handed_over(visit, trouble=visit.speech.say("item_gone"))
    visit.need(May.ACT, item.brand)
    clerk = replace(visit.clerk, rests=UNDO)
    try:
        if visit.given("act") == "answer":
            lines = [int(line) for line in map(str, visit.form.getlist("line")) if line.isdigit()]
            await staff.answer_item(clerk, item_id, words=visit.given("words"), policy_lines=lines)
            return visit.back("/handed", "answer_done")
        await staff.close_item(clerk, item_id)
    except TheirFault as fault:
        return await _handed_over(visit, trouble=visit.speech.refusal(fault), tried=item_id)
    return visit.back("/handed", "item_done")


async def held_back(visit: Visit) -> Response:
    """Replies that wait for somebody to let them go, and what a watching desk would have said."""
    return await _held_back(visit)


async def _held_back(visit: Visit, *, trouble: str = "") -> Response:
    state = "shadow" if visit.asked("state") == "shadow" else "held"
    rows = await visit.office.casebook.unsent(state, visit.brands(), limit=MOST_ROWS)
    messages = await hear(visit.office.desk, [row.said for row in rows])
    await visit.office.worklist.looked(visit.who.name, "held back", "", now=visit.office.now())
    return visit.page(
        "held.html",
        rows=list(zip(rows, messages, strict=True)),
        state=state,
        trouble=trouble,
        status=409 if trouble else 200,
    )


async def let_go(visit: Visit) -> Response:
    """Let a held reply go, or keep it back for good."""
    outbox_id = str(visit.request.path_params["message"])
    row = await visit.office.casebook.waiting(outbox_id)
    if row is None:
        return await _held_back(visit, trouble=visit.speech.say("item_gone"))
    visit.need(May.LEAD, row.brand)
    try:
        if visit.given("act") == "refuse":
            await staff.refuse(visit.clerk, outbox_id)
            return visit.back("/held", "refused_done")
        await staff.release(visit.clerk, outbox_id)
    except TheirFault as fault:
        return await _held_back(visit, trouble=visit.speech.refusal(fault))
    return visit.back("/held", "approve_done")


async def set_aside(visit: Visit) -> Response:
    """Messages that could not be handled."""
    allowed = visit.brands(May.LEAD)
    rows = [row for row in await visit.office.desk.store.shunted() if allowed is None or row.brand in allowed]
    return visit.page("shunt.html", rows=rows[:MOST_ROWS], more=len(rows) > MOST_ROWS)


async def retry(visit: Visit) -> Response:
    """Put a message back into its place."""
    inbox_id = visit.given("message")
    row = next((row for row in await visit.office.desk.store.shunted() if row.inbox_id == inbox_id), None)
    if row is None:
        return visit.back("/aside", "item_gone")
    visit.need(May.LEAD, row.brand)
    await visit.office.desk.store.retry(inbox_id)
    return visit.back("/aside", "retry_done")


async def suppression(visit: Visit) -> Response:
    return _suppression(visit)


def _suppression(visit: Visit, *, entry: Entry | None = None, known: bool = False, trouble: str = "") -> Response:
    return visit.page(
        "suppression.html",
        entry=entry,
        known=known,
        trouble=trouble,
        brands=visit.brand_names(),
        purposes=PURPOSES,
        channels=CHANNELS,
        leads=bool(entry and visit.may(May.LEAD, entry.brand)),
        status=409 if trouble else 200,
    )


async def check_suppression(visit: Visit) -> Response:
    """Whether an address is on the list; by POST, so that no address stands in a log."""
    entry = _entry(visit)
    visit.need(May.SEE_CASES, entry.brand)
    await visit.office.worklist.looked(visit.who.name, "suppression", "", now=visit.office.now())
    return _suppression(visit, entry=entry, known=await visit.office.desk.store.suppression.has(entry))


async def undo_suppression(visit: Visit) -> Response:
    entry, reason = _entry(visit), visit.given("words").strip()
    visit.need(May.LEAD, entry.brand)
    if not reason or "@" in reason:
        return _suppression(visit, entry=entry, known=True, trouble=visit.speech.say("reason_without_address"))
    if not await visit.office.desk.store.suppression.undo(entry, by=visit.who.name, reason=reason):
        return _suppression(visit, entry=entry, trouble=visit.speech.say("item_gone"))
    return visit.back("/suppression", "suppression_undone")


def _entry(visit: Visit) -> Entry:
    entry = Entry(
        brand=visit.given("brand"),
        purpose=visit.given("purpose"),
        address=visit.given("address").strip()[:320],
        channel=visit.given("channel") or "email",
    )
    if entry.purpose not in PURPOSES or entry.channel not in CHANNELS or not entry.address:
        raise HTTPException(404)
    return entry


async def new_request(visit: Visit) -> Response:
    return _new_request(visit)


def _new_request(visit: Visit, *, trouble: str = "") -> Response:
    fields = ("brand", "right", "kind", "door", "person", "received", "language", "words")
    return visit.page(
        "new.html",
        brands=visit.brand_names(May.ACT),
        rights=sorted(LEVELS, key=lambda right: visit.speech.name("rights", right)),
        kinds=KINDS,
        doors=staff.DOORS,
        languages=sorted({spoken for book in visit.office.desk.playbooks.values() for spoken in book.languages}),
        typed={name: visit.given(name) for name in fields},
        today=visit.office.now().astimezone(visit.speech.zone).date().isoformat(),
        trouble=trouble,
        status=409 if trouble else 200,
    )


async def take_down(visit: Visit) -> Response:
    """A request that came by phone, by letter or in the shop."""
    visit.need(May.ACT, visit.given("brand"))
    try:
        taken = TakenDown(
            brand=visit.given("brand"),
            right=visit.given("right"),
            kind=visit.given("kind"),
            door=visit.given("door"),
            person=visit.given("person").strip(),
            received=_day(visit),
            language=visit.given("language"),
            note=visit.given("words"),
        )
        done = await staff.add(visit.clerk, taken)
    except TheirFault as fault:
        return _new_request(visit, trouble=visit.speech.refusal(fault))
    return visit.back(f"/case/{done.reference}", "add_done")


def _day(visit: Visit) -> date:
    try:
        return date.fromisoformat(visit.given("received"))
    except ValueError:
        raise NotAllowed(visit.speech.say("no_such_day")) from None
