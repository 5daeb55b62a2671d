"""The acts of a case page: each form's fields into one function of `bot.staff`."""

from collections.abc import Sequence
from dataclasses import replace

from bot import staff
from bot.console.permissions import May, may
from bot.console.visit import Visit
from bot.errors import TheirFault
from bot.staff import Clerk
from bot.store import NotAllowed, RequestDetail

MOST_QUOTES = 20

ACTS = frozenset({
    "take", "answer", "hold", "resume", "extend", "complete", "deny", "cancel", "assign", "note", "correct", "undo",
    "hand_back", "confirm", "approve", "decline", "join", "part", "unlink",
})  # fmt: skip


async def carry_out(visit: Visit, clerk: Clerk, detail: RequestDetail, name: str) -> str:
    """A word of what was done. Raises `TheirFault`."""
    reference, said = detail.request.reference, visit.given("words")
    lines, told_by = policy_lines(visit), visit.given("told_by").strip()
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
        case "complete" | "deny" | "cancel":
            return await _close(visit, clerk, reference, name, lines)
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
        case "undo":
            await staff.undo(clerk, reference)
        case _:
            return await _together(visit, clerk, reference, name)
    return f"{name}_done"


def policy_lines(visit: Visit) -> Sequence[int]:
    """The lines of the policy that the form quotes."""
    return [int(line) for line in map(str, visit.form.getlist("line")) if line.isdigit()][:MOST_QUOTES]


async def clerks_of(visit: Visit, brand: str) -> list[str]:
    """Who may act on a brand's requests."""
    return [
        account.name
        for account in await visit.office.accounts.all()
        if not account.disabled and may(account, May.ACT, brand)
    ]


async def somebody(visit: Visit, brand: str) -> str:
    """Whom the form names, "" for nobody. Raises `TheirFault` for who may not do it."""
    to = visit.given("to")
    if to and to not in await clerks_of(visit, brand):
        raise TheirFault(visit.speech.say("no_such_clerk"))
    return to


async def _close(visit: Visit, clerk: Clerk, reference: str, name: str, lines: Sequence[int]) -> str:
    said = visit.given("words")
    match name:
        case "complete":
            done = await staff.complete(clerk, reference, kept=visit.given("kept"), policy_lines=lines, words=said)
        case "deny":
            reason = visit.given("reason")
            done = await staff.deny(clerk, reference, reason=reason, words=said, policy_lines=lines)
        case _:
            done = await staff.cancel(clerk, reference, words=said)
    return "proposed_done" if done.proposal else f"{name}_done"


async def _together(visit: Visit, clerk: Clerk, reference: str, name: str) -> str:
    """What needs a second person, or a second request."""
    match name:
        case "approve":
            proposal = await clerk.store.proposals.waiting(reference)
            if proposal is None or proposal.id != visit.given("proposal"):
                raise NotAllowed("Somebody else has decided on request $reference already.", reference=reference)
            await staff.approve(clerk, reference, public_url=visit.office.public_url)
        case "decline":
            await staff.decline(clerk, reference, words=visit.given("words"))
        case "join":
            other = visit.given("other")
            detail = await clerk.store.request(other)
            if detail is None or not visit.may(May.ACT, detail.request.brand):
                raise NotAllowed("There is no request $reference.", reference=other[:40])
            await staff.join(clerk, reference, other=other)
        case "unlink":
            await staff.unlink(clerk, reference)
        case _:
            await staff.part(clerk, reference)
    return f"{name}_done" if name != "approve" else "leave_done"


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
