"""What staff do to a request: each act checked by the table of states, on record, and told to the person.

Law: the command line and the console call these functions and nothing else. An act that needs the person to be
told is refused where nothing would be sent, unless the clerk says how it was done instead.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from bot.core import letters
from bot.core.clocks import Clock, Deadline, extended, paused
from bot.core.conversation import Conversation
from bot.core.effects import Effect, OpenRequest, Part, Quotation, Reply, Suppress
from bot.core.kinds import KINDS
from bot.core.opening import clocks_of
from bot.core.playbook import Mode, Playbook
from bot.core.rules.honour_the_opt_out import PURPOSES
from bot.core.tickets import DENIAL_REASONS, LEVELS, Request, State, Verification, level_needed
from bot.store import Act, ByHand, Letter, NotAllowed, Posted, RequestDetail, Store
from bot.store.ids import new_reference
from bot.store.letters import is_mailbox
from policy_faq import import_policy

#: How a request may come that no channel of ours has seen.
DOORS = ("phone", "letter", "shop")
_NOON = time(12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clerk:
    """Somebody of the staff at work."""

    name: str
    store: Store
    playbooks: Mapping[str, Playbook]
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What an act left behind."""

    reference: str
    state: State
    #: When the answer is due now, "" for what is closed.
    due_on: str
    #: "queued", "shadow", or "" where nobody was told.
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenDown:
    """A request as a clerk heard or read it."""

    brand: str
    right: str
    #: One of `DOORS`.
    door: str
    #: Their mailbox, or who they are where they have none.
    person: str
    received: date
    kind: str = ""
    language: str = ""
    note: str = ""


async def take(clerk: Clerk, reference: str) -> Done:
    """This clerk works on it now."""
    detail = await _find(clerk, reference)
    return await _act(clerk, detail, to=State.IN_PROGRESS)


async def complete(
    clerk: Clerk, reference: str, *, kept: str = "", policy_lines: Sequence[int] = (), words: str = ""
) -> Done:
    """It is done. `kept` says what had to be kept and why, where an erasure was not done in full."""
    detail = await _find(clerk, reference)
    request = detail.request
    quoted = await _quoted(clerk, request.brand, policy_lines)
    told = letters.completed(reference, request.right, kept=kept, quoted=quoted, words=words)
    return await _act(clerk, detail, to=State.COMPLETED, told=told)


async def deny(clerk: Clerk, reference: str, *, reason: str, words: str, policy_lines: Sequence[int] = ()) -> Done:
    """Refused, with a reason of the closed list, the words that the person is told, and how to complain."""
    detail = await _find(clerk, reference)
    request = detail.request
    if reason not in DENIAL_REASONS or not words.strip():
        raise NotAllowed(f"A denial needs words for the person and one of the reasons {', '.join(DENIAL_REASONS)}.")
    quoted = await _quoted(clerk, request.brand, policy_lines)
    playbook = clerk.playbooks[request.brand]
    told = letters.denied(playbook, reference, request.right, reason=reason, words=words, quoted=quoted)
    return await _act(clerk, detail, to=State.DENIED, reason_code=reason, words=words, told=told)


async def cancel(clerk: Clerk, reference: str, *, words: str = "") -> Done:
    """The person does not want it any more."""
    detail = await _find(clerk, reference)
    told = letters.cancelled(reference, detail.request.right, words=words)
    return await _act(clerk, detail, to=State.CANCELLED, told=told)


async def hold(clerk: Clerk, reference: str, *, words: str, told_by: str = "") -> Done:
    """Wait for the person's answer to `words`: only where a clock of the request may stand still meanwhile."""
    detail = await _find(clerk, reference)
    if not words.strip():
        raise NotAllowed("A hold needs the question that the person must answer.")
    if not any(clock is not None for _, clock in _pausing(clerk, detail)):
        raise NotAllowed(f"No law lets the clock of request {reference} stand still; answer it, extend it or deny it.")
    told = letters.on_hold(reference, detail.request.right, words=words)
    return await _act(clerk, detail, to=State.ON_HOLD, told=told, told_by=told_by, must_be_told=True)


async def resume(clerk: Clerk, reference: str) -> Done:
    """Go on. The clock runs again since the person wrote, or since now where they did not."""
    detail = await _find(clerk, reference)
    held_at = detail.request.held_at
    if held_at is None:
        raise NotAllowed(f"Request {reference} is not on hold.")
    answered = [m.received_at for m in detail.messages if m.received_at is not None and m.received_at > held_at]
    until, zone = min([*answered, clerk.now()]), clerk.playbooks[detail.request.brand].time_zone
    moved = tuple(
        paused(deadline, clock, held_at, until, time_zone=zone) if clock else deadline
        for deadline, clock in _pausing(clerk, detail)
    )
    told = letters.resumed(reference, detail.request.right, due=_due(moved))
    return await _act(clerk, detail, to=State.IN_PROGRESS, told=told, deadlines=moved)


