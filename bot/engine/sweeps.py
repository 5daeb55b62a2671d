"""The sweeps: what must happen because time passes and nobody writes. Idempotent; run about once a minute.

Law: each step is one transaction with its own notice; a failure leaves the others to be done, and itself for next time.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.core import letters
from bot.core.conversation import WaitingForCode
from bot.core.effects import Part
from bot.core.playbook import Mode, Playbook
from bot.core.sweeping import REMIND_AFTER, Step, Watched, step_for, warnings_for
from bot.core.tickets import Request, State
from bot.engine.desk import Desk
from bot.engine.reading import NO_ANSWER
from bot.errors import StoreUnavailable
from bot.logs import where_raised
from bot.store import Letter, Telling

_log = structlog.get_logger()

_HORIZON = timedelta(days=7)


async def sweep(desk: Desk, *, page: int = 200) -> int:
    """Do all that is due, looked up in pages; returns how many things were told. Raises only `StoreUnavailable`."""
    await desk.store.retry_shunted_for(NO_ANSWER)
    told = 0
    async for telling in _due(desk, page):
        try:
            told += await desk.store.tell_once(telling, now=desk.now())
        except StoreUnavailable:
            raise
        except Exception as fault:
            _log.error("sweep failed", what=telling.what, fault=type(fault).__name__, where=where_raised(fault))
    return told


async def _due(desk: Desk, size: int) -> AsyncIterator[Telling]:
    last = ""
    while True:
        now = desk.now()
        page = await desk.store.watched(
            received_before=now - REMIND_AFTER, due_before=now + _HORIZON, after=last, limit=size
        )
        for telling in _tellings(desk, [one for one in page if one.brand in desk.playbooks]):
            yield telling
        if len(page) < size:
            return
        last = page[-1].request.reference


def _tellings(desk: Desk, page: Iterable[Watched]) -> Iterable[Telling]:
    together: defaultdict[tuple[Step, str, str], list[Watched]] = defaultdict(list)
    for watched in page:
        step = step_for(watched, desk.now(), has_directory=desk.playbooks[watched.brand].has_directory)
        if step is not None and _may_speak(desk, watched):
            # One mail for all that one mailbox has asked for in one conversation; an expiry is told for each.
            alone = watched.request.reference if step is Step.EXPIRE else ""
            together[step, watched.conversation, alone or watched.request.address].append(watched)
        yield from _warnings(desk, watched)
    for (step, _, _), group in together.items():
        yield _telling(desk, step, group)


def _may_speak(desk: Desk, watched: Watched) -> bool:
    """In shadow mode nobody was asked for proof: nobody is reminded of it, and its lack is no news for staff."""
    mode = desk.playbooks[watched.brand].mode_of(frozenset({watched.request.right}))
    return mode is not Mode.SHADOW


def _warnings(desk: Desk, watched: Watched) -> Iterable[Telling]:
    for warning in warnings_for(watched, desk.now()):
        yield Telling(
            conversation=watched.conversation,
            references=(watched.request.reference,),
            seen=watched.request.state,
            what=warning.name,
            staff=warning.reason,
            urgent=warning.urgent,
        )


def _telling(desk: Desk, step: Step, group: list[Watched]) -> Telling:
    first, requests = group[0], [watched.request for watched in group]
    playbook = desk.playbooks[first.brand]
    mode = playbook.mode_of(frozenset(request.right for request in requests))
    asked = first.coded_at is not None and mode is not Mode.SHADOW
    told = Telling(
        conversation=first.conversation,
        references=tuple(request.reference for request in requests),
        seen=State.AWAITING_VERIFICATION,
        what=step.value,
    )
    if _needs_a_code(step, first, desk.now()):
        return _with_a_code(desk, told, requests, playbook, mode, then_details=step is Step.REMIND_DETAILS)
    parts = _parts(step, playbook, requests, in_chat=first.channel != "email")
    letter = Letter(parts=parts, mode=mode, to_the_claimed=True) if asked else None
    match step:
        case Step.REMIND | Step.REMIND_DETAILS | Step.REMIND_DECLARATION:
            return replace(told, letter=letter)
        case Step.NOTICE:
            return replace(told, letter=letter, staff="unproved_for_a_week")
        case Step.EXPIRE:
            return replace(told, letter=letter, to=State.EXPIRED, staff="expired_unproved")


def _needs_a_code(step: Step, watched: Watched, now: datetime) -> bool:
    """By mail, where no proof has come or what came has run out; a declaration is taken later too."""
    ended = watched.proved_until is not None and watched.proved_until <= now
    return watched.channel == "email" and (step is Step.REMIND or (step is Step.REMIND_DETAILS and ended))


def _parts(step: Step, playbook: Playbook, requests: list[Request], *, in_chat: bool) -> tuple[Part, ...]:
    match step:
        case Step.REMIND | Step.REMIND_DETAILS | Step.REMIND_DECLARATION if in_chat:
            return letters.reminder_of_a_chat(playbook)
        case Step.REMIND:
            return letters.reminder(playbook, requests)
        case Step.REMIND_DETAILS:
            return letters.reminder_of_details(playbook, requests)
        case Step.REMIND_DECLARATION:
            return letters.reminder_of_a_declaration(requests)
        case Step.NOTICE:
            return letters.still_unproved(requests)
        case Step.EXPIRE:
            return letters.expired(playbook, requests[0])


def _with_a_code(
    desk: Desk, told: Telling, requests: list[Request], playbook: Playbook, mode: Mode, *, then_details: bool
) -> Telling:
    """A new code in a mail of its own, which kills the old one."""
    nonce, address = desk.keys.nonce(), requests[0].address
    digest = desk.keys.code_digest(told.conversation, desk.keys.code(nonce))
    return replace(
        told,
        letter=Letter(
            parts=letters.reminder(playbook, requests, then_details=then_details),
            mode=mode,
            to_the_claimed=True,
            nonce=nonce,
            proves=told.references,
        ),
        waits_for=WaitingForCode(digest=digest, address=address, expires_at=desk.now() + playbook.code_valid_in_mail),
    )
