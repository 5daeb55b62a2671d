"""The evidence of one request, as a story for somebody who has never seen this program: a regulator, a court, anybody.

Law: all of it comes from the record; what was erased is said to be erased; the chains are checked while it is made.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot import words
from bot.channels import Channel
from bot.core.effects import Quotation
from bot.core.messages import InboundMessage
from bot.errors import BadMessage
from bot.staff.evidence_words import CHANNELS, DELIVERIES, METHODS, STATES, STEPS, sentence_of
from bot.store import NotAllowed, RequestDetail, Store
from bot.store.audit import AuditRow, Fault, of_conversation, of_request
from bot.store.casebook import Casebook, Linked, Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One thing that happened."""

    at: datetime
    #: "person", "desk" or "staff": who did it.
    side: str
    headline: str
    #: What was said, "" where nothing was.
    text: str = ""
    #: Short facts, one a line.
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFace:
    """One time limit, how it was counted and whether it was kept."""

    what: str
    due_on: str
    sum: str
    source: str
    #: "kept", "missed" or "running".
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One message of ours."""

    at: datetime
    what: str
    channel: str
    recipient: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Everything about one request."""

    reference: str
    shop: str
    right: str
    state: str
    person: str
    received_at: datetime
    closed: str
    verification: str
    refusal: str
    made_at: datetime
    made_by: str
    moments: tuple[Moment, ...]
    clocks: tuple[ClockFace, ...]
    sent: tuple[Sent, ...]
    record: tuple[AuditRow, ...]
    #: Places at which the record is not what was written; none is as it should be.
    faults: tuple[Fault, ...]
    #: The newest anchor, "" where none was made yet.
    anchor: str


async def gather(
    store: Store, channels: Mapping[str, Channel], shops: Mapping[str, str], reference: str, *, by: str, now: datetime
) -> Pack:
    """Raises `NotAllowed` where there is no such request; that it was exported goes on record first."""
    if await store.request(reference) is None:
        raise NotAllowed("There is no request $reference.", reference=reference)
    await store.evidence.viewed(reference, by=by, what="export")
    detail = await store.request(reference)
    assert detail is not None
    request = detail.request
    casebook = Casebook(store.database)
    talk = await casebook.talk(request.conversation)
    chains = (of_request(reference), of_conversation(request.conversation))
    anchors = await store.evidence.anchors()
    said = talk.said if talk else ()
    theirs = [_their_moment(one, channels) for one in said if not one.ours]
    # What happened at one time is told in this order: they write, it is proved and recorded, we answer.
    beside = [_beside(one) for one in await casebook.linked(reference, request.conversation, (), request.brand)]
    ours = [_our_moment(one) for one in said if one.ours]
    moments = [*theirs, *beside, *_of_proof(detail), *_of_record(detail), *ours]
    return Pack(
        reference=reference,
        shop=shops.get(request.brand, request.brand),
        right=words.named("right", request.right, "en"),
        state=STATES[request.state.value],
        person=request.subject or f"{request.claimed_address} (not proved)",
        received_at=request.received_at,
        closed=_closed(detail),
        verification=_verification(detail),
        refusal=f"{detail.denial_reason}: {detail.denial_words}" if detail.denial_reason else "",
        made_at=now,
        made_by=by,
        moments=tuple(sorted(moments, key=lambda moment: moment.at)),
        clocks=tuple(_clocks(detail, now)),
        sent=tuple(_sent(one) for one in said if one.ours),
        record=(*await store.evidence.rows(chains[0]), *await store.evidence.rows(chains[1])),
        faults=tuple(await store.evidence.faults_in(chains)),
        anchor=f"{anchors[-1].day} {anchors[-1].digest}" if anchors else "",
    )


def _their_moment(one: Said, channels: Mapping[str, Channel]) -> Moment:
    message, why = _understood(one, channels)
    way = CHANNELS.get(one.channel, f"through {one.channel}")
    facts = [f"From: {message.address}"] if message and message.address else []
    facts += [f"Subject: {message.subject}"] if message and message.subject else []
    facts += [f"Attachment: {name}" for name in message.attachments] if message else []
    facts += [f"Read as: {', '.join(name.replace('_', ' ') for name in one.intents)}"] if one.intents else []
    facts += [f"Decided by the rules: {', '.join(name.replace('_', ' ') for name in one.rules)}"] if one.rules else []
    text = message.text if message else why
    return Moment(at=one.at, side="person", headline=f"A message came in {way}.", text=text, facts=tuple(facts))