async def extend(clerk: Clerk, reference: str, *, words: str, told_by: str = "") -> Done:
    """More time, where a regime grants it and its own deadline is not over; `words` give the person the reason."""
    detail = await _find(clerk, reference)
    if not words.strip():
        raise NotAllowed("An extension needs the reason that the person will be told.")
    if detail.request.state not in (State.OPEN, State.IN_PROGRESS, State.ON_HOLD):
        raise NotAllowed(f"Request {reference} is {detail.request.state.value}; its time cannot be extended.")
    moved = _extended(clerk, detail)
    longer = [after for before, after in zip(detail.deadlines, moved, strict=True) if after != before]
    if not longer:
        raise NotAllowed(f"No deadline of request {reference} can be extended: it is over, final, or extended already.")
    due = min(deadline.due_on for deadline in longer)
    told = letters.extended(reference, detail.request.right, due=due, words=words)
    return await _act(
        clerk, detail, event="request_extended", told=told, deadlines=moved, told_by=told_by, must_be_told=True
    )


async def note(clerk: Clerk, reference: str, *, words: str) -> Done:
    """Something that the next clerk should know; the person is not told."""
    detail = await _find(clerk, reference)
    if not words.strip():
        raise NotAllowed("A note needs words.")
    return await _act(clerk, detail, event="note_added", note=words)


async def add(clerk: Clerk, taken: TakenDown) -> Done:
    """A new request by hand, verified by the clerk (level 3), its clocks counted from the day that it was received."""
    playbook = _check(clerk, taken)
    zone = ZoneInfo(playbook.time_zone)
    # Noon: the day is known and no more; it is the same day on every clock that counts from it.
    received_at = min(datetime.combine(taken.received, _NOON, zone), clerk.now())
    mailbox = taken.person if is_mailbox(taken.person) else ""
    request = Request(
        reference=new_reference(),
        right=taken.right,
        state=State.OPEN,
        level=level_needed(taken.right, taken.kind, has_directory=playbook.has_directory),
        received_at=received_at,
        address=taken.person,
        deadlines=clocks_of(playbook, taken.right, taken.kind, received_at),
        kind=taken.kind,
    )
    proof = Verification(level=3, method="staff", subject=taken.person, at=clerk.now())
    effects: list[Effect] = [OpenRequest(request=request, claimed_address=taken.person, verification=proof)]
    if mailbox:
        if taken.right in PURPOSES or (request.level == 0 and taken.kind == "marketing"):
            effects.append(Suppress(address=mailbox, purpose=PURPOSES.get(taken.right, "marketing")))
        effects.append(Reply(parts=letters.taken_by_hand(playbook, request, received=taken.received.isoformat())))
    language = taken.language or playbook.languages[0]
    conversation = Conversation(
        id=secrets.token_hex(16),
        brand=taken.brand,
        channel="email" if mailbox else taken.door,
        address=mailbox,
        language=language,
        greeted=bool(mailbox),
    )
    mode = Mode.SHADOW if playbook.mode_of(frozenset({taken.right})) is Mode.SHADOW else Mode.AUTOMATIC
    made = ByHand(
        door=taken.door,
        by=clerk.name,
        conversation=conversation,
        effects=tuple(effects),
        received_at=received_at,
        mode=mode,
        intents=frozenset({taken.right}),
    )
    await clerk.store.add_by_hand(made, now=clerk.now())
    if taken.note.strip():
        await note(clerk, request.reference, words=taken.note)
    told = ("shadow" if mode is Mode.SHADOW else "queued") if mailbox else ""
    return Done(reference=request.reference, state=State.OPEN, due_on=request.due_on, told=told)


async def close_item(clerk: Clerk, item_id: str) -> None:
    """Somebody has seen to it."""
    await clerk.store.close_item(item_id, by=clerk.name, now=clerk.now())


def _check(clerk: Clerk, taken: TakenDown) -> Playbook:
    if taken.brand not in clerk.playbooks:
        raise NotAllowed(f"There is no brand {taken.brand}; there are {', '.join(sorted(clerk.playbooks))}.")
    if taken.right not in LEVELS:
        raise NotAllowed(f"{taken.right} is no right; there are {', '.join(LEVELS)}.")
    if taken.kind and taken.kind not in KINDS.get(taken.right, ()):
        raise NotAllowed(f"{taken.kind} is no kind of {taken.right}.")
    if taken.door not in DOORS:
        raise NotAllowed(f"{taken.door} is no way in; there are {', '.join(DOORS)}.")
    if not taken.person.strip():
        raise NotAllowed("Say whose request it is: a mailbox, or who they are.")
    playbook = clerk.playbooks[taken.brand]
    if taken.received > clerk.now().astimezone(ZoneInfo(playbook.time_zone)).date():
        raise NotAllowed(f"{taken.received} has not come yet.")
    if taken.language and taken.language not in playbook.languages:
        raise NotAllowed(f"{taken.language} is not spoken; there are {', '.join(playbook.languages)}.")
    return playbook


