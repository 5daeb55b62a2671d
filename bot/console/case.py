"""The case page: everything about one request on one screen, and everything that a clerk may do to it.

Law: an act is refused where the case has changed since the page was shown, and what the clerk wrote is not lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from bot import staff, words
from bot.console import looks
from bot.console.hearing import Message, hear, policy_says
from bot.console.permissions import May, may
from bot.console.visit import Visit
from bot.core.tickets import DENIAL_REASONS, State
from bot.errors import TheirFault
from bot.staff import Clerk
from bot.store import RequestDetail
from bot.store.casebook import Linked, Talk
from bot.store.packages import PackageRow
from policy_faq import Quote

#: A letter can be taken back for so long.
UNDO = timedelta(seconds=60)
MOST_QUOTES = 20
#: Rights whose answer is data.
PACKED = frozenset({"access", "portability"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A request with all that the page shows."""

    detail: RequestDetail
    talk: Talk
    messages: Sequence[Message]
    linked: Sequence[Linked]
    mark: str
    #: Lines of the policy that may be quoted.
    quotes: Sequence[Quote]
    #: The act that can still be undone, and until when its letter rests.
    undoable: str
    may_extend: bool
    may_hold: bool
    draft: str
    packages: Sequence[PackageRow]

    @property
    def can(self) -> frozenset[str]:
        """The acts that the state of the request allows."""
        ways = {"extend": self.may_extend, "hold": self.may_hold, "hand_back": self.talk.taken_over_at is not None}
        return (_ALLOWED[self.detail.request.state] | {"hand_back"}) - {act for act, open_ in ways.items() if not open_}

    @property
    def may_have_a_package(self) -> bool:
        """The person is to be given data, and has proved who they are."""
        request = self.detail.request
        return request.right in PACKED and bool(request.subject) and not request.is_closed


_UNDER_WAY = frozenset({"answer", "complete", "deny", "cancel", "extend", "assign", "note", "correct"})
_ALLOWED: dict[State, frozenset[str]] = {
    State.AWAITING_VERIFICATION: frozenset({"confirm", "answer", "deny", "cancel", "assign", "note", "correct"}),
    State.OPEN: _UNDER_WAY | {"take", "hold"},
    State.IN_PROGRESS: _UNDER_WAY | {"hold"},
    State.ON_HOLD: _UNDER_WAY | {"resume"},
    State.COMPLETED: frozenset({"answer", "note", "correct"}),
    State.DENIED: frozenset({"answer", "note", "correct"}),
    State.CANCELLED: frozenset({"answer", "note", "correct"}),
    State.EXPIRED: frozenset({"confirm", "answer", "note", "correct"}),
}


async def case_page(visit: Visit) -> Response:
    detail = await found(visit, May.SEE_CASES)
    await visit.office.worklist.looked(visit.who.name, "case", detail.request.reference, now=visit.office.now())
    return await show(visit, detail)


async def found(visit: Visit, permission: May) -> RequestDetail:
    """The request that the address names; 404 where there is none, or it is none of the clerk's."""
    detail = await visit.office.desk.store.request(str(visit.request.path_params["reference"]).upper())
    if detail is None:
        raise HTTPException(404)
    visit.need(permission, detail.request.brand)
    return detail


async def show(visit: Visit, detail: RequestDetail, *, trouble: str = "", act: str = "") -> Response:
    """The page; after a refused act with the trouble, and what was typed."""
    case = await gather(visit, detail)
    brand = detail.request.brand
    playbook = visit.office.desk.playbooks[brand]
    others = await visit.office.worklist.be_present(visit.who.name, detail.request.reference, now=visit.office.now())
    return visit.page(
        "case.html",
        case=case,
        request=detail.request,
        playbook=playbook,
        due=visit.speech.due(detail.request.due_at, playbook.time_zone),
        others=others,
        trouble=trouble,
        tried=act,
        typed={name: visit.given(name) for name in ("words", "kept", "told_by", "reason", "to")} if trouble else {},
        reasons=DENIAL_REASONS,
        intents=sorted(playbook.handling),
        clerks=await _clerks(visit, brand),
        acts=visit.may(May.ACT, brand),
        leads=visit.may(May.LEAD, brand),
        status=409 if trouble else 200,
    )


async def gather(visit: Visit, detail: RequestDetail) -> Case:
    """Everything for the page."""
    office, request = visit.office, detail.request
    talk = await office.casebook.talk(request.conversation)
    if talk is None:
        raise HTTPException(404)
    messages = await hear(office.desk, talk.said)
    people = [person for person in (request.subject, request.claimed_address) if person]
    undoable = await office.desk.store.last_act(request.reference)
    clerk = visit.clerk
    return Case(
        detail=detail,
        talk=talk,
        messages=messages,
        linked=await office.casebook.linked(request.reference, request.conversation, people, request.brand),
        mark=await office.casebook.mark(request.reference),
        quotes=await _quotes(visit, messages, request.brand, talk.language),
        undoable=undoable,
        may_extend=staff.may_extend(clerk, detail),
        may_hold=staff.may_hold(clerk, detail),
        draft=_draft(detail, talk.language),
        packages=await office.desk.store.packages.of_request(request.reference),
    )


