"""Delivering one outgoing message: the rules are asked again, it is handed over, and what was said is kept.

Law 4: a message that may have been taken is never sent again by itself.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

import structlog

from bot.channels import Channel, Outgoing, Rendered
from bot.core.effects import Line, Part
from bot.core.playbook import Mode
from bot.engine.caps import Waits, why_too_much
from bot.engine.desk import Desk
from bot.engine.measuring import SENT
from bot.engine.page_links import CONFIRM, DENY, page_link
from bot.errors import NotNow, OutOfReach, Refused, StoreUnavailable, Uncertain
from bot.logs import where_raised
from bot.store import ClaimLost, Queued

_log = structlog.get_logger()
_T = TypeVar("_T")

#: Seconds that a database is waited for, less than the lease of what is being sent; and between attempts.
_PATIENCE = 90.0
_PAUSE = 0.5

#: Lines that name a page of ours -> the page.
_PAGES = {"code_page": CONFIRM, "deny_page": DENY}


async def deliver(desk: Desk, queued: Queued) -> None:
    """Send `queued`, or keep why it was not sent; who was too slow leaves it. Raises only `StoreUnavailable`."""
    try:
        await _deliver(desk, queued)
    except ClaimLost:
        _log.warning("message was given up meanwhile", outbox=queued.outgoing.id)


async def _deliver(desk: Desk, queued: Queued) -> None:
    outgoing = queued.outgoing
    stopped = await _surely(partial(_why_not, desk, queued))
    if isinstance(stopped, Waits):
        _log.error("message held back", outbox=outgoing.id, rule=stopped.rule)
        hold_back = desk.store.mail.hold_back
        await _surely(partial(hold_back, outgoing.id, seconds=stopped.seconds, rule=stopped.rule))
        return
    if stopped:
        _log.warning("message stopped", outbox=outgoing.id, rule=stopped)
        await desk.store.mark_stopped(outgoing.id, reason=stopped)
        return
    channel = desk.channels[outgoing.channel]
    said = await _surely(partial(_with_its_time, desk, _with_the_code(desk, queued)))
    try:
        rendered = channel.render(said, desk.playbooks[outgoing.brand])
    except Exception as fault:
        await desk.store.mark_failed(outgoing.id, reason=_unforeseen(outgoing, fault))
        return
    await _surely(await _send(desk, channel, outgoing, rendered))


async def _send(
    desk: Desk, channel: Channel, outgoing: Outgoing, rendered: Rendered
) -> Callable[[], Awaitable[object]]:
    """Hand it over, once; gives what must be written of it now."""
    store = desk.store
    SENT.labels(outgoing.channel).inc()
    try:
        receipt = await channel.send(rendered)
    except NotNow as fault:
        return partial(_put_off, desk, outgoing, fault)
    except OutOfReach as fault:
        return partial(store.chats.send_by_mail, outgoing.id, reason=str(fault))
    except Refused as fault:
        return partial(store.mark_failed, outgoing.id, reason=str(fault))
    except Uncertain as fault:
        return partial(store.mark_uncertain, outgoing.id, reason=str(fault))
    except Exception as fault:
        # Nobody knows how far it came.
        return partial(store.mark_uncertain, outgoing.id, reason=_unforeseen(outgoing, fault))
    _log.info("message sent", outbox=outgoing.id, kind=outgoing.kind)
    return partial(store.mark_sent, outgoing.id, said=receipt.said, now=desk.now())


async def _surely(step: Callable[[], Awaitable[_T]]) -> _T:
    """Where the database is away for a while, what is known of a message is not forgotten: it is written later."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return await step()
        except StoreUnavailable as fault:
            if time.monotonic() > until:
                raise
            _log.error("database trouble", fault=str(fault))
            await asyncio.sleep(_PAUSE)


async def _put_off(desk: Desk, outgoing: Outgoing, fault: NotNow) -> None:
    """Until the other side wants to be asked again, where it says so."""
    if fault.seconds:
        await desk.store.chats.put_off(outgoing.id, at=desk.now(), seconds=fault.seconds, reason=str(fault))
    else:
        await desk.store.mark_retry(outgoing.id, at=desk.now(), reason=str(fault))


async def _with_its_time(desk: Desk, outgoing: Outgoing) -> Outgoing:
    """Some chats carry an answer only so long after the person has written."""
    if outgoing.channel == "email":
        return outgoing
    return replace(outgoing, heard_at=await desk.store.chats.heard_at(outgoing.conversation))


def _unforeseen(outgoing: Outgoing, fault: Exception) -> str:
    """One message that breaks us must not keep the others back; the log says where, staff are shown that it failed."""
    kind = type(fault).__name__
    _log.error("delivery failed", outbox=outgoing.id, fault=kind, where=where_raised(fault))
    return f"{kind}: see the log for this message"


async def _why_not(desk: Desk, queued: Queued) -> str | Waits:
    """The rule that stops this message now or makes it wait, "" where it may go: all are asked again here (L23)."""
    outgoing = queued.outgoing
    playbook = desk.playbooks.get(outgoing.brand)
    if playbook is None:
        return "no such brand"
    if outgoing.channel not in desk.channels:
        return "no such channel"
    if not queued.approved and playbook.mode_of(queued.intents) is not Mode.AUTOMATIC:
        return "mode"
    if outgoing.channel != "email":
        return ""
    if barred := desk.barred(outgoing.recipient):
        return barred
    # What a person has written or let go is no flood of ours (L24).
    if queued.approved:
        return ""
    if await desk.store.mail.is_muted(outgoing.recipient):
        return "L17 muted"
    if await desk.store.mail.is_taken_over(outgoing.conversation):
        return "a person answers there"
    return await why_too_much(desk, outgoing)


def _with_the_code(desk: Desk, queued: Queued) -> Outgoing:
    """Put the digits and the links of its pages into a code mail; until now they were nowhere."""
    if not queued.nonce:
        return queued.outgoing
    parts = tuple(_filled(desk, queued, part) for part in queued.outgoing.parts)
    return replace(queued.outgoing, parts=parts)


def _filled(desk: Desk, queued: Queued, part: Part) -> Part:
    if not isinstance(part, Line):
        return part
    if part.key == "the_code":
        return Line(key=part.key, values={"code": desk.keys.code(queued.nonce)})
    if (purpose := _PAGES.get(part.key)) is None:
        return part
    url = desk.playbooks[queued.outgoing.brand].public_url
    return Line(key=part.key, values={"link": page_link(desk.keys, url, purpose, queued.outgoing.id, desk.now())})
