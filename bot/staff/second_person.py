"""Acts on which the operator wants four eyes: proposed by one person, carried out with the leave of another.

Law: the command line and the console close requests and offer packages through these functions and no others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.core.tickets import DENIAL_REASONS, TRANSITIONS, State
from bot.staff import closing, packaging
from bot.staff.clerk import Clerk, Done, find
from bot.staff.joining import lead_of
from bot.store import NotAllowed, RequestDetail
from bot.store.packages import Offered
from bot.store.proposals import Proposed, is_same

_TO = {"complete": State.COMPLETED, "deny": State.DENIED, "cancel": State.CANCELLED}


async def complete(
    clerk: Clerk, reference: str, *, kept: str = "", policy_lines: Sequence[int] = (), words: str = ""
) -> Done:
    """It is done. `kept` says what had to be kept and why, where an erasure was not done in full."""
    return await _do(clerk, reference, "complete", {"kept": kept, "policy_lines": list(policy_lines), "words": words})


async def deny(clerk: Clerk, reference: str, *, reason: str, words: str, policy_lines: Sequence[int] = ()) -> Done:
    """Refused, with a reason of the closed list, the words that the person is told, and how to complain."""
    if reason not in DENIAL_REASONS or not words.strip():
        raise NotAllowed(
            "A denial needs words for the person and one of the reasons $reasons.", reasons=", ".join(DENIAL_REASONS)
        )
    return await _do(clerk, reference, "deny", {"reason": reason, "policy_lines": list(policy_lines), "words": words})


async def cancel(clerk: Clerk, reference: str, *, words: str = "") -> Done:
    """The person does not want it any more."""
    return await _do(clerk, reference, "cancel", {"words": words})


async def offer(clerk: Clerk, reference: str, *, public_url: str, lives: timedelta = packaging.LIVES) -> Offered | None:
    """Send the person the link to their package; None where it waits for a second person's leave."""
    detail = await find(clerk, reference)
    if not needs_leave(clerk, detail, "offer"):
        return await packaging.offer(clerk, reference, public_url=public_url, lives=lives)
    if not any(package.state == "draft" for package in await packaging.packages_of(clerk, reference)):
        raise NotAllowed("Request $reference has no package to offer; add a file first.", reference=reference)
    await clerk.store.proposals.propose(reference, "offer", {"days": lives.days}, by=clerk.name)
    return None


async def hand_over(clerk: Clerk, reference: str) -> list[tuple[str, bytes]]:
    """The files of the newest package, to be handed over in another way; it needs the same leave as their link."""
    detail = await find(clerk, reference)
    if needs_leave(clerk, detail, "offer"):
        done = [one for one in await clerk.store.proposals.of_request(reference) if one.act == "offer"]
        if not done or done[-1].state != "approved":
            raise NotAllowed(
                "What the person gets on request $reference needs the leave of a second person; propose it with"
                " `privacy-desk package offer $reference`.",
                reference=reference,
            )
    return await packaging.hand_over(clerk, reference)


async def approve(clerk: Clerk, reference: str, *, public_url: str = "") -> Done:
    """Give leave: what was proposed is carried out now, in the words in which it was proposed."""
    detail, proposal = await _waiting(clerk, reference)
    if is_same(proposal.clerk, clerk.name):
        raise NotAllowed("You have proposed this yourself; somebody else must give leave.")
    content = dict(proposal.content)
    if content.pop("policy", "") != await _policy(clerk, detail, content):
        raise NotAllowed("The policy has changed since this was proposed; decline it, and have it proposed anew.")
    with_leave = replace(clerk, proposal=proposal.id, author=proposal.clerk)
    match proposal.act:
        case "complete":
            return await closing.complete(with_leave, reference, **content)
        case "deny":
            return await closing.deny(with_leave, reference, **content)
        case "cancel":
            return await closing.cancel(with_leave, reference, **content)
        case _:
            return await _offer(with_leave, detail, public_url, timedelta(days=content["days"]))


async def decline(clerk: Clerk, reference: str, *, words: str = "") -> None:
    """Do not do it so: `words` tell who proposed it why; who proposed it withdraws it so."""
    _, proposal = await _waiting(clerk, reference)
    if not words.strip() and not is_same(proposal.clerk, clerk.name):
        raise NotAllowed("Say why, so that whoever proposed it knows what to change.")
    await clerk.store.proposals.decline(proposal, words=words, by=clerk.name)


def needs_leave(clerk: Clerk, detail: RequestDetail, act: str) -> bool:
    """Whether the operator wants four eyes on this act."""
    return clerk.playbooks[detail.request.brand].needs_two(detail.request.right, act)


async def _do(clerk: Clerk, reference: str, act: str, content: Mapping[str, Any]) -> Done:
    detail = await find(clerk, reference)
    if lead := await lead_of(clerk, reference):
        raise NotAllowed(
            "Request $reference is handled together with $lead; act there, or take it apart first.",
            reference=reference,
            lead=lead,
        )
    if not needs_leave(clerk, detail, act):
        match act:
            case "complete":
                return await closing.complete(clerk, reference, **content)
            case "deny":
                return await closing.deny(clerk, reference, **content)
            case _:
                return await closing.cancel(clerk, reference, **content)
    state, to = detail.request.state, _TO[act]
    if to not in TRANSITIONS[state]:
        raise NotAllowed(
            "Request $reference is $state; it cannot become $to.", reference=reference, state=state.value, to=to.value
        )
    # The same checks as when it is carried out: a line that says nothing is found now.
    await closing.quoted_lines(clerk, detail.request.brand, content.get("policy_lines", ()))
    kept = {**content, "policy": await _policy(clerk, detail, content)}
    made = await clerk.store.proposals.propose(reference, act, kept, by=clerk.name, mark=clerk.mark)
    return Done(reference=reference, state=state, due_on=detail.request.due_on, told="", proposal=made)


async def _policy(clerk: Clerk, detail: RequestDetail, content: Mapping[str, Any]) -> str:
    """Which version of the policy the lines are of, "" where none is quoted."""
    stored = await clerk.store.policy_in_force(detail.request.brand) if content.get("policy_lines") else None
    return stored.sha256 if stored else ""


async def _waiting(clerk: Clerk, reference: str) -> tuple[RequestDetail, Proposed]:
    detail = await find(clerk, reference)
    proposal = await clerk.store.proposals.waiting(reference)
    if proposal is None:
        raise NotAllowed("Nothing on request $reference waits for leave.", reference=reference)
    return detail, proposal


async def _offer(clerk: Clerk, detail: RequestDetail, public_url: str, lives: timedelta) -> Done:
    request, told = detail.request, ""
    if public_url:
        offered = await packaging.offer(clerk, request.reference, public_url=public_url, lives=lives)
        told = offered.letter.state
    else:
        await clerk.store.proposals.approve(clerk.proposal, by=clerk.name)
    return Done(reference=request.reference, state=request.state, due_on=request.due_on, told=told)