async def _quotes(visit: Visit, messages: Sequence[Message], brand: str, language: str) -> Sequence[Quote]:
    """What the policy says to the messages in which something was found, each line once."""
    quotes: dict[int, Quote] = {}
    for message in [message for message in messages if message.found][-3:]:
        answer = await policy_says(visit.office.desk, brand, message, language or "en")
        for found_quote in answer.quotes if answer else ():
            quotes.setdefault(found_quote.first_line, found_quote)
    return [quotes[line] for line in sorted(quotes)][:MOST_QUOTES]


def _draft(detail: RequestDetail, language: str) -> str:
    """The state of the request in the person's language, to be edited."""
    request = detail.request
    spoken = language if language in words.languages() else "en"
    values = {"reference": request.reference, "right": request.right, "state": request.state.value}
    if request.is_closed or not request.due_on:
        return words.phrase("status_closed", spoken, **values)
    return words.phrase("status", spoken, due=request.due_on, **values)


async def _clerks(visit: Visit, brand: str) -> list[str]:
    return [
        account.name
        for account in await visit.office.accounts.all()
        if not account.disabled and may(account, May.ACT, brand)
    ]


async def live(visit: Visit) -> Response:
    """Asked every few seconds by an open case page: has it changed, and who else is there."""
    detail = await found(visit, May.SEE_CASES)
    reference = detail.request.reference
    return JSONResponse(
        {
            "mark": await visit.office.casebook.mark(reference),
            "others": await visit.office.worklist.be_present(visit.who.name, reference, now=visit.office.now()),
        },
        headers=looks.HEADERS,
    )


async def act(visit: Visit) -> Response:
    """Any act of the page's forms."""
    detail = await found(visit, May.ACT)
    name = str(visit.request.path_params["act"])
    reference = detail.request.reference
    if name not in ACTS:
        raise HTTPException(404)
    clerk = replace(visit.clerk, mark=visit.given("mark"), rests=UNDO)
    try:
        said = await _carry_out(visit, clerk, detail, name)
    except TheirFault as fault:
        return await show(visit, await found(visit, May.ACT), trouble=str(fault), act=name)
    await visit.office.worklist.leave(visit.who.name, reference)
    return visit.back(f"/case/{quote(reference)}", said)


ACTS = frozenset({
    "take", "answer", "hold", "resume", "extend", "complete", "deny", "cancel", "assign", "note", "correct", "undo",
    "hand_back", "confirm",
})  # fmt: skip


async def _carry_out(visit: Visit, clerk: Clerk, detail: RequestDetail, name: str) -> str:
    """A word of what was done."""
    reference, said = detail.request.reference, visit.given("words")
    lines = [int(line) for line in map(str, visit.form.getlist("line")) if line.isdigit()][:MOST_QUOTES]
    told_by = visit.given("told_by").strip()
    match name:
        case "take":
            await staff.take(clerk, reference)
        case "answer":
            await staff.answer(clerk, reference, words=said, policy_lines=lines)
        case "hold":
            await staff.hold(clerk, reference, words=said, told_by=told_by)
        case "resume":
            await staff.resume(clerk, reference)
        case "extend":
            await staff.extend(clerk, reference, words=said, told_by=told_by)
        case "complete":
            await staff.complete(clerk, reference, kept=visit.given("kept"), policy_lines=lines, words=said)
        case "deny":
            await staff.deny(clerk, reference, reason=visit.given("reason"), words=said, policy_lines=lines)
        case "cancel":
            await staff.cancel(clerk, reference, words=said)
        case "assign":
            await staff.assign(clerk, reference, to=await somebody(visit, detail.request.brand))
        case "note":
            await staff.note(replace(clerk, mark=""), reference, words=said)
        case "confirm":
            await staff.confirm(clerk, reference, words=said)
        case "hand_back":
            await staff.hand_back(clerk, reference)
        case "correct":
            await _correct(visit, detail)
        case _:
            await staff.undo(clerk, reference)
    return f"{name}_done"


async def somebody(visit: Visit, brand: str) -> str:
    """Whom the form names, "" for nobody. Raises `TheirFault` for who may not do it."""
    to = visit.given("to")
    if to and to not in await _clerks(visit, brand):
        raise TheirFault(visit.speech.say("no_such_clerk"))
    return to


async def _correct(visit: Visit, detail: RequestDetail) -> None:
    """Keep how a message of this case should have been read."""
    inbox_id = visit.given("message")
    if inbox_id not in {message.inbox_id for message in detail.messages}:
        raise TheirFault(visit.speech.say("no_such_message"))
    known = visit.office.desk.playbooks[detail.request.brand].handling
    intents = [name for name in map(str, visit.form.getlist("intent")) if name in known]
    await visit.office.casebook.correct(
        inbox_id=inbox_id,
        reference=detail.request.reference,
        clerk=visit.who.name,
        intents=intents,
        words=visit.given("words"),
        now=visit.office.now(),
    )