async def _find(clerk: Clerk, reference: str) -> RequestDetail:
    detail = await clerk.store.request(reference)
    if detail is None:
        raise NotAllowed(f"There is no request {reference}.")
    return detail


async def _act(
    clerk: Clerk,
    detail: RequestDetail,
    *,
    event: str = "",
    to: State | None = None,
    told: tuple[Part, ...] = (),
    reason_code: str = "",
    words: str = "",
    deadlines: tuple[Deadline, ...] | None = None,
    told_by: str = "",
    must_be_told: bool = False,
    note: str = "",
) -> Done:
    request = detail.request
    mode = clerk.playbooks[request.brand].mode_of(frozenset({request.right}))
    if must_be_told and not told_by and (mode is Mode.SHADOW or not _can_be_told(detail)):
        raise NotAllowed(
            f"The person must be told, and nothing would be sent for request {request.reference};"
            " tell them in another way and say how."
        )
    act = Act(
        event=event,
        by=clerk.name,
        seen=request.state,
        to=to,
        reason_code=reason_code,
        words=words,
        deadlines=deadlines,
        letter=Letter(parts=told, mode=mode, by=clerk.name) if told and not told_by else None,
        told_by=told_by,
        note=note,
    )
    posted: Posted | None = await clerk.store.act(request.reference, act, now=clerk.now())
    state = to or request.state
    due = "" if not _is_running(state) else _due(deadlines or detail.deadlines)
    return Done(reference=request.reference, state=state, due_on=due, told=posted.state if posted else "")


def _can_be_told(detail: RequestDetail) -> bool:
    """A mailbox, or a chat in which we have said something before."""
    return is_mailbox(detail.request.subject) or any(row.channel != "email" for row in detail.outgoing)


def _is_running(state: State) -> bool:
    return state in (State.AWAITING_VERIFICATION, State.OPEN, State.IN_PROGRESS, State.ON_HOLD)


def _due(deadlines: Sequence[Deadline]) -> str:
    """The strictest answer of all."""
    return min((deadline.due_on for deadline in deadlines if deadline.step == "answer"), default="")


def _clock(clerk: Clerk, detail: RequestDetail, deadline: Deadline) -> Clock | None:
    """The clock that set `deadline`, None where the operator has taken it away since."""
    request = detail.request
    return next(
        (
            clock
            for clock in clerk.playbooks[request.brand].clocks
            if (clock.regime, clock.step) == (deadline.regime, deadline.step)
            and deadline.source in ("", clock.source)
            and clock.applies_to(request.right, request.kind)
        ),
        None,
    )


def _pausing(clerk: Clerk, detail: RequestDetail) -> list[tuple[Deadline, Clock | None]]:
    """Each deadline with its clock where that may stand still for this right."""
    clocks = [(deadline, _clock(clerk, detail, deadline)) for deadline in detail.deadlines]
    right = detail.request.right
    return [(deadline, clock if clock and right in clock.pauses else None) for deadline, clock in clocks]


def _extended(clerk: Clerk, detail: RequestDetail) -> tuple[Deadline, ...]:
    """The deadlines after an extension: of each clock that grants one, before its own end, and once."""
    zone, received_at = clerk.playbooks[detail.request.brand].time_zone, detail.request.received_at
    clocks = [(deadline, _clock(clerk, detail, deadline)) for deadline in detail.deadlines]
    free = [(d, c) for d, c in clocks if c is not None and not d.extended and clerk.now() <= d.due_at]
    law = {d: extended(d, c, received_at, time_zone=zone) for d, c in free if c.extended}
    if law:
        strictest = min(law.values(), key=lambda deadline: deadline.due_at)
        law |= {d: _with_the_law(d, strictest) for d, c in free if c.extends_with_the_law}
    return tuple(law.get(deadline, deadline) for deadline in detail.deadlines)


def _with_the_law(deadline: Deadline, law: Deadline) -> Deadline:
    return Deadline(
        regime=deadline.regime,
        step=deadline.step,
        due_at=max(deadline.due_at, law.due_at),
        due_on=max(deadline.due_on, law.due_on),
        sum=f"{deadline.sum}; extended with reasons, as long as {law.regime} allows = {law.due_on}",
        source=deadline.source,
        extended=True,
    )


async def _quoted(clerk: Clerk, brand: str, lines: Sequence[int]) -> tuple[Quotation, ...]:
    """Lines of the policy in force as they stand. Raises `NotAllowed` for one that says nothing."""
    if not lines:
        return ()
    stored = await clerk.store.policy_in_force(brand)
    if stored is None:
        raise NotAllowed(f"The brand {brand} has no policy to quote.")
    policy = import_policy(stored.raw, name=stored.name)
    quoted = []
    for number in lines:
        span = policy.line_span(number)
        if span is None:
            raise NotAllowed(f"Line {number} of the policy says nothing.")
        text = policy.text[span[0] : span[1]]
        quoted.append(
            Quotation(text=text, section="", first_line=number, last_line=number, policy_sha256=policy.sha256)
        )
    return tuple(quoted)
