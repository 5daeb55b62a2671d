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
from bot.console.acting import ACTS, MOST_QUOTES, carry_out, clerks_of
from bot.console.hearing import Message, hear, policy_says
from bot.console.permissions import May
from bot.console.visit import Visit
from bot.core.tickets import DENIAL_REASONS, State
from bot.errors import TheirFault
from bot.staff import joining, second_person
from bot.store import RequestDetail
from bot.store.casebook import Linked, Talk
from bot.store.packages import PackageRow
from bot.store.proposals import Proposed
from policy_faq import Quote

#: A letter can be taken back for so long.
UNDO = timedelta(seconds=60)
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
    #: Acts that were proposed, oldest first; the last may wait for leave.
    proposals: Sequence[Proposed]
    #: The acts for which a second person must give leave.
    four_eyes: frozenset[str]
    #: The request with which this one is handled, "" where it stands alone; and those that are handled with it.
    lead: str
    followers: Sequence[str]
    #: The mailbox that the chat of the request is linked with, "" for none.
    linked_with: str
    #: Linked requests that may be handled together with this one.
    joinable: frozenset[str]

    @property
    def proposal(self) -> Proposed | None:
        """What waits for leave."""
        last = self.proposals[-1] if self.proposals else None
        return last if last and last.state == "waiting" and not self.detail.request.is_closed else None

    @property
    def can(self) -> frozenset[str]:
        """The acts that the state of the request allows."""
        ways = {"extend": self.may_extend, "hold": self.may_hold, "hand_back": self.talk.taken_over_at is not None}
        shut = {act for act, open_ in ways.items() if not open_}
        if self.lead or self.proposal:
            shut |= {"complete", "deny", "cancel"}
        if self.lead:
            # The work is done there.
            shut |= {"take", "hold", "extend", "assign"}
        return (_ALLOWED[self.detail.request.state] | {"hand_back"}) - shut

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
        me=visit.who.name,
        reasons=DENIAL_REASONS,
        intents=sorted(playbook.handling),
        clerks=await clerks_of(visit, brand),
        acts=visit.may(May.ACT, brand),
        leads=visit.may(May.LEAD, brand),
        status=409 if trouble else 200,
    )


async def gather(visit: Visit, detail: RequestDetail) -> Case:
    """Everything for the page."""
    office, request = visit.office, detail.request
    store, clerk = office.desk.store, visit.clerk
    followers = await store.joining.followers_of(request.reference)
    talk = await _talk(visit, detail, followers)
    messages = await hear(office.desk, talk.said)
    people = [person for person in (request.subject, request.claimed_address) if person]
    undoable = await store.last_act(request.reference)
    linked = await office.casebook.linked(request.reference, request.conversation, people, request.brand)
    acts = ("complete", "deny", "cancel", "offer")
    lead = await joining.lead_of(clerk, request.reference)
    others = [one for one in linked if one.reference not in (lead, *followers)]
    return Case(
        detail=detail,
        talk=talk,
        messages=messages,
        linked=others,
        mark=await office.casebook.mark(request.reference),
        quotes=await _quotes(visit, messages, request.brand, talk.language),
        undoable=undoable,
        may_extend=staff.may_extend(clerk, detail),
        may_hold=staff.may_hold(clerk, detail),
        draft=_draft(detail, talk.language),
        packages=await store.packages.of_request(request.reference),
        proposals=await store.proposals.of_request(request.reference),
        four_eyes=frozenset(act for act in acts if second_person.needs_leave(clerk, detail, act)),
        lead=lead,
        followers=followers,
        linked_with=await store.chats.linked_with(request.conversation),
        joinable=await _joinable(visit, detail, [] if lead else others),
    )


async def _talk(visit: Visit, detail: RequestDetail, followers: Sequence[str]) -> Talk:
    """What was said about the request, and about those that are handled with it."""
    talk = await visit.office.casebook.talk(detail.request.conversation)
    if talk is None:
        raise HTTPException(404)
    said = {one.id: one for one in talk.said}
    for reference in followers:
        other = await visit.office.desk.store.request(reference)
        elsewhere = await visit.office.casebook.talk(other.request.conversation) if other else None
        said |= {one.id: one for one in (elsewhere.said if elsewhere else ())}
    return replace(talk, said=tuple(sorted(said.values(), key=lambda one: (one.at, one.ours))))


async def _joinable(visit: Visit, detail: RequestDetail, linked: Sequence[Linked]) -> frozenset[str]:
    """The linked requests that the same person has proved and that ask for the same."""
    found = []
    for one in linked:
        if one.right == detail.request.right:
            other = await visit.office.desk.store.request(one.reference)
            if other is not None and joining.obstacle(detail, other) is None:
                found.append(one.reference)
    return frozenset(found)


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
        said = await carry_out(visit, clerk, detail, name)
    except TheirFault as fault:
        return await show(visit, await found(visit, May.ACT), trouble=visit.speech.refusal(fault), act=name)
    await visit.office.worklist.leave(visit.who.name, reference)
    return visit.back(f"/case/{quote(reference)}", said)