def _beside(other: Linked) -> Moment:
    right, state = words.named("right", other.right, "en"), STATES[other.state]
    told = f"In the same conversation the person asked for something else as well: {right}."
    return Moment(
        at=other.received_at, side="person", headline=told, facts=(f"Request {other.reference}, now {state}",)
    )


def _understood(one: Said, channels: Mapping[str, Channel]) -> tuple[InboundMessage | None, str]:
    if one.arrival is None:
        return None, "[Its text is not kept here any more, or it never came in writing.]"
    try:
        return channels[one.arrival.channel].parse(one.arrival), ""
    except (BadMessage, KeyError):
        return None, "[It cannot be shown as text.]"


def _our_moment(one: Said) -> Moment:
    author = f"{one.by} wrote to the person." if one.by else "The privacy assistant wrote to the person."
    headline = "The privacy assistant sent the person a fresh code." if one.kind == "code" else author
    text = "\n\n".join(_part(part, one.language) for part in one.parts)
    facts = (f"To {one.recipient}, {DELIVERIES[one.state]}{f' ({one.reason})' if one.reason else ''}",)
    side = "staff" if one.by and one.kind != "code" else "desk"
    return Moment(at=one.at, side=side, headline=headline, text=text, facts=facts)


def _part(part: Any, language: str) -> str:
    """As it was sent, but for a code and for a link: whoever has the pack must not be able to use them."""
    if isinstance(part, Quotation):
        return f"{words.caption(part, language)}:\n“{part.text}”"
    if part.key == "the_code":
        return words.phrase("the_code", language, code="······")
    hidden = {name: "······" if name == "link" else value for name, value in part.values.items()}
    return words.phrase(part.key, language, **hidden)


def _of_record(detail: RequestDetail) -> Iterator[Moment]:
    notes = {note.at: note.words for note in detail.notes}
    for row in detail.audit:
        told = sentence_of(row)
        if told:
            side = "desk" if row.actor == "bot" else "staff"
            text = notes.get(row.at, "") if row.event == "note_added" else ""
            yield Moment(at=row.at, side=side, headline=told, text=text)


def _of_proof(detail: RequestDetail) -> Iterator[Moment]:
    if detail.verification is not None and detail.verification.level:
        yield Moment(at=detail.verification.at, side="desk", headline=_verification(detail))


def _verification(detail: RequestDetail) -> str:
    proof = detail.verification
    if proof is None:
        return "Nobody has proved yet that the request is theirs."
    how = METHODS.get(proof.method, proof.method)
    return f"Verified at level {proof.level}: {how}."


def _closed(detail: RequestDetail) -> str:
    moved = [row for row in detail.audit if row.event == "request_moved"]
    state = detail.request.state.value
    ends = [row.at for row in moved if row.details.get("state") == state]
    final = state in ("completed", "denied", "cancelled", "expired")
    return ends[-1].isoformat(timespec="minutes") if final and ends else ""


def _clocks(detail: RequestDetail, now: datetime) -> Iterator[ClockFace]:
    closed = _closed(detail)
    ended = datetime.fromisoformat(closed) if closed else None
    for deadline in detail.deadlines:
        in_time = (ended or now) <= deadline.due_at
        outcome = ("kept" if ended else "running") if in_time else "missed"
        what = f"{STEPS.get(deadline.step, deadline.step)} ({deadline.regime.upper()})"
        extended = ", extended" if deadline.extended else ""
        yield ClockFace(
            what=what + extended, due_on=deadline.due_on, sum=deadline.sum, source=deadline.source, outcome=outcome
        )


def _sent(one: Said) -> Sent:
    return Sent(
        at=one.finished_at or one.at,
        what="confirmation code" if one.kind == "code" else "reply",
        channel=one.channel,
        recipient=one.recipient,
        outcome=DELIVERIES[one.state],
        reason=one.reason,
    )
